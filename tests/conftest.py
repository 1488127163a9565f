"""For every test: what a machine is busy with is no fault of the code, so Hypothesis sets no deadlines."""

from hypothesis import settings

settings.register_profile("callbox", deadline=None)
settings.load_profile("callbox")
