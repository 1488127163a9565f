"""The box in its network: name, address, time servers and zone; used on trial, kept when the page was reached again."""
