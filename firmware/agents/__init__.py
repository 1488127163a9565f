"""Agents: who sits where, and whether he takes calls."""
