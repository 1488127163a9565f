"""What `./box lint` runs: the usual tools, and rules of this house that no tool knows.

It stands with the tests because it is one: of the source instead of the running program. Each rule is a function
that gets the tree's root and returns its findings, one sentence each; tests/tooling plants violations.
"""
