"""Guards of the lines: who may come in, rings that are one call, lines that do not work, hang-ups not yet known."""
