"""First run: from the claim to the first answered call, step by step. What lives here: README.md beside this."""
