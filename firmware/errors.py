"""Errors whose message was written for the user: what is wrong, and what to do."""


class UserError(Exception):
    """The base of every error that a command shows in words, without a traceback. `code`: a name for the same, for who
    says it in another language; empty where nobody does."""

    def __init__(self, *words: object, code: str = "") -> None:
        super().__init__(*words)
        self.code = code
