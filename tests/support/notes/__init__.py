"""What tests of notes share: random edits, and a client that writes notes."""
