"""Meetings: their life, their people, what goes on in them, and their calls."""
