"""The support bundle: secrets planted everywhere and found nowhere; what is needed is there."""

import json
import logging
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware.bus import Event
from firmware.cli import main
from firmware.keeping import scrub
from firmware.keeping.support import support
from firmware.logfile import BYTES_MOST, LogFile
from firmware.settings import SettingsFile
from firmware.store.database import next_seq, open_store
from firmware.store.writer import Ledger
from tests.firmware.keeping.conftest import BEGIN

PLANTED = {
    "hash": "$argon2id$v=19$m=32768,t=3,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b4dWRWJTmaaJObG",
    "pin": "PIN-4711-0815",
    "mail": "hunter2-mail-password",
    "token": "tok_live_51H8xyzABCDEFG",
    "url": "s3cr3tInUrl",
    "assigned": "correct-horse-battery",
    "bearer": "abc.def.bearerValue123",
    "crypt": "$6$rounds=5000$saltsalt$abcdefghijklmnopqrstuvwxyz0123456789",
    "key": "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC",
    "chinese": "芝麻开门芝麻开门",
    "history": "history-secret-77",
    "event": "event-secret-99",
}
NUMBERS = ("13800138000", "13911112222", "+8613700000000")


def _plant(data: Path) -> None:
    """In settings, set-up, history, log and events, each in another dress."""
    people = [{"id": "wang", "pin_hash": PLANTED["hash"], "pin": PLANTED["pin"], "number": "801"}]
    mail = {"server": f"imap://box:{PLANTED['url']}@mail.example", "smtp_password": PLANTED["mail"]}
    (data / "setup.json").write_text(
        json.dumps({"people": {"1": {"people": people}}, "mail": {"1": mail | {"apiKey": PLANTED["token"]}}})
    )
    change = {"who": "wang", "after": {"webhook_secret": PLANTED["history"]}}
    (data / "setup-history.jsonl").write_text(json.dumps(change) + "\n")
    (data / "queues.toml").write_text(f'# password = "{PLANTED["assigned"]}"\n[queues.sales]\nwrap_up_s = 5\n')
    log = data / "log"
    log.mkdir()
    (log / "callbox.log").write_text(
        f"login failed password={PLANTED['assigned']} for wang\n"
        f"sent {PLANTED['mail']} to the server\n"  # by value: nothing in the line says what it is
        f"GET https://user:{PLANTED['url']}@example/x\n"
        f"Authorization: Bearer {PLANTED['bearer']}\n"
        f"shadow {PLANTED['crypt']}\n"
        f"-----BEGIN RSA PRIVATE KEY-----\n{PLANTED['key']}\n-----END RSA PRIVATE KEY-----\n"
        f"密码：{PLANTED['chinese']}\n"
        f"call from {NUMBERS[0]} and {NUMBERS[2]} on line 3\n"
    )
    store = open_store(data)
    first = next_seq(store)
    who = {"number": NUMBERS[1], "name": "Wang Xiaoming", "withheld": None}
    Ledger(store).write(
        [
            Event(first, BEGIN, "call.caller", "c9", 1, None, who),
            Event(first + 1, BEGIN, "alarm.raised", None, None, None, {"name": "x", "token": PLANTED["event"]}),
        ]
    )
    store.dispose()


def _all_text(bundle: Path) -> str:
    with zipfile.ZipFile(bundle) as archive:
        return "\n".join([*archive.namelist(), *(archive.read(name).decode("latin-1") for name in archive.namelist())])


def test_secrets_planted_everywhere_are_found_nowhere(data: Path, tmp_path: Path) -> None:
    _plant(data)
    secret_key = SettingsFile(data).load().secret_key
    support(data, tmp_path / "s.zip")
    text = _all_text(tmp_path / "s.zip")
    for name, secret in (PLANTED | {"secret_key": secret_key}).items():
        assert secret not in text and secret.encode().decode("latin-1") not in text, name
        assert json.dumps(secret).strip('"') not in text, name
    for number in NUMBERS:
        assert number not in text and number.lstrip("+") not in text
    assert "Xiaoming" not in text


def test_what_is_needed_is_there(data: Path, tmp_path: Path) -> None:
    _plant(data)
    (data / "captures").mkdir()
    (data / "captures" / "line3.trace").write_bytes(b"\1\2\3")
    told = support(data, tmp_path / "s.zip")
    with zipfile.ZipFile(tmp_path / "s.zip") as archive:
        assert {
            "setup/settings.json", "setup/setup.json", "setup/queues.toml", "versions.json", "machine.json",
            "files.txt", "events.jsonl", "log/callbox.log", "boards/sim-8x8.toml", "captures/line3.trace",
            "missing.txt",
        } <= set(archive.namelist())  # fmt: skip
        events = [json.loads(line) for line in archive.read("events.jsonl").splitlines()]
        assert events[0]["kind"] == "call.started" and events[-2]["data"]["number"] == "*********22"
        assert events[-1]["data"] == {"name": "x", "token": scrub.HIDDEN}
        assert json.loads(archive.read("versions.json"))["packages"]["tinydb"]
        assert "wrap_up_s = 5" in archive.read("setup/queues.toml").decode()
        settings = json.loads(archive.read("setup/settings.json"))["box"]["1"]
        assert settings["http"] == "127.0.0.1:0" and settings["secret_key"] == scrub.HIDDEN
        assert "on line 3" in archive.read("log/callbox.log").decode()
    assert len(told["missing"]) == 1 and told["missing"][0].startswith("box: ")  # it does not run


def test_numbers_when_asked_for(data: Path, tmp_path: Path) -> None:
    _plant(data)
    support(data, tmp_path / "s.zip", numbers=True)
    text = _all_text(tmp_path / "s.zip")
    assert NUMBERS[0] in text and NUMBERS[1] in text and PLANTED["mail"] not in text


def test_of_a_box_that_is_quite_broken(data: Path, tmp_path: Path) -> None:
    (data / "settings.json").write_text("{half")
    (data / "callbox.sqlite").write_bytes(b"no database")
    told = support(data, tmp_path / "s.zip")
    words = "\n".join(told["missing"])
    assert "settings.json" in words and "events: " in words
    with zipfile.ZipFile(tmp_path / "s.zip") as archive:
        assert "versions.json" in archive.namelist() and "settings.json" in archive.read("missing.txt").decode()


@pytest.mark.parametrize(
    ("key", "secret"),
    [
        ("password", True), ("admin_password", True), ("apiKey", True), ("secret_key", True), ("pin_hash", True),
        ("WebhookSecret", True), ("smtp-password", True), ("pin", True), ("keys", False), ("selfcall_keys", False),
        ("pinned", False), ("passed", False), ("monkey", False), ("number", False), ("board", False),
    ],
)  # fmt: skip
def test_which_keys_are_secret(key: str, secret: bool) -> None:
    assert scrub.is_secret_key(key) is secret


def test_times_and_paths_are_no_numbers() -> None:
    line = "2026-01-05 08:00:12,345 recordings/2026/01/05/20260105-080011170-2.wav 1767600000.5"
    assert scrub.text(line, [], numbers=False) == line


def test_the_command(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["support", "--data", str(data), str(tmp_path / "s.zip")]) == 0
    assert "secrets taken out" in capsys.readouterr().out
    assert main(["support", "--data", str(data), str(tmp_path / "s.zip")]) == 2
    assert "was not touched" in capsys.readouterr().err
    assert main(["support", "--data", str(tmp_path / "no"), str(tmp_path / "t.zip")]) == 2


# -- the log -----------------------------------------------------------------------------------------------------


def _log(handler: LogFile, words: str) -> None:
    handler.handle(logging.makeLogRecord({"msg": words, "levelno": logging.INFO, "levelname": "INFO"}))


def test_the_log_is_bounded(tmp_path: Path) -> None:
    handler = LogFile(tmp_path)
    for number in range(60):
        _log(handler, f"{number} " + "x" * 100_000)
    handler.close()
    files = sorted((tmp_path / "log").iterdir())
    assert len(files) == 4 and sum(path.stat().st_size for path in files) <= 4 * BYTES_MOST


def test_a_full_disk_costs_lines_and_says_how_many(small_disk: Callable[[str], Path]) -> None:
    disk = small_disk("64k")
    handler = LogFile(disk)
    _log(handler, "first")
    (disk / "filler").write_bytes(bytes(40_000))
    for number in range(10):
        _log(handler, f"{number} " + "x" * 20_000)
    assert handler.lost >= 8
    lost = handler.lost
    (disk / "filler").unlink()
    _log(handler, "again")
    handler.close()
    text = (disk / "log" / "callbox.log").read_text()
    assert text.startswith("first\n") and f"again\n{lost} lines were lost\n" in text
