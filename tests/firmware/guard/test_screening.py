"""What screening remembers of callers."""

from collections import defaultdict, deque

from firmware.guard.screening import REMEMBERED, forgetting


def test_who_has_not_called_for_a_day_is_forgotten() -> None:
    earlier: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=REMEMBERED))
    for number, times in {"1": (10.0, 20.0), "2": (10.0, 99.0), "3": (150.0,), "4": ()}.items():
        earlier[number].extend(times)
    kept = forgetting(earlier, 99.0)
    assert {number: list(times) for number, times in kept.items()} == {"2": [10.0, 99.0], "3": [150.0]}
    kept["5"].extend(range(REMEMBERED + 5))
    assert len(kept["5"]) == REMEMBERED
