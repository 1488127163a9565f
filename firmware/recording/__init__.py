"""Recordings of conversations: one WAV each, the caller on the left, the agent on the right."""
