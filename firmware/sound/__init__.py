"""The box's own sound sockets: who uses which, and the alarms of those that are not there."""
