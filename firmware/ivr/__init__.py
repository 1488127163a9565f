"""What a caller hears before a person answers: flow documents and their interpreter."""
