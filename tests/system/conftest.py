"""These tests boot a virtual machine and take minutes: `./box system-test` runs them, `./box test` leaves them out.

CALLBOX_SYSTEM_TEST says which: "card" or "appliance"; the latter need what `./box image` makes.
"""

import os

import pytest

APPLIANCE = ["test_appliance.py", "test_page.py", "test_update.py"]
IGNORED = {"card": APPLIANCE, "appliance": ["test_dahdi.py"]}

collect_ignore = IGNORED.get(os.environ.get("CALLBOX_SYSTEM_TEST", ""), ["test_dahdi.py", *APPLIANCE])


def pytest_addoption(parser: pytest.Parser) -> None:
    """Of `./box system-test` alone."""
    parser.addoption("--talk", type=int, default=30, metavar="SECONDS", help="how long eight calls talk at once")
