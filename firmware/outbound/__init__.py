"""Calls out. Choosing is pure (`answer`: what became of a call on an analog line); doing stands apart."""
