"""Every sentence of the page is there in Chinese, and no translation is left over."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from firmware.ivr.problems import RULES, WORDS
from firmware.prompts import texts
from webui.states import LOOKS

WEBUI = Path(__file__).parents[2] / "webui"
FIRMWARE = WEBUI.with_name("firmware")
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "_l": None, "gettext": None, "ngettext": (1, 2)}


SIGNS = {"callbox", "–", "·", ",", "›", "→", "+", ":", "F9", "F10", "CSV", "Excel", "OpenAPI", "*"}
# What a room says about the setup (firmware/setup/base.py), and what the line doctor found.
OF_ROOMS = {"wrong": None, "Problem": (3,), "says": None}


def said() -> Iterator[tuple[str, ...]]:
    """Every text marked for translation in code and templates, and what rooms say about the setup."""
    for found in extract_from_dir(str(WEBUI), METHODS, {}, KEYWORDS):
        yield found[2] if isinstance(found[2], tuple) else (found[2],)
    for found in extract_from_dir(str(FIRMWARE), [("**.py", "python")], {}, OF_ROOMS):
        yield (str(found[2]),)


@pytest.fixture(scope="module")
def catalogue() -> dict[tuple[str, ...], Message]:
    with (WEBUI / "translations/zh/LC_MESSAGES/messages.po").open("rb") as file:
        messages = [message for message in read_po(file, locale="zh") if message.id]
    return {message.id if isinstance(message.id, tuple) else (message.id,): message for message in messages}


def test_nothing_is_untranslated_and_nothing_left_over(catalogue: dict[tuple[str, ...], Message]) -> None:
    assert set(said()) == set(catalogue)
    assert [message.id for message in catalogue.values() if message.fuzzy or not all(message.string)] == []


def test_placeholders_are_the_same(catalogue: dict[tuple[str, ...], Message]) -> None:
    for key, message in catalogue.items():
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        for string in strings:
            for holes in (r"%\(\w+\)s", r"{\w+}"):
                assert set(re.findall(holes, string)) == set(re.findall(holes, key[-1])), key


def test_no_sentence_stands_there_twice() -> None:
    """Babel takes the last one and says nothing; the texts of several hands are joined line by line."""
    text = (WEBUI / "translations/zh/LC_MESSAGES/messages.po").read_text("utf-8")
    keys = re.findall(r'^msgid ("(?:.*\n")*.*")$', text, re.MULTILINE)
    assert [key for key, times in Counter(keys).items() if times > 1] == []


def test_chinese_has_chinese_punctuation(catalogue: dict[tuple[str, ...], Message]) -> None:
    spoken = [prompt["zh"] for prompt in texts()["prompts"].values()]
    checked = [words["zh"] for _severity, words in WORDS.values()] + [rule["zh"] for rule in RULES.values()]
    for text in [*(str(message.string) for message in catalogue.values()), *spoken, *checked]:
        assert not re.search("[\u4e00-\u9fff”）][,;:?!(]|[,;:?!)][\u4e00-\u9fff“（]", text), text


def test_every_text_in_a_template_is_marked() -> None:
    """What stands between tags and is not a call, a name of the product, or a sign, somebody forgot to mark."""
    for template in sorted((WEBUI / "templates").rglob("*.html")):
        text = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}", "", template.read_text(), flags=re.DOTALL)
        text = re.sub(r"<[^>]*>", " ", text)
        assert set(text.split()) <= SIGNS, template.name


def test_states_have_a_word_of_their_own_in_both_languages() -> None:
    for language in ("en", "zh"):
        words = [look.word(language) for look in LOOKS.values()]
        assert len(set(words)) == len(words) == 10
    assert len({look.shape for look in LOOKS.values()}) == 10
    assert len({look.light for look in LOOKS.values()}) == len({look.dark for look in LOOKS.values()}) == 10


def contrast(one: str, other: str) -> float:
    """WCAG 2's contrast of two #rrggbb colours."""

    def luminance(colour: str) -> float:
        channels = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def mixed(colour: str, ground: str, part: float) -> str:
    pairs = [(int(colour[i : i + 2], 16), int(ground[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(c * part + g * (1 - part)):02x}" for c, g in pairs)


@pytest.mark.parametrize("name", LOOKS)
def test_words_can_be_read_on_their_lamp(name: str) -> None:
    tint = {"ringing": 0.15, "fault": 0.12, "idle": 0, "away": 0, "out_of_service": 0}.get(name, 0.09)
    look = LOOKS[name]
    assert contrast(look.light, mixed(look.light, "#ffffff", tint)) >= 4.5
    assert contrast(look.dark, mixed(look.dark, "#19212c", tint)) >= 4.5
