"""Who may call in: a table."""

from typing import Any

import pytest
from pydantic import ValidationError

from firmware.dialplan.firewall import Firewall, admit
from firmware.dialplan.numbers import Numbering

BEIJING = Numbering(country="cn", area="10")
WANG = "13800138000"
OFTEN = {"most": 3, "within_s": 60}


@pytest.mark.parametrize(
    ("firewall", "number", "earlier", "ok", "why"),
    [
        ({}, WANG, [], True, "let_in"),
        ({}, "", [], True, "let_in"),
        ({"blacklist": [WANG]}, WANG, [], False, "blacklisted"),
        ({"blacklist": [WANG]}, "013800138000", [], False, "blacklisted"),
        ({"blacklist": ["+8613800138000"]}, WANG, [], False, "blacklisted"),
        ({"blacklist": ["0" + WANG]}, "+86" + WANG, [], False, "blacklisted"),
        ({"blacklist": [WANG]}, "13800138001", [], True, "let_in"),
        ({"blacklist": ["138*"]}, WANG, [], False, "blacklisted"),
        ({"blacklist": ["+86138*"]}, WANG, [], False, "blacklisted"),
        ({"blacklist": ["138*"], "whitelist": [WANG]}, WANG, [], True, "whitelisted"),
        ({"blacklist": [WANG]}, "", [], True, "let_in"),
        ({"only_whitelist": True}, WANG, [], False, "not_on_whitelist"),
        ({"only_whitelist": True}, "", [], False, "not_on_whitelist"),
        ({"only_whitelist": True, "whitelist": ["138*"]}, WANG, [], True, "whitelisted"),
        ({"anonymous": "refuse"}, "", [], False, "anonymous"),
        ({"anonymous": "refuse"}, WANG, [], True, "let_in"),
        ({"often": OFTEN}, WANG, [950, 990], True, "let_in"),
        ({"often": OFTEN}, WANG, [950, 970, 990], False, "too_often"),
        ({"often": OFTEN}, WANG, [940, 970, 990], True, "let_in"),  # the first is a minute ago
        ({"often": OFTEN, "whitelist": [WANG]}, WANG, [950, 970, 990], True, "whitelisted"),
        ({"blacklist": ["12"]}, "12", [], False, "blacklisted"),  # no number of the plan, yet listed
    ],
)
def test_the_firewall(firewall: dict[str, Any], number: str, earlier: list[float], ok: bool, why: str) -> None:
    verdict = admit(Firewall.model_validate(firewall), number, BEIJING, earlier, 1000)
    assert (verdict.ok, verdict.why[0].id) == (ok, why)
    assert verdict.how == (None if ok else "busy") and verdict.why[0].words()


def test_how_it_is_refused() -> None:
    verdict = admit(Firewall(blacklist=(WANG,), refused="ring"), WANG, BEIJING)
    assert verdict.how == "ring"


def test_a_wrong_pattern() -> None:
    with pytest.raises(ValidationError, match="blacklist"):
        Firewall.model_validate({"blacklist": ["13*8"]})
