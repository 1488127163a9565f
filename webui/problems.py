"""Answers of the REST interface that are not what was asked for."""

from flask import jsonify
from flask.typing import ResponseReturnValue
from pydantic import BaseModel


class RestError(Exception):
    """A sentence and its status."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code


class Told(BaseModel):
    """Why it was not done, in the language of Accept-Language."""

    message: str


def told(error: RestError) -> ResponseReturnValue:
    """As JSON."""
    return jsonify(message=str(error)), error.code
