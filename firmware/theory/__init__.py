"""The box against theory: traffic as Erlang supposed it, made of real signals, and what his formulas say of it."""
