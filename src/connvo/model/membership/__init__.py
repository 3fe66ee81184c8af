"""Membership of meetings, and the start and end of the meetings themselves."""
