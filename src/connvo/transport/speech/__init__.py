"""The socket that takes a member's speech: the wire, its limits, and the words that come of it."""
