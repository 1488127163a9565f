"""Proof against the standards: `callbox conformance`."""
