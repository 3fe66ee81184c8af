"""Profiles: information that users give about themselves."""
