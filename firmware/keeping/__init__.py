"""What the box does for itself: backup and restore, retention of recordings, the disk watched, work at night."""
