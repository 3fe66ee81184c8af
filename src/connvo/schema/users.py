"""Store users."""

from typing import NewType

import msgspec

from connvo.store.schema import Document, table, wire_name

UserId = NewType("UserId", str)


class EndedSession(msgspec.Struct, frozen=True, kw_only=True, rename=wire_name):
    """A sign-in whose tokens are refused until `until`; times in ms.

    `key` is the digest of a session or of one token. It is empty for all sign-ins of an issuer that does not
    distinguish them.
    """

    key: str
    ended_at: float
    until: float


@table(
    "users",
    10001,
    id_type=UserId,
    owner="id",
    indexes={
        "by_token": ("token_identifier",),
        "by_workos_user": ("workos_user_id",),
        "by_email": ("email",),
        "by_org": ("org_id", "is_active"),
    },
)
class User(Document, frozen=True, kw_only=True):
    """A user who has signed in; `token_identifier` is `issuer|subject`, and org data come from claims only.

    `display_name` is the only copy of the name. With `name_chosen` the user wrote it, and signing in does not change
    it. `email` is in lower case; it may be used to find a user only with `email_claimed`, which means that the issuer
    has verified it.

    Tokens of `ended_sessions` are refused, and so are those issued up to `tokens_after`, except for the session
    `kept_session`. They are part of this document because every call of the user reads it.
    """

    id: UserId = UserId("")
    token_identifier: str
    workos_user_id: str
    email: str
    email_claimed: bool = False
    org_id: str | None = None
    org_role: str | None = None
    display_name: str | None = None
    name_chosen: bool = False
    avatar_url: str | None = None
    is_active: bool = True
    last_seen_at: float | None = None
    onboarding_complete: bool | None = None
    onboarding_started_at: float | None = None
    onboarding_completed_at: float | None = None
    ended_sessions: tuple[EndedSession, ...] = ()
    tokens_after: float | None = None
    kept_session: str | None = None
    created_at: float
    updated_at: float
