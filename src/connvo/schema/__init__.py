"""The tables, one noun each. Importing this package declares them all."""

from . import (
    audit,
    idempotency,
    interests,
    invitations,
    links,
    meeting_state,
    meetings,
    profiles,
    rate_limits,
    user_settings,
    users,
    webrtc,
)

__all__ = [
    "audit",
    "idempotency",
    "interests",
    "invitations",
    "links",
    "meeting_state",
    "meetings",
    "profiles",
    "rate_limits",
    "user_settings",
    "users",
    "webrtc",
]
