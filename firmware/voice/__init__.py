"""Decisions that need to know whether somebody speaks, and who: off the hot path, on 8 kHz samples.

The core's own detector (drivers/dsp/level.h) tells sound from silence for next to nothing on every port; what lives
here tells speech from noise (webrtcvad), and people from answering machines, where Python decides.
"""
