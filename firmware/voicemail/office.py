"""The post office: whose box is what, which are full, whose lamp is lit; and the mail that goes out."""

import asyncio
import logging
import smtplib
from collections.abc import Callable, Collection
from dataclasses import asdict
from email.message import EmailMessage
from time import localtime, strftime
from typing import Any

from firmware.api.messages import Refused
from firmware.api.switching import MailTest, VoicemailBox, VoicemailMessage
from firmware.bus import Bus
from firmware.calls.call import Call
from firmware.setup.changes import Changes
from firmware.voicemail.section import Mail, MailBox, Voicemail
from firmware.voicemail.shelf import Message, Shelf, ShelfError

log = logging.getLogger(__name__)

DAY_S = 86_400.0
TRY_AGAIN_S = 300.0
SMTP_S = 20.0
ALARM = "mail"
LOST_ALARM = "voicemail"
OF_THIS_LETTER = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, ShelfError, ValueError)  # others may go out

Send = Callable[[Mail, EmailMessage], None]


class Office:
    """`stations`: those of the box, each of which has a box. `start` begins to send mail, and recovers messages."""

    def __init__(
        self, shelf: Shelf, changes: Changes, bus: Bus, now: Callable[[], float], stations: Collection[str]
    ) -> None:
        self.shelf = shelf
        self.mails_failed = 0
        self._voicemail = changes.present(Voicemail)
        self._server = changes.present(Mail)
        self._bus = bus
        self._now = now
        self._stations = sorted(stations)
        self._posting: asyncio.Task[None] | None = None
        self._news = asyncio.Event()

    def start(self) -> None:
        """Messages that a power cut left become messages; what was not sent is sent."""
        try:
            for message in self.shelf.recover():
                self._publish("voicemail.left", message, recovered=True)
        except ShelfError as error:  # the disk is full: calls go on, and the next start finds what is left of them
            self.not_kept(str(error))
        self._news.set()
        self._posting = asyncio.create_task(self._post(), name="voicemail's mail")

    def close(self) -> None:
        """Ends the sending."""
        if self._posting is not None:
            self._posting.cancel()

    # -- boxes -------------------------------------------------------------------------------------------

    def box(self, name: str) -> MailBox | None:
        """None: there is no such box."""
        return self._voicemail().box(name, self._stations)

    def full(self, name: str, box: MailBox) -> bool:
        """Nobody can leave anything more, even once what is too old is gone."""
        self.tidy(name, box)
        return len(self.shelf.messages(name)) >= box.messages_most

    def tidy(self, name: str, box: MailBox) -> None:
        """Messages older than the box keeps them go."""
        for message in self.shelf.messages(name):
            if message.at < self._now() - box.days * DAY_S:
                self.remove(name, message.id)

    def of_station(self, station: str) -> list[str]:
        """The boxes whose lamp the station is."""
        boxes = self._voicemail().boxes
        named = [name for name, box in boxes.items() if station in box.stations]
        return named + [station] * (station in self._stations and station not in boxes)

    def new_for(self, station: str) -> int:
        """Messages that wait for the station's user: his dial tone stutters."""
        return sum(self.shelf.new(name) for name in self.of_station(station))

    # -- messages ----------------------------------------------------------------------------------------

    def left(self, message: Message, call: Call) -> None:
        """A message is complete."""
        try:
            self.shelf.finish(message.box, message.id)
            self.shelf.put(message)
        except ShelfError as error:
            self.not_kept(str(error))
            return
        self._bus.alarm_over(LOST_ALARM)
        call.publish("voicemail.left", box=message.box, message=message.id, ms=message.ms, recovered=False)
        self._news.set()

    def not_kept(self, why: str) -> None:
        """A message was lost: an alarm, until one is kept again."""
        self._bus.publish("alarm.raised", name=LOST_ALARM, text=why)

    def heard(self, box: str, message: str) -> None:
        """Somebody has listened to it. ShelfError."""
        if not self.shelf.get(box, message).heard:
            self._publish("voicemail.heard", self.shelf.change(box, message, heard=True))

    def remove(self, box: str, message: str) -> None:
        """It is taken away. ShelfError."""
        gone = self.shelf.get(box, message)
        self.shelf.remove(box, message)
        self._publish("voicemail.removed", gone)

    # -- the api -----------------------------------------------------------------------------------------

    def intents(self) -> dict[str, Callable[[Any], Any]]:
        """Its handlers."""
        return {
            "voicemail.list": self._list, "voicemail.heard": self._heard, "voicemail.remove": self._remove,
            "mail.test": self._test,
        }  # fmt: skip

    async def _list(self, wanted: VoicemailBox) -> dict[str, Any]:
        names = self.shelf.boxes() if wanted.box is None else [wanted.box]
        return {"messages": [asdict(message) for name in names for message in self.shelf.messages(name)]}

    async def _heard(self, wanted: VoicemailMessage) -> dict[str, Any]:
        return self._done(self.heard, wanted)

    async def _remove(self, wanted: VoicemailMessage) -> dict[str, Any]:
        return self._done(self.remove, wanted)

    async def _test(self, wanted: MailTest) -> dict[str, Any]:
        """Whatever the server says, in its own words."""
        mail = self._server()
        letter = EmailMessage()
        letter["From"], letter["To"] = mail.sender, wanted.to
        letter["Subject"] = "callbox: test · 测试邮件"
        letter.set_content("This box can send mail.\n\n本机可以发送邮件。\n")
        try:
            said = await asyncio.to_thread(send, mail, letter)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            return {"ok": False, "said": _said(error)}
        return {"ok": True, "said": said}

    def _done(self, does: Callable[[str, str], None], wanted: VoicemailMessage) -> dict[str, Any]:
        try:
            does(wanted.box, wanted.message)
        except ShelfError as error:
            raise Refused.like(error) from error
        return {}

    def _publish(self, kind: str, message: Message, **more: Any) -> None:
        self._bus.publish(kind, call=message.call or None, box=message.box, message=message.id, ms=message.ms, **more)

    # -- mail --------------------------------------------------------------------------------------------

    async def _post(self) -> None:
        """Sends what has not been sent; what cannot be is tried again, and nothing is forgotten over a restart."""
        while True:
            await self._news.wait()
            self._news.clear()
            mail = self._server()
            if mail.host and not await self._all_sent(mail):
                asyncio.get_running_loop().call_later(TRY_AGAIN_S, self._news.set)

    async def _all_sent(self, mail: Mail) -> bool:
        """False: something is left for later. A letter that cannot be sent does not keep back the others; a server that
        is away is not asked again for each."""
        everything = True
        for name in self.shelf.boxes():
            box = self.box(name)
            for message in self.shelf.messages(name) if box is not None and box.mail else ():
                if box is None or message.mailed:
                    continue
                try:
                    await self._sent(mail, box, message)
                except OF_THIS_LETTER as error:
                    everything = False
                    self._not_sent(mail, box, error)
                except (OSError, smtplib.SMTPException) as error:
                    self._not_sent(mail, box, error)
                    return False
        if everything:
            self._bus.alarm_over(ALARM)
        return everything

    def _not_sent(self, mail: Mail, box: MailBox, error: Exception) -> None:
        self.mails_failed += 1
        self._bus.publish("alarm.raised", name=ALARM, text=f"mail to {', '.join(box.mail)} by {mail.host}: {error}")

    async def _sent(self, mail: Mail, box: MailBox, message: Message) -> None:
        try:
            await asyncio.to_thread(send, mail, self._letter(mail, box, message))
        except SomeRefused:
            self.shelf.change(message.box, message.id, mailed=True)  # not again to those who have it
            raise
        self.shelf.change(message.box, message.id, mailed=True)
        self._publish("voicemail.mailed", message, to=list(box.mail))
        if box.delete_when_sent:
            self.remove(message.box, message.id)

    def _letter(self, mail: Mail, box: MailBox, message: Message) -> EmailMessage:
        letter = EmailMessage()
        who = " ".join(f"{message.number} {message.name}".split()) or "unknown number"
        when = strftime("%Y-%m-%d %H:%M", localtime(message.at))
        letter["From"], letter["To"] = mail.sender, ", ".join(box.mail)
        letter["Subject"] = f"Voicemail from {who}, {message.ms // 1000} s · 语音留言 {who}"
        letter.set_content(
            f"{who} left a message of {message.ms // 1000} s in box {message.box}, {when}.\n\n"
            f"{when}，{who} 在信箱 {message.box} 留言 {message.ms // 1000} 秒。\n"
        )
        if box.attach:
            try:
                sound = self.shelf.file(message.box, message.id).read_bytes()
            except OSError as error:
                words = f"message {message.id} cannot be read: {error.strerror}"
                raise ShelfError(words, code="not_read", why=error.strerror) from error
            letter.add_attachment(sound, maintype="audio", subtype="x-wav", filename=f"{message.id}.wav")
        return letter


def send(mail: Mail, letter: EmailMessage) -> str:
    """Hands a letter to the server, in the thread that calls: what the server answered. OSError or SMTPException if it
    does not take it."""
    kind = _Tls if mail.security == "tls" else _Plain
    with kind(mail.host, mail.port, timeout=SMTP_S) as server:
        if mail.security == "starttls":
            server.starttls()
        if mail.user:
            server.login(mail.user, mail.password)
        refused = server.send_message(letter)
    if refused:  # by the server, for some: the others have it
        raise SomeRefused(refused)
    return server.said


class SomeRefused(smtplib.SMTPRecipientsRefused):
    """Some have the letter, and the server did not take it for these."""


class _Plain(smtplib.SMTP):
    """STARTTLS, or nothing. Keeps what the server said to the letter itself."""

    said = ""

    def data(self, msg: Any) -> tuple[int, bytes]:
        """The answer after the letter's last line."""
        code, words = super().data(msg)
        self.said = f"{code} {words.decode(errors='replace')}"
        return code, words


class _Tls(_Plain, smtplib.SMTP_SSL):
    """TLS from the first byte."""


def _said(error: Exception) -> str:
    """The server's own words where there are any."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
        return f"{code} {words.decode(errors='replace')}"
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return f"{error.smtp_code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"
    return str(error) or type(error).__name__
