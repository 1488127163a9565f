"""Fuzzers of everything that reads outside data in C; findings are kept in tests/data/fuzz and replayed for ever."""
