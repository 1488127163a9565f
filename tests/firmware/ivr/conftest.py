"""The fixture `walk` for every test of flows."""

from tests.firmware.ivr.walking import walk

__all__ = ["walk"]
