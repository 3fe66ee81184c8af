"""Registrations of clients that poll: what they may read, until when, and how it has changed meanwhile."""
