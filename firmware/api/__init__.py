"""Between the two processes: a catalogue of messages, the box's Unix-socket server, the page's client."""
