"""These tests boot a virtual machine and take minutes: `./box system-test` runs them, `./box test` leaves them out."""

import os

collect_ignore_glob = [] if os.environ.get("CALLBOX_SYSTEM_TEST") else ["test_*.py"]
