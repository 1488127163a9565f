"""Messages go out by a real mail server, and wait when it is away. Real time: a thread hands over the letter."""

import asyncio
import socket
import wave
from collections.abc import Awaitable, Callable, Iterator
from email import message_from_bytes
from email.message import Message as Letter
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from firmware.api.switching import MailTest
from firmware.bus import Bus, Event
from firmware.setup.changes import Changes
from firmware.setup.store import Setup
from firmware.voicemail import office as room
from firmware.voicemail.office import Office
from firmware.voicemail.section import Mail, MailBox, Voicemail
from firmware.voicemail.shelf import Message, Shelf


class Letters:
    """What the server took; it refuses as long as `away`, and whatever is for `unknown`."""

    def __init__(self) -> None:
        self.taken: list[Letter] = []
        self.away = False
        self.unknown = "nobody@example.org"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address == self.unknown:
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.away:
            return "451 come again later"
        self.taken.append(message_from_bytes(envelope.content))
        return "250 taken"


@pytest.fixture
def letters() -> Iterator[tuple[Letters, int]]:
    kept = Letters()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(kept, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield kept, port
    finally:
        server.stop()


Told = list[Event]


def with_office(
    data: Path, port: int, work: Callable[[Office, Told], Awaitable[None]], *, others: dict[str, MailBox] | None = None,
    host: str = "127.0.0.1", **box: Any,
) -> None:  # fmt: skip
    async def whole() -> None:
        setup = Setup(data)
        wanted = Mail(host=host, port=port, security="none", sender="box@example.org")
        setup.change(Mail, lambda _: wanted, who="test")
        boxes = {"801": MailBox(stations=["801"], **({"mail": ["li@example.org"]} | box)), **(others or {})}
        setup.change(Voicemail, lambda _: Voicemail(boxes=boxes), who="test")
        bus, told = Bus(lambda: 1000.0), list[Event]()
        bus.subscribe(told.append)
        office = Office(Shelf(data), Changes(setup), bus, lambda: 1000.0, ["801"])
        office.start()
        try:
            async with asyncio.timeout(30):
                await work(office, told)
        finally:
            office.close()

    asyncio.run(whole())


def message(data: Path, id: str = "m1", box: str = "801", name: str = "王先生") -> Message:
    shelf = Shelf(data)
    kept = Message(id, box, "c1", "13800138000", name, 900.0, 1000)
    shelf.put(kept)
    with wave.open(str(shelf.file(box, id)), "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(4 * 8000))
    return kept


async def until(told: Told, kind: str) -> Event:
    while True:
        for event in told:
            if event.kind == kind:
                return event
        await asyncio.sleep(0.01)


def test_the_message_arrives_with_its_sound(tmp_path: Path, letters: tuple[Letters, int]) -> None:
    kept, port = letters
    message(tmp_path)

    async def story(office: Office, told: Told) -> None:
        mailed = await until(told, "voicemail.mailed")
        assert mailed.data["to"] == ["li@example.org"]
        assert office.shelf.get("801", "m1").mailed

    with_office(tmp_path, port, story)
    (letter,) = kept.taken
    assert letter["To"] == "li@example.org"
    sound = next(part for part in letter.walk() if part.get_content_type() == "audio/x-wav")
    assert sound.get_payload(decode=True) == Shelf(tmp_path).file("801", "m1").read_bytes()


def test_it_is_deleted_when_sent_if_so_wanted(tmp_path: Path, letters: tuple[Letters, int]) -> None:
    _, port = letters
    message(tmp_path)

    async def story(office: Office, told: Told) -> None:
        await until(told, "voicemail.removed")
        assert not office.shelf.messages("801")

    with_office(tmp_path, port, story, delete_when_sent=True)


def test_the_server_is_away_for_a_while(
    tmp_path: Path, letters: tuple[Letters, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, port = letters
    kept.away = True
    monkeypatch.setattr(room, "TRY_AGAIN_S", 0.05)
    message(tmp_path)

    async def story(office: Office, told: Told) -> None:
        alarm = await until(told, "alarm.raised")
        assert alarm.data["name"] == "mail" and "127.0.0.1" in alarm.data["text"]
        assert not office.shelf.get("801", "m1").mailed
        kept.away = False
        await until(told, "voicemail.mailed")
        await until(told, "alarm.cleared")
        assert office.mails_failed >= 1

    with_office(tmp_path, port, story)
    assert len(kept.taken) == 1


def test_what_was_not_sent_is_sent_after_a_restart(tmp_path: Path, letters: tuple[Letters, int]) -> None:
    kept, port = letters
    kept.away = True
    message(tmp_path)

    async def fails(_office: Office, told: Told) -> None:
        await until(told, "alarm.raised")

    async def succeeds(_office: Office, told: Told) -> None:
        await until(told, "voicemail.mailed")

    with_office(tmp_path, port, fails)
    kept.away = False
    with_office(tmp_path, port, succeeds)
    assert len(kept.taken) == 1


@pytest.mark.parametrize(("away", "ok", "said"), [(False, True, "250 taken"), (True, False, "451 come again later")])
def test_a_test_mail_tells_what_the_server_said(
    tmp_path: Path, letters: tuple[Letters, int], away: bool, ok: bool, said: str
) -> None:
    kept, port = letters
    kept.away = away

    async def work(office: Office, _told: Told) -> None:
        found = await office.intents()["mail.test"](MailTest(to="li@example.org"))
        assert found == {"ok": ok, "said": said}

    with_office(tmp_path, port, work)
    assert [letter["To"] for letter in kept.taken] == ["li@example.org"] * ok


def test_a_test_mail_without_a_server(tmp_path: Path) -> None:
    async def work(office: Office, _told: Told) -> None:
        found = await office.intents()["mail.test"](MailTest(to="li@example.org"))
        assert found["ok"] is False and "refused" in found["said"]

    with_office(tmp_path, 1, work)


def test_one_letter_that_is_not_taken_keeps_back_no_other(tmp_path: Path, letters: tuple[Letters, int]) -> None:
    """A wrong address in the first box; a message whose sound has gone in the second; the third is well."""
    kept, port = letters
    for box in ("801", "802", "803"):
        message(tmp_path, f"m{box}", box)
    Shelf(tmp_path).file("802", "m802").unlink()
    others = {number: MailBox(stations=[number], mail=["li@example.org"]) for number in ("802", "803")}

    async def story(office: Office, told: Told) -> None:
        await until(told, "voicemail.mailed")
        alarms = [event.data["text"] for event in told if event.kind == "alarm.raised"]
        assert len(alarms) == 2 and "no such person" in alarms[0] and "m802" in alarms[1]
        assert not office.shelf.get("801", "m801").mailed

    with_office(tmp_path, port, story, others=others, mail=["nobody@example.org"])
    assert len(kept.taken) == 1


def test_who_is_refused_of_two_is_told_and_the_other_has_it_once(
    tmp_path: Path, letters: tuple[Letters, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, port = letters
    monkeypatch.setattr(room, "TRY_AGAIN_S", 0.02)
    message(tmp_path)

    async def story(office: Office, told: Told) -> None:
        alarm = await until(told, "alarm.raised")
        assert "no such person" in alarm.data["text"]
        await until(told, "alarm.cleared")
        assert office.shelf.get("801", "m1").mailed

    with_office(tmp_path, port, story, mail=["li@example.org", "nobody@example.org"])
    assert len(kept.taken) == 1


@pytest.mark.parametrize(("host", "name"), [("mail..example", "Li"), ("127.0.0.1", "Li\r\nBcc: all@example.org")])
def test_nothing_ends_the_sending_for_good(
    tmp_path: Path, letters: tuple[Letters, int], monkeypatch: pytest.MonkeyPatch, host: str, name: str
) -> None:
    """A server's name that cannot be one is an alarm; a caller's name with line ends is a name."""
    kept, port = letters
    monkeypatch.setattr(room, "TRY_AGAIN_S", 0.02)
    message(tmp_path, name=name)

    async def story(office: Office, told: Told) -> None:
        if host != "127.0.0.1":
            await until(told, "alarm.raised")
            told.clear()
            await until(told, "alarm.raised")  # it tries again
            return
        await until(told, "voicemail.mailed")

    with_office(tmp_path, port, story, host=host)
    assert [letter["Bcc"] for letter in kept.taken] == [None] * (host == "127.0.0.1")
