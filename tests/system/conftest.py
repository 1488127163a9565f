"""These tests boot a virtual machine and take minutes: `./box system-test` runs them, `./box test` leaves them out."""

import os

import pytest

collect_ignore_glob = [] if os.environ.get("CALLBOX_SYSTEM_TEST") else ["test_*.py"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Of `./box system-test` alone."""
    parser.addoption("--talk", type=int, default=30, metavar="SECONDS", help="how long eight calls talk at once")
