"""What the digits dialled so far mean."""

import pytest

from firmware.calls.dialling import Asked, Code, Dialling, interpret
from firmware.calls.places import ToNumber, ToStation
from firmware.dialplan.numbers import Numbering

STATIONS = ("801", "802", "70", "701")
CODES = {"*30": Code("listen", "station"), "*35": Code("send", "station_number"), "*20": Code("park")}
NUMBERING = Numbering(country="cn", prefix="9", inside=STATIONS)


@pytest.mark.parametrize(
    ("dialled", "means"),
    [
        ("801", Dialling(now=ToStation(station="801"))),
        ("70", Dialling(then=ToStation(station="70"))),
        ("70#", Dialling(now=ToStation(station="70"))),
        ("55", Dialling(wrong=True)),
        ("110", Dialling(now=ToNumber(number="110"))),
        ("*20", Dialling(now=Asked("park"))),
        ("*2", Dialling()),
        ("*99", Dialling(wrong=True)),
        ("*30", Dialling()),
        ("*30801", Dialling(now=Asked("listen", "801"))),
        ("*35", Dialling()),
        ("*3580", Dialling()),
        ("*35801", Dialling()),
        ("*3555", Dialling(wrong=True)),
        ("*35801802", Dialling(now=Asked("send", "801 802"))),
        ("*3580170", Dialling(then=Asked("send", "801 70"))),
        ("*3580170#", Dialling(now=Asked("send", "801 70"))),
        ("*3580155", Dialling(wrong=True)),
        ("*35801110", Dialling(now=Asked("send", "801 110"))),
        ("*358019139", Dialling(then=Asked("send", "801 9139"))),
        ("*35801913900139000", Dialling(now=Asked("send", "801 913900139000"))),
    ],
)
def test_so_far(dialled: str, means: Dialling) -> None:
    assert interpret(dialled, STATIONS, CODES, NUMBERING) == means
