"""Commands for people that need no running box."""
