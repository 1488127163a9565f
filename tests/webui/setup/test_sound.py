"""Setup, Sound sockets: which there are, which is what, how they stand; what does not fit is said at its place."""

import re

import pytest
from flask.testing import FlaskClient

from firmware.setup.store import Setup
from firmware.sound.section import SoundSockets
from tests.webui.door import csrf_header
from tests.webui.fakebox import FakeBox

SOUND = "/setup/sound"
PCH, USB, MIC = "plughw:CARD=PCH,DEV=0", "plughw:CARD=Headset,DEV=0", "plughw:CARD=Webcam,DEV=0"
FOUND = [
    {"device": PCH, "what": "HDA Intel PCH", "plays": True, "listens": True},
    {"device": USB, "what": "USB Headset", "plays": True, "listens": True},
    {"device": MIC, "what": "HD Webcam", "plays": False, "listens": True},
]
NONE = {"line_in": None, "microphone": None, "loudspeaker": None, "headsets": []}
HEADSET = {"headsets.#": "1", "headsets.0.station": "809", "headsets.0.play": USB, "headsets.0.capture": USB}


@pytest.fixture
def sockets(box: FakeBox, inside: FlaskClient) -> FlaskClient:
    box.answers["sound.state"] = {"sockets": FOUND, "runs": NONE, "gone": []}
    return inside


def send(page: FlaskClient, **fields: str) -> str:
    """Saves the form; the page that comes of it."""
    stamp = re.search(r'name="_stamp" value="([^"]*)"', page.get(SOUND).text)
    assert stamp is not None
    data = {"_stamp": stamp[1], "headsets.#": "0", "csrf_token": csrf_header(page)["X-CSRFToken"], **fields}
    return page.post(SOUND, data=data, follow_redirects=True).text


def test_chosen_from_what_there_is(sockets: FlaskClient, box: FakeBox) -> None:
    shown = sockets.get(SOUND).text
    assert "HDA Intel PCH · USB Headset · HD Webcam" in shown and "It has to start again" not in shown
    assert shown.count(f'<option value="{MIC}"') == 2, "it only listens"
    shown = send(sockets, loudspeaker=PCH, microphone=MIC, **HEADSET)
    assert "It counts once the box has started again." in shown and "It has to start again" in shown
    section = Setup(box.data).load(SoundSockets)
    assert (section.as_board, section.loudspeaker, section.line_in, section.microphone) == (False, PCH, None, MIC)
    assert [(one.station, one.play, one.capture) for one in section.headsets] == [("809", USB, USB)]
    assert box.changed[-1] == "sound"
    runs = section.model_dump(mode="json", exclude={"as_board"})
    box.answers["sound.state"] = {"sockets": FOUND[1:], "runs": runs, "gone": ["loudspeaker"]}
    shown = sockets.get(SOUND).text
    assert "It has to start again" not in shown
    assert f"{PCH} is not there. It is looked for every few seconds." in shown and "at USB Headset" in shown
    assert f"{PCH} (not there)" in shown, "it stays chosen"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"loudspeaker": "the green one"}, "A name that ALSA gives a socket, such as plughw:CARD=PCH,DEV=0."),
        ({"line_in": MIC, "microphone": MIC}, f"{MIC} is chosen twice. A socket can be only one of these."),
        ({"loudspeaker": USB, **HEADSET}, f"{USB} is chosen twice."),
        (HEADSET | {"headsets.0.station": "801"}, "There is a telephone 801 at a jack. Choose another number."),
        (HEADSET | {"headsets.0.station": "x"}, "2 to 6 digits."),
    ],
)
def test_what_does_not_fit_is_refused(sockets: FlaskClient, box: FakeBox, fields: dict[str, str], words: str) -> None:
    assert words in send(sockets, **fields)
    assert Setup(box.data).load(SoundSockets).as_board


def test_the_box_is_away_and_in_chinese(sockets: FlaskClient, box: FakeBox) -> None:
    chinese = {"Accept-Language": "zh-CN"}
    assert "本机的声卡" in sockets.get(SOUND, headers=chinese).text
    box.refuses["sound.state"] = "unknown intent"
    assert "What is chosen here counts when it starts." in sockets.get(SOUND).text
