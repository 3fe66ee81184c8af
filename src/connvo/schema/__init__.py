"""The tables, one noun each. Importing this package declares them all."""

from . import (
    audit,
    chat,
    idempotency,
    interests,
    invitations,
    links,
    meeting_state,
    meetings,
    moderation,
    profiles,
    rate_limits,
    recordings,
    user_settings,
    users,
    webhooks,
    webrtc,
)

__all__ = [
    "audit",
    "chat",
    "idempotency",
    "interests",
    "invitations",
    "links",
    "meeting_state",
    "meetings",
    "moderation",
    "profiles",
    "rate_limits",
    "recordings",
    "user_settings",
    "users",
    "webhooks",
    "webrtc",
]
