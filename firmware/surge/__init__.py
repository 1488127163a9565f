"""More calls than the box can take (README.md)."""
