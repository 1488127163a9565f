"""The command `callbox`. Every command's work is elsewhere and loaded only when it is wanted.

Mistakes of the user are answered in words on stderr with exit status 2; 1 means that a check did not hold.
"""

import argparse
import gc
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from firmware.errors import UserError

OK, FAILED, WRONG = 0, 1, 2
DATA = Path(os.environ.get("CALLBOX_DATA", "data"))  # the appliance says where (image-build/overlay/usr/lib/callbox)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; its exit status."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return WRONG
    except UserError as error:
        print(f"callbox: {error}", file=sys.stderr)
        if getattr(options, "json", False):
            found = {"error": str(error), "code": error.code, "holes": error.holes}
            print(json.dumps(found, ensure_ascii=False, default=str))
        return WRONG
    except Exception as error:
        fault = sys.modules.get("sqlalchemy.exc")  # loaded by whoever asked the database
        if fault is None or not isinstance(error, fault.DBAPIError):
            raise
        print(f"callbox: the database cannot be used: {error.orig}. Nothing was changed.", file=sys.stderr)
        return WRONG


# -- commands ------------------------------------------------------------------------------------------------


def _version(options: argparse.Namespace) -> int:
    from importlib.metadata import version

    found = version("callbox")
    print(json.dumps({"version": found}) if options.json else f"callbox {found}")
    return OK


def _run(options: argparse.Namespace) -> int:
    gc.disable()  # there is nothing to be found while modules are loaded, and looking is a twentieth of the start
    from firmware.run import RunOptions, run

    gc.freeze()  # what stays for ever need not be looked through while calls are going on
    gc.enable()
    wanted = RunOptions(
        options.data, options.board, options.country, options.http, options.trace, page=not options.no_page
    )
    try:
        return run(wanted)
    except UserError as error:
        if error.code:  # the appliance notes what it ends with, and its page says that in its own language
            print(f"callbox: [{error.code}]", file=sys.stderr)
        raise


def _rescue(options: argparse.Namespace) -> int:
    from firmware.rescue import report, rescue

    result = rescue(options.data, None if options.no_page else options.http)
    _print(options.json, result, report)
    return OK if result["again"] else FAILED


def _demo_call(options: argparse.Namespace) -> int:
    from firmware.config import load_country
    from firmware.training.demo import demo_call, report

    result = demo_call(
        load_country(options.country), data=options.data, real_time=options.real_time, trace=options.trace
    )
    _print(options.json, result, report)
    return OK if result["ok"] else FAILED


def _simulate(options: argparse.Namespace) -> int:
    from firmware.training.scenario import ScenarioError, load_scenario
    from firmware.training.simulate import report, simulate

    if options.theory:
        return _theory(options)
    if options.workday is not None:
        return _workday(options)
    if options.scenario is None:
        raise ScenarioError("name a scenario (examples/ has some), or say --theory")
    result = simulate(load_scenario(options.scenario), data=options.data)
    _print(options.json, result, report)
    return OK if result["ok"] else FAILED


def _workday(options: argparse.Namespace) -> int:
    from firmware.training.workday import report, workday

    result = workday(options.workday, data=options.data)
    _print(options.json, result, report)
    return OK if result["ok"] else FAILED


def _theory(options: argparse.Namespace) -> int:
    from firmware.theory.experiment import all_comparisons, as_data, report
    from firmware.theory.page import write

    found = all_comparisons(lambda words: print(words, file=sys.stderr, flush=True), os.cpu_count() or 1)
    if options.out is not None:
        write(found, options.out)
    result = as_data(found)
    _print(options.json, result, report)
    return OK if result["ok"] else FAILED


def _detect(options: argparse.Namespace) -> int:
    from firmware.config import load_country
    from firmware.tools.audio import read
    from firmware.tools.detect import detect

    plan = load_country(options.country)
    sound = read(options.file)
    if sound.note:
        print(f"callbox: {sound.note}", file=sys.stderr)
    found = detect(sound, plan)
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
        return OK
    for one in found:
        rest = ", ".join(f"{key} {value}" for key, value in one.items() if key not in ("t", "kind") and value != "")
        print(f"{one['t']:10.3f} s  {one['kind']:8}  {rest}")
    return OK


def _make_audio(options: argparse.Namespace) -> int:
    from drivers.binding import listener
    from firmware.config import load_country
    from firmware.tools.audio import RATE, AudioError, write

    plan = load_country(options.country)
    try:
        if options.signal == "dtmf":
            samples = listener.make_digits(plan, options.digits)
        elif options.signal == "tone":
            samples = listener.make_tone(plan, options.name, options.seconds)
        else:
            samples = listener.make_callerid(plan, options.scheme, options.number, options.name)
    except (ValueError, KeyError) as error:
        raise AudioError(error.args[0]) from error
    write(options.out, samples)
    seconds = len(samples) / 2 / RATE
    if options.json:
        print(json.dumps({"file": str(options.out), "seconds": round(seconds, 4)}))
    else:
        print(f"{options.out}: {seconds:.3f} s")
    return OK


def _import_prompt(options: argparse.Namespace) -> int:
    from firmware.prompts.command import report, run

    _print(options.json, run(options), report)
    return OK


def _explain(options: argparse.Namespace) -> int:
    from webui.explain import as_json, as_text, explain

    story = explain(options.data, options.call, options.language)
    print(as_json(story) if options.json else as_text(story))
    return OK


def _audit_recordings(options: argparse.Namespace) -> int:
    from firmware.recording.audit import audit_recordings, report

    result = audit_recordings(options.data)
    _print(options.json, result, report)
    return OK if result["ok"] else FAILED


def _backup(options: argparse.Namespace) -> int:
    from firmware.keeping.backup import backup, report

    _print(options.json, backup(options.data, options.file, recordings=options.recordings), report)
    return OK


def _restore(options: argparse.Namespace) -> int:
    from firmware.keeping.command import report, restore

    _print(options.json, restore(options.data, options.file, at_once=options.now), report)
    return OK


def _selfcall(options: argparse.Namespace) -> int:
    from firmware.selfcall.command import report, selfcall

    result = selfcall(options.data)
    _print(options.json, result, report)
    return OK if result["ok"] else FAILED


def _doctor(options: argparse.Namespace) -> int:
    from firmware.doctor.command import doctor, report

    found = doctor(options.data, options.line, quick=options.quick)
    _print(options.json, found, report)
    return OK if found["verdict"] == "good" and not found["why"] else FAILED


def _check_backup(options: argparse.Namespace) -> int:
    from firmware.keeping.command import look, report_look

    _print(options.json, look(options.file), report_look)
    return OK


def _support(options: argparse.Namespace) -> int:
    from firmware.keeping.support import report, support

    _print(options.json, support(options.data, options.file, numbers=options.numbers), report)
    return OK


def _self_check(options: argparse.Namespace) -> int:
    from firmware.update.check import as_data, report, self_check

    result = as_data(self_check(options.data, options.page, options.within, call=options.call))
    _print(options.json, result, report)
    return OK if result["ok"] else FAILED


def _update(options: argparse.Namespace) -> int:
    from firmware.update.command import report, update

    _print(options.json, update(options.file, options.data, allow_older=options.allow_older), report)
    return OK


def _rehearse(options: argparse.Namespace) -> int:
    from firmware.store.database import FILE
    from firmware.store.handover import rehearse

    _print(options.json, rehearse(options.data / FILE), lambda found: f"the database can be taken over: {found}")
    return OK


def _bench(options: argparse.Namespace) -> int:
    from firmware.bench import MEASURES, bench, report
    from firmware.config import ConfigError

    unknown = [name for name in options.what if name not in MEASURES]
    if unknown:
        raise ConfigError(f"bench does not know {', '.join(unknown)}; it knows {', '.join(MEASURES)}")
    _print(options.json, bench(options.what), report)
    return OK


def _conformance(options: argparse.Namespace) -> int:
    from firmware.conformance.command import conformance, report

    result = conformance(options)
    _print(options.json, result, report)
    return OK if result["ok"] else FAILED


def _print(as_json: bool, result: Any, report: Callable[[Any], str]) -> None:
    print(json.dumps(result, ensure_ascii=False, indent=1) if as_json else report(result))


def _board_detect(options: argparse.Namespace) -> int:
    from drivers.binding.alsa import found_sockets
    from firmware.tools.board import found_channels, propose, write_proposal
    from firmware.tools.listing import ListingError, read_listing

    if options.listing:
        try:
            channels = read_listing([file.read_text(encoding="utf-8", errors="replace") for file in options.listing])
        except (OSError, ListingError) as error:
            raise UserError(f"cannot use the listing: {error}") from error
    else:
        channels = found_channels()
    text = propose(channels, [] if options.listing else found_sockets())
    if options.name:
        print(f"written: {write_proposal(options.name, text)}")
    else:
        print(text, end="")
    return OK


def _board_chosen(options: argparse.Namespace) -> int:
    from firmware.setup.takeover import present

    site = present(options.data)
    _print(options.json, {"board": site.board, "country": site.country}, lambda one: f"{one['board']} {one['country']}")
    return OK


def _board_apply(options: argparse.Namespace) -> int:
    from firmware.tools.board import apply

    for path in apply(options.board, options.country):
        print(f"written: {path}")
    return OK


def _board_trace(options: argparse.Namespace) -> int:
    from firmware.config import load_country
    from firmware.tools.trace import replay, report

    result = replay(options.file, None if options.country is None else load_country(options.country))
    _print(options.json, result, report)
    return OK if result["ok"] else FAILED


# -- arguments -------------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="callbox", description="A call centre in a box: lines, agents, one page.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = _command(commands, "run", _run, "start the box and its page", "runs until Ctrl-C")
    run.add_argument("--http", metavar="HOST:PORT", help="where the page answers (default 127.0.0.1:8080)")
    run.add_argument("--data", type=Path, default=DATA, help="everything the box keeps (default ./data)")
    run.add_argument("--board", help="board-config/boards/BOARD.toml, whatever is set up")
    run.add_argument("--country", metavar="CC", help="board-config/countries/CC.toml, whatever is set up")
    _trace(run)
    run.add_argument("--no-page", action="store_true", help="only lines and calls; the page is started by itself")

    demo = _command(commands, "demo-call", _demo_call, "one whole simulated call, checked from its far ends")
    _country(demo)
    demo.add_argument("--real-time", action="store_true", help="on the wall clock instead of virtual time")
    demo.add_argument("--data", type=Path, help="keep recording, receivers' files and database here")
    _trace(demo)
    _json(demo)

    audit = _command(
        commands, "audit-recordings", _audit_recordings, "whether every answered second was recorded",
        "exit status 1 if something is missing or belongs to no call; the box may run meanwhile",
    )  # fmt: skip
    audit.add_argument("--data", type=Path, default=DATA, help="the box's data (default ./data)")
    _json(audit)

    explain = _command(commands, "explain", _explain, "one call, told from its first ring to its last event")
    explain.add_argument("call", metavar="CALL", help="its id, as the page shows it")
    explain.add_argument("--data", type=Path, default=DATA, help="the box's data (default ./data)")
    explain.add_argument("--language", choices=("zh", "en"), help="default: the box's own")
    _json(explain)

    _keeping(commands)
    _updating(commands)

    simulate = _command(commands, "simulate", _simulate, "a day of random calls in virtual time")
    simulate.add_argument("scenario", type=Path, nargs="?", metavar="SCENARIO.toml", help="see examples/")
    simulate.add_argument(
        "--workday", type=int, nargs="?", const=1200, metavar="CALLS",
        help="a day in which agents do everything: hold, transfer, park, confer ... (default 1200 calls)",
    )  # fmt: skip
    simulate.add_argument("--theory", action="store_true", help="compare queues and lines with Erlang's formulas")
    simulate.add_argument("--out", type=Path, help="with --theory: write erlang.md and erlang.svg into this folder")
    simulate.add_argument("--data", type=Path, help="keep recordings and database here (default: thrown away)")
    _json(simulate)

    detect = _command(commands, "detect", _detect, "digits, tones, caller id and voice in a sound file")
    detect.add_argument("file", type=Path, metavar="FILE.wav")
    _country(detect)
    _json(detect)

    make = _command(commands, "make-audio", None, "the signals that the box makes, as a file")
    _signals(make)

    prompt = _command(commands, "import-prompt", _import_prompt, "a recording of your own as a prompt, from any format")
    prompt.add_argument("file", type=Path, metavar="FILE", help="any sound file that ffmpeg can read")
    prompt.add_argument("--name", required=True, metavar="ID", help="which prompt, e.g. greeting")
    prompt.add_argument("--language", required=True, metavar="zh|en", help="'any' for sound without words")
    prompt.add_argument("--data", type=Path, default=DATA, help="the box's data (default ./data)")
    _json(prompt)

    bench = _command(commands, "bench", _bench, "what the box costs and how late it is on this machine")
    bench.add_argument(
        "what", nargs="*", metavar="WHAT", help="only these: port-tick, sim-speedup, soak ... (default all)"
    )
    _json(bench)
    proof = _command(commands, "conformance", _conformance, "detectors, lines and mixer against the standards' limits")
    proof.add_argument("--quick", action="store_true", help="small samples, within a minute: a check, not the proof")
    proof.add_argument("--only", nargs="+", metavar="GROUP", help="dtmf, talkoff, callerid, progress ... (default all)")
    proof.add_argument("--country", nargs="+", metavar="CC", help="cn, us, de ... (default all; with --quick cn gb us)")
    proof.add_argument("--report", type=Path, metavar="FILE.md", help="also write the table with machine and recipes")
    _json(proof)
    board = _command(commands, "board", None, "the card's ports: what is plugged in, and what the driver is told")
    _board(board)
    version = _command(commands, "version", _version, "which version this is")
    _json(version)
    return parser


def _keeping(commands: Any) -> None:
    backup = _command(commands, "backup", _backup, "everything the box keeps in one file, while it runs or not")
    backup.add_argument("file", type=Path, metavar="FILE", help="a new file, or a directory, for one named by date")
    backup.add_argument("--recordings", action="store_true", help="also the recordings of conversations")
    restore = _command(
        commands, "restore", _restore, "put a backup in place of the box's data",
        "a running box goes on until no call is under way, then restarts with it; nothing is changed if the file is "
        "not whole or is of a newer version",
    )  # fmt: skip
    restore.add_argument("file", type=Path, metavar="FILE", help="made by callbox backup")
    restore.add_argument("--now", action="store_true", help="a running box ends its calls and restarts at once")
    rescue = _command(
        commands, "rescue", _rescue, "let a backup be restored by the page, where the box cannot use its database",
        "answers no calls; exit status 0 once one was restored: start the box then",
    )  # fmt: skip
    rescue.add_argument(
        "--http", metavar="HOST:PORT", default="127.0.0.1:8080", help="where the page answers (default 127.0.0.1:8080)"
    )
    rescue.add_argument("--no-page", action="store_true", help="the page is started by itself")
    look = _command(commands, "check-backup", _check_backup, "whether a backup is whole, and what is in it")
    look.add_argument("file", type=Path, metavar="FILE", help="made by callbox backup")
    support = _command(
        commands, "support", _support, "versions, log, counters, events and setup in one file for whoever helps",
        "secrets are taken out; the box may run meanwhile",
    )  # fmt: skip
    support.add_argument("file", type=Path, metavar="FILE", help="a new file, or a directory, for one named by date")
    support.add_argument("--numbers", action="store_true", help="leave callers' numbers and names in")
    selfcall = _command(
        commands, "selfcall", _selfcall, "the running box calls itself and listens at the far end",
        "takes about a minute; exit status 1 if something does not work",
    )  # fmt: skip
    doctor = _command(
        commands, "doctor", _doctor, "examine an outside line of the running box: dial tone, noise, hum, echo",
        "the line must be idle; calls on other lines go on; exit status 1 if something is not good",
    )  # fmt: skip
    doctor.add_argument("line", type=int, metavar="LINE", help="number of the outside line")
    doctor.add_argument("--quick", action="store_true", help="battery, dial tone, one digit and noise: six seconds")
    for command in (backup, restore, rescue, look, support, selfcall, doctor):
        command.add_argument("--data", type=Path, default=DATA, help="the box's data (default ./data)")
        _json(command)


def _updating(commands: Any) -> None:
    update = _command(
        commands, "update", _update, "put a signed update into the other root slot of the appliance",
        "it runs from the next start on, and is given up by itself if it does not come up well",
    )  # fmt: skip
    update.add_argument("file", type=Path, metavar="FILE", help="the bundle, callbox.raucb")
    update.add_argument("--allow-older", action="store_true", help="also one that is older than what runs")
    check = _command(commands, "self-check", _self_check, "whether box, card, store and page do their work")
    check.add_argument("--page", default="https://localhost/healthz", metavar="URL", help="what the page is asked")
    check.add_argument("--within", type=float, default=0, metavar="S", help="go on looking for so many seconds")
    check.add_argument("--call", action="store_true", help="then have the box call itself")
    rehearse = _command(commands, "rehearse", _rehearse, "try on a copy whether this version can use a database")
    for parser in (update, check, rehearse):
        parser.add_argument("--data", type=Path, default=Path("/data/callbox"), help="default /data/callbox")
        _json(parser)


def _signals(make: argparse.ArgumentParser) -> None:
    signals = make.add_subparsers(required=True, metavar="SIGNAL", dest="signal")
    dtmf = _command(signals, "dtmf", _make_audio, "digits")
    dtmf.add_argument("digits", metavar="DIGITS", help="0-9 * # A-D, ',' pauses")
    tone = _command(signals, "tone", _make_audio, "a progress tone of the country")
    tone.add_argument("name", metavar="NAME", help="dial, ringback, busy, congestion, sit ...")
    tone.add_argument("--seconds", type=float, required=True, metavar="S")
    caller_id = _command(signals, "callerid", _make_audio, "a caller-id burst")
    caller_id.add_argument("--scheme", choices=["bell202", "v23", "dtmf"], required=True)
    caller_id.add_argument("--number", required=True, metavar="N", help="digits; P: private, O: unavailable")
    caller_id.add_argument("--name", default="", metavar="TEXT")
    for signal in (dtmf, tone, caller_id):
        signal.add_argument("--out", type=Path, required=True, metavar="FILE.wav")
        _country(signal)
        _json(signal)


def _board(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    detect = _command(actions, "detect", _board_detect, "propose a board file for the card that is plugged in")
    detect.add_argument(
        "--listing", type=Path, nargs="+", metavar="FILE", help="what another machine has: copies of its /proc/dahdi/*"
    )
    detect.add_argument("--name", help="keep it as board-config/boards/NAME.toml")
    chosen = _command(actions, "chosen", _board_chosen, "which board and country are set up for the box")
    chosen.add_argument("--data", type=Path, default=DATA, help="the box's data (default ./data)")
    _json(chosen)
    apply = _command(actions, "apply", _board_apply, "write the DAHDI driver's files for a board and load them")
    apply.add_argument("board", metavar="BOARD")
    _country(apply)
    trace = _command(
        actions, "trace", _board_trace, "live through a trace again (callbox run --trace) and tell what is heard in it",
        "exit status 1 if that is not what the box was told then",
    )  # fmt: skip
    trace.add_argument("file", type=Path, metavar="FILE")
    trace.add_argument(
        "--country", metavar="CC", help="with this country's tones and timers instead of the trace's own"
    )
    _json(trace)


def _command(
    commands: Any, name: str, command: Callable[[argparse.Namespace], int] | None, summary: str, more: str = ""
) -> argparse.ArgumentParser:
    description = f"{summary[0].upper()}{summary[1:]}{'; ' + more if more else ''}."
    parser: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=description)
    if command is not None:
        parser.set_defaults(command=command)
    return parser


def _country(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--country", default="cn", metavar="CC", help="whose tones (default cn)")


def _trace(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--trace",
        type=Path,
        metavar="FILE",
        help="write all that passes between box and card, all that is said included",
    )


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="report as JSON")


if __name__ == "__main__":
    sys.exit(main())
