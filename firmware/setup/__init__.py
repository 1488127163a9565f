"""What people set up: one document with a section for each room, every change kept with who made it, and undo."""
