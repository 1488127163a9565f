"""The place `ToFlow`: the caller goes through a flow."""

from firmware.calls.call import Call, Place
from firmware.calls.places import ToFlow, ToQueue
from firmware.calls.voice import Voice
from firmware.ivr.flow import Flow, follow


class InFlow:
    """Serves `ToFlow` with the one flow of the box."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    async def __call__(self, call: Call, _place: ToFlow) -> Place | None:
        """The box answers, and leads him."""
        await call.answer()
        queue = await follow(self._flow, _Speaker(call.voice))
        return None if queue is None else ToQueue(queue=queue)


class _Speaker:
    def __init__(self, voice: Voice) -> None:
        self._voice = voice

    async def ask(self, prompt: str, wait_s: float) -> str | None:
        return await self._voice.ask(prompt, wait_s=wait_s)

    async def say(self, prompt: str) -> None:
        await self._voice.say(prompt)
