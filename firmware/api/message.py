"""The base of every message over the box's socket."""

from pydantic import BaseModel, ConfigDict


class Message(BaseModel):
    """Unknown keys are errors: both ends are of one version, a typing mistake must be seen."""

    # Validators are built when the first one is wanted: all at once they are a third of the box's start.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
