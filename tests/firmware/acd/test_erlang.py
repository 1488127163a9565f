"""Erlang's formulas against published tables, against each other, and at sizes where naive sums overflow."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.acd.erlang import erlang_a, erlang_b, erlang_c, mean_wait, service_level


@pytest.mark.parametrize(
    ("servers", "a", "blocked"),
    # Traffic at which an Erlang B table gives this grade of service.
    [(1, 0.0101, 0.01), (2, 0.153, 0.01), (5, 1.361, 0.01), (10, 4.461, 0.01), (20, 12.03, 0.01), (100, 84.06, 0.01),
     (8, 3.128, 0.01), (8, 4.543, 0.05), (10, 7.511, 0.10)],
)  # fmt: skip
def test_erlang_b_table(servers: int, a: float, blocked: float) -> None:
    assert erlang_b(servers, a) == pytest.approx(blocked, rel=0.01)


@given(st.integers(0, 60), st.floats(0.01, 60))
def test_erlang_b_is_its_definition(servers: int, a: float) -> None:
    terms = [math.exp(n * math.log(a) - math.lgamma(n + 1)) for n in range(servers + 1)]
    assert erlang_b(servers, a) == pytest.approx(terms[-1] / sum(terms), rel=1e-9)


@given(st.integers(1, 60), st.floats(0.001, 0.999))
def test_erlang_c_is_its_definition(servers: int, rho: float) -> None:
    a = servers * rho
    terms = [math.exp(n * math.log(a) - math.lgamma(n + 1)) for n in range(servers)]
    last = math.exp(servers * math.log(a) - math.lgamma(servers + 1)) / (1 - rho)
    assert erlang_c(servers, a) == pytest.approx(last / (sum(terms) + last), rel=1e-9)


@given(st.floats(0.001, 0.999), st.floats(1, 1000))
def test_one_server_is_the_textbook_queue(rho: float, handling: float) -> None:
    assert erlang_c(1, rho) == pytest.approx(rho)
    assert mean_wait(1, rho, handling) == pytest.approx(rho * handling / (1 - rho))


@given(st.integers(1, 40), st.floats(0.01, 0.99), st.floats(1, 600))
def test_endless_patience_is_erlang_c(servers: int, rho: float, handling: float) -> None:
    a = servers * rho
    patient = erlang_a(servers, a, handling, 1e9 * handling)
    assert patient.waiting == pytest.approx(erlang_c(servers, a), rel=1e-4)
    assert patient.mean_wait_s == pytest.approx(mean_wait(servers, a, handling), rel=1e-4)


@given(st.integers(1, 40), st.floats(0.01, 3), st.floats(1, 600))
def test_no_patience_is_erlang_b(servers: int, rho: float, handling: float) -> None:
    impatient = erlang_a(servers, servers * rho, handling, handling * 1e-6)
    assert impatient.abandoned == pytest.approx(erlang_b(servers, servers * rho), rel=1e-3)


@given(st.integers(1, 40), st.floats(0.01, 3), st.floats(1, 600))
def test_patience_as_long_as_handling_is_a_poisson_number(servers: int, rho: float, handling: float) -> None:
    """Then every call inside leaves at the same rate: the number inside is Poisson with mean a."""
    a = servers * rho
    below = sum(math.exp(n * math.log(a) - a - math.lgamma(n + 1)) for n in range(servers))
    assert erlang_a(servers, a, handling, handling).waiting == pytest.approx(1 - below, rel=1e-6, abs=1e-12)


@given(st.integers(1, 200), st.floats(0.01, 3), st.floats(1, 600), st.floats(1, 600))
def test_who_is_not_served_gave_up(servers: int, rho: float, handling: float, patience: float) -> None:
    """Flow in is flow out, and shares are shares."""
    found = erlang_a(servers, servers * rho, handling, patience)
    assert 0 <= found.abandoned <= found.waiting <= 1 + 1e-12
    assert found.abandoned >= 1 - 1 / rho - 1e-9  # no more can be served than the servers can do
    assert found.abandoned * patience == pytest.approx(found.mean_wait_s, rel=1e-9)


def test_large_systems() -> None:
    assert 0 < erlang_b(10_000, 9_900) < 0.01
    assert 0 < erlang_c(10_000, 9_900) < 1
    assert 0 < erlang_a(10_000, 10_100, 180, 60).abandoned < 0.05
    assert erlang_a(1, 500, 180, 60).abandoned == pytest.approx(1 - 1 / 500, rel=1e-6)


def test_overload_and_nothing() -> None:
    assert erlang_c(2, 2) == 1 and mean_wait(2, 2, 60) == math.inf and service_level(2, 3, 60, 20) == 0
    assert erlang_b(0, 1) == 1 and erlang_b(4, 0) == 0 and erlang_c(4, 0) == 0
    assert erlang_a(4, 0, 60, 60).mean_wait_s == 0


def test_staffing() -> None:
    """100 calls in half an hour of 3 minutes each, 80 % within 20 s: 14 agents, as every staffing table says."""
    assert service_level(14, 10.0, 180, 20) == pytest.approx(0.888, abs=0.001)
    assert service_level(13, 10.0, 180, 20) < 0.8


@pytest.mark.parametrize(("servers", "a"), [(0, 1.0), (1, -1.0), (1, math.inf), (1, math.nan)])
def test_nonsense(servers: int, a: float) -> None:
    with pytest.raises(ValueError, match="servers must be"):
        erlang_c(servers, a)
