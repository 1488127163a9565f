"""Answers of the REST interface that are not what was asked for."""

from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue
from pydantic import BaseModel


class RestError(Exception):
    """A sentence and its status. `detail`: the same for programs."""

    def __init__(self, code: int, words: str, detail: dict[str, Any] | None = None) -> None:
        super().__init__(words)
        self.code = code
        self.detail = detail


class Told(BaseModel):
    """Why it was not done, in the language of Accept-Language."""

    message: str


def told(error: RestError) -> ResponseReturnValue:
    """As JSON."""
    detail = {} if error.detail is None else {"detail": error.detail}
    return jsonify(message=str(error), **detail), error.code
