"""The box calls itself every night and listens at the far end: faults are found before a customer finds them."""
