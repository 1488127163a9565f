"""Calls that the box owes: callers whom nobody served, and those who asked to be called back."""
