"""Errors whose message was written for the user: what is wrong, and what to do."""


class UserError(Exception):
    """The base of every error that a command shows in words, without a traceback."""
