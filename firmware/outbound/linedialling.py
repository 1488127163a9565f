"""How numbers are dialled on one line: part of the setup, and of the answer detector's rules."""

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field

from drivers.binding.plan import Plan, Strict
from firmware.outbound.answer import Rules, rules_of
from firmware.outbound.dialstring import DialString


class LineDialling(Strict):
    """How numbers are dialled on a line. `before` goes before each number: "9w" where the line is an extension of
    another exchange. `dial_tone`: wait for it, at most `dial_tone_s`; the first digit follows `settle_s` after it was
    recognised. `reversal`: 'sold' - the operator turns polarity when the called party answers, and nothing less is
    believed; 'ignored' - it means nothing here; 'unsure' - it counts, and so does a voice."""

    by: Literal["tones", "pulses"] = "tones"
    before: DialString = ""
    dial_tone: bool = True
    dial_tone_s: Annotated[float, Field(ge=1, le=30)] = 5.0
    settle_s: Annotated[float, Field(ge=0, le=5)] = 0.2
    no_answer_s: Annotated[float, Field(ge=10, le=180)] = 60.0
    reversal: Literal["unsure", "sold", "ignored"] = "unsure"
    early_voice_answers: bool = False
    flash_ms: Annotated[int, Field(ge=40, le=1500)] = 100

    def rules(self, plan: Plan, *, person: bool = False) -> Rules:
        """What this and the country say of answers. `person`: one listens from dialling on."""
        return replace(
            rules_of(plan, reversal_answers=self.reversal != "ignored"),
            dial_tone_s=self.dial_tone_s if self.dial_tone else float("inf"), no_answer_s=self.no_answer_s,
            voice_answers=self.reversal != "sold", early_voice_answers=self.early_voice_answers,
            assume=person and self.reversal != "sold",
        )  # fmt: skip
