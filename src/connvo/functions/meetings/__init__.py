"""Meetings: lifecycle, members, chat, activity and calls."""
