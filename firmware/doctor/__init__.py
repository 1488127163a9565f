"""The line doctor: measures what a line does, and says what to do about it, while the other lines go on."""
