"""The comparison in docs/queues.md names tests: every one of them is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
TABLE = (ROOT / "docs" / "queues.md").read_text("utf-8")
ROWS = re.findall(r"^\| ([^|]+) \| ([^|]+) \|([^|]*)\|$", TABLE[TABLE.index("## Theirs and ours") :], re.MULTILINE)
WITHOUT_TEST = ("not built", "not needed", "one message", "measured against theory", "of its dialplan")
# As named in Asterisk's queues.conf.sample (the commit stands in the page's sources); prompts of its own left out.
OPTIONS = (
    "announce announce-frequency announce-holdtime announce-position announce-position-limit "
    "announce-position-only-up announce-round-seconds announce-to-first-user autofill autopause autopausebusy "
    "autopausedelay autopauseunavail context defaultrule enable_cidname_logging force_longest_waiting_caller "
    "joinempty leavewhenempty log-restricted-caller-id log_membername_as_agent maxlen memberdelay membergosub "
    "min-announce-frequency monitor-format monitor-type musicclass negative_penalty_invalid "
    "penaltymemberslimit periodic-announce periodic-announce-frequency periodic-announce-startdelay "
    "persistentmembers queue-callerannounce queue-youarenext random-periodic-announce "
    "relative-periodic-announce reportholdtime retry ringinuse servicelevel setinterfacevar setqueueentryvar "
    "setqueuevar shared_lastcall timeout timeoutpriority timeoutrestart weight wrapuptime fewestcalls leastrecent "
    "linear random ringall rrmemory rrordered wrandom "
)


def test_every_test_that_the_table_names_is_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", TABLE))
    rooms = ("acd", "agents", "owed", "prompts")
    folders = (*(f"tests/firmware/{room}" for room in rooms), "tests/journeys")
    sources = [file.read_text("utf-8") for folder in folders for file in (ROOT / folder).glob("test_*.py")]
    there = {name for source in sources for name in re.findall(r"^def (test_\w+)", source, re.MULTILINE)}
    assert len(named) > 60 and named <= there, sorted(named - there)


def test_each_row_names_a_test_or_says_why_there_is_none() -> None:
    assert len(ROWS) > 60
    bare = [theirs for theirs, ours, shown in ROWS if "`test_" not in shown and not ours.startswith(WITHOUT_TEST)]
    assert not [one for one in bare if one not in ("theirs", "---")]


def test_every_option_of_asterisk_has_its_row() -> None:
    theirs = " ".join(row[0] for row in ROWS)
    names = set(re.findall(r"[\w-]+", theirs))
    assert not [option for option in OPTIONS.split() if option not in names]
