"""The box's front: status lamp, buzzer, and the printer of call records."""
