"""Errors whose message was written for the user: what is wrong, and what to do."""

from typing import Any, Self


class UserError(Exception):
    """The base of every error that a command shows in words, without a traceback. `code`: a name for the same, for who
    says it in another language; empty where nobody does. `holes`: what that sentence names."""

    def __init__(self, *words: object, code: str = "", **holes: Any) -> None:
        super().__init__(*words)
        self.code = code
        self.holes = holes

    @classmethod
    def like(cls, other: "UserError") -> Self:
        """The same as an error of this kind."""
        return cls(str(other), code=other.code, **other.holes)
