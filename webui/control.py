"""What another program may have the box do: each of these intents of the api as POST /api/v1/control/NAME."""

from collections.abc import Callable
from typing import Any

from apiflask import APIBlueprint
from flask import current_app
from pydantic import BaseModel, ConfigDict, Field

from firmware.api.agents import AGENTS
from firmware.api.client import ApiClient, BoxAway
from firmware.api.doctor import DOCTOR
from firmware.api.messages import INTENTS, Message, Refused
from firmware.api.owed import OWED
from firmware.api.switching import SWITCHING
from webui.problems import RestError, told
from webui.security import who
from webui.translate import _

bp = APIBlueprint("control", __name__, url_prefix="/api/v1/control", tag="control")

# Those that read, and one of the setup's pages.
NOT_HERE = frozenset({"voicemail.list", "owed.list", "mail.test", "doctor.reports", "doctor.report"})
CONTROL = tuple(
    name
    for name in ("call.record", "call.mark", *AGENTS, *DOCTOR, *SWITCHING, *OWED)
    if name in INTENTS and name not in NOT_HERE
)


class Done(BaseModel):
    """What the box answered; what comes of it is told by events."""

    model_config = ConfigDict(extra="allow")

    result: dict[str, Any] = Field(default_factory=dict)


def ask(intent: str, args: dict[str, Any]) -> dict[str, Any]:
    """Asks the box. Raises RestError: 409 if it says no, 503 if it does not answer."""
    try:
        with ApiClient(current_app.extensions["callbox"].socket) as client:
            return client.request(intent, **args)
    except Refused as error:
        raise RestError(409, str(error)) from error
    except BoxAway as error:
        raise RestError(503, _("The box does not answer, so nothing was asked.")) from error


def _route(name: str, model: type[Message]) -> None:
    """One intent's route, described by its model. Who asks is told by the page, not by the asker."""

    def view(json_data: Message) -> Done:
        args = json_data.model_dump(mode="json", exclude_unset=True)
        for field in ("who", "by"):
            if field in model.model_fields:
                args[field] = who()
        return Done(result=ask(name, args))

    view.__name__ = name.replace(".", "_")
    view.__doc__ = model.__doc__
    made: Callable[..., Any] = bp.input(model, location="json")(view)
    made = bp.output(Done)(made)
    made = bp.doc(responses=[400, 401, 403, 409, 413, 429, 503])(made)
    bp.post(f"/{name}")(made)


for _name in CONTROL:
    _route(_name, INTENTS[_name])

bp.register_error_handler(RestError, told)
