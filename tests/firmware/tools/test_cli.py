"""The commands: what they answer, and that mistakes are met in words with exit status 2."""

import json
import subprocess
import sys
import wave
from pathlib import Path

import pytest

from firmware.cli import main


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["version"]


@pytest.mark.parametrize("command", ["run", "demo-call", "detect", "make-audio", "simulate", "bench", "version"])
def test_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    assert command in capsys.readouterr().out


def test_version_loads_nothing_heavy() -> None:
    heavy = "{'numpy', 'sqlalchemy', 'pydantic', 'asyncio', 'drivers.binding._core'}"
    code = f"import sys; from firmware.cli import main; main(['version']); print(sorted(set(sys.modules) & {heavy}))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.splitlines()[-1] == "[]"


def _made(tmp_path: Path, *arguments: str) -> Path:
    path = tmp_path / "made.wav"
    assert main(["make-audio", *arguments, "--out", str(path)]) == 0
    return path


def _found(path: Path, capsys: pytest.CaptureFixture[str], *more: str) -> list[dict[str, object]]:
    capsys.readouterr()
    assert main(["detect", str(path), "--json", *more]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["t"] for one in found] == sorted(one["t"] for one in found)
    return found


def test_made_digits_are_detected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _made(tmp_path, "dtmf", "1234567890*#ABCD")
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
    digits = [one for one in _found(path, capsys) if one["kind"] == "dtmf"]
    assert "".join(str(one["digit"]) for one in digits) == "1234567890*#ABCD"
    assert all(abs(float(str(one["duration"])) - 0.07) < 0.01 for one in digits)


@pytest.mark.parametrize("country", ["cn", "us", "gb", "de"])
@pytest.mark.parametrize("tone", ["dial", "busy", "congestion"])
def test_made_tones_are_detected(tmp_path: Path, capsys: pytest.CaptureFixture[str], country: str, tone: str) -> None:
    path = _made(tmp_path, "tone", tone, "--seconds", "8", "--country", country)
    found = [one for one in _found(path, capsys, "--country", country) if one["kind"] == "tone"]
    assert [one["name"] for one in found] == [tone]
    assert 6.0 < float(str(found[0]["end"])) <= 8.0


@pytest.mark.parametrize("scheme", ["bell202", "v23", "dtmf"])
def test_made_caller_id_is_detected(tmp_path: Path, capsys: pytest.CaptureFixture[str], scheme: str) -> None:
    path = _made(tmp_path, "callerid", "--scheme", scheme, "--number", "13800138000", "--name", "WANG")
    (found,) = [one for one in _found(path, capsys) if one["kind"] == "callerid"]
    assert (found["ok"], found["scheme"], found["number"]) == (True, scheme, "13800138000")
    assert found["name"] == ("" if scheme == "dtmf" else "WANG")


def test_another_rate_is_converted_with_a_note(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _made(tmp_path, "dtmf", "159")
    other = tmp_path / "other.wav"
    subprocess.run(["sox", str(path), "-r", "44100", "-c", "2", "-b", "24", str(other)], check=True)
    capsys.readouterr()
    assert main(["detect", str(other), "--json"]) == 0
    told = capsys.readouterr()
    assert "converted from 44100 Hz, 2 channels" in told.err
    assert "".join(one["digit"] for one in json.loads(told.out) if one["kind"] == "dtmf") == "159"


def _refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert main(list(arguments)) == 2
    told = capsys.readouterr()
    assert told.out == "" and told.err.startswith("callbox: ") and "Traceback" not in told.err
    return told.err


def test_files_that_cannot_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = _made(tmp_path, "dtmf", "123").read_bytes()
    for name, content, words in (
        ("truncated.wav", whole[:-100], "cut short"),
        ("header-only.wav", whole[:30], "cut short"),
        ("no-data-chunk.wav", whole[:36], "cut short"),
        ("not-audio.wav", b"this is no sound at all\n" * 20, "not a sound file"),
        ("empty.wav", b"", "not a sound file"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        assert words in _refused(capsys, "detect", str(path))
    assert "No such file" in _refused(capsys, "detect", str(tmp_path / "none.wav"))
    assert "Is a directory" in _refused(capsys, "detect", str(tmp_path))


def test_wrong_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = ("--out", str(tmp_path / "x.wav"))
    assert "has no tone 'nope'" in _refused(capsys, "make-audio", "tone", "nope", "--seconds", "1", *out)
    assert "digits are" in _refused(capsys, "make-audio", "dtmf", "12x", *out)
    known = "there are au, br, cn, de, fr, gb, hk, in, jp, sg, tw, us"
    assert known in _refused(capsys, "demo-call", "--country", "xx")
    assert "more than 0" in _refused(capsys, "make-audio", "tone", "busy", "--seconds", "0", *out)
    assert "No such file" in _refused(capsys, "make-audio", "dtmf", "1", "--out", str(tmp_path / "no" / "x.wav"))
    assert "No such file" in _refused(capsys, "simulate", str(tmp_path / "no.toml"))
    assert "unknown board 'x'" in _refused(
        capsys, "run", "--data", str(tmp_path / "d"), "--board", "x", "--http", "127.0.0.1:0"
    )


@pytest.mark.parametrize("command", [["audit-recordings"], ["explain", "c1"]])
def test_a_damaged_database_is_told_in_words(
    tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "callbox.sqlite").write_bytes(bytes(range(256)) * 64)
    assert main([*command, "--data", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert told.startswith("callbox: ") and "file is not a database" in told and "Nothing was changed" in told
