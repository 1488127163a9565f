"""What a line's caller-id service turns out to be, from message to message."""

import pytest

from drivers.binding.plan import Scheme
from firmware.callerid import Learned, differs, message, no_message, worth_waiting
from firmware.config import load_country

CN = load_country("cn")
GB = load_country("gb")
JP = load_country("jp")


def after(count: int, scheme: Scheme = "bell202", bursts: int = 1, start: Learned | None = None) -> Learned:
    learned = start or Learned()
    for _ in range(count):
        learned = message(learned, scheme, bursts=bursts, reversal=False)
    return learned


def test_a_new_line_is_believed_to_be_its_countrys() -> None:
    assert worth_waiting(Learned(), CN)
    assert not worth_waiting(Learned(), GB), "it comes before the ring"
    assert not worth_waiting(Learned(), JP), "nothing comes"
    assert not differs(Learned(), CN)


def test_three_of_a_kind_are_sure() -> None:
    assert not after(2).sure
    assert after(3).sure
    assert (after(3).scheme, after(3).moment) == ("bell202", "after_first_ring")
    assert not differs(after(3), CN)


def test_digits_before_the_ring_in_china() -> None:
    learned = after(3, "dtmf", bursts=0)
    assert learned.moment == "before_ring"
    assert differs(learned, CN)
    assert not worth_waiting(learned, CN)
    assert not differs(after(2, "dtmf", bursts=0), CN), "two may be chance"


def test_an_adapter_in_japan_is_waited_for() -> None:
    assert worth_waiting(after(3), JP)
    assert differs(after(3), JP)


def test_the_operator_changes_its_ways() -> None:
    learned = after(1, "v23", start=after(50))
    assert (learned.scheme, learned.times) == ("v23", 1)
    assert not learned.sure
    assert after(3, "v23", start=after(50)).sure


def test_damage_is_counted_and_teaches_nothing() -> None:
    learned = message(after(3), "v23", bursts=1, reversal=False, good=False)
    assert (learned.scheme, learned.times, learned.damaged) == ("bell202", 3, 1)


def test_reversal_is_kept() -> None:
    learned = message(Learned(), "v23", bursts=0, reversal=True)
    assert learned.reversal
    assert not message(learned, "v23", bursts=0, reversal=False).reversal


@pytest.mark.parametrize(("country", "bursts", "counts"), [("cn", 1, False), ("cn", 2, True), ("gb", 2, False),
                                                          ("gb", 3, True)])  # fmt: skip
def test_silence_counts_only_when_its_moment_has_passed(country: str, bursts: int, counts: bool) -> None:
    learned = no_message(Learned(), bursts=bursts, plan=load_country(country))
    assert learned.silent == counts


def test_a_line_without_the_service() -> None:
    learned = Learned()
    for _ in range(5):
        learned = no_message(learned, bursts=4, plan=CN)
    assert learned.absent
    assert differs(learned, CN)
    assert not worth_waiting(learned, CN)
    learned = message(learned, "bell202", bursts=1, reversal=False)
    assert not learned.absent, "one message and it is waited for again"
    assert worth_waiting(learned, CN)
