"""People."""

from typing import NewType

from ..store.schema import Document, table

UserId = NewType("UserId", str)


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
    """A person who has signed in. `token_identifier` is `issuer|subject`; org data come from claims only.

    `display_name` is the one place where a name is kept; `name_chosen` says that its owner wrote it, so that signing
    in leaves it alone. `email` is in lower case; only with `email_claimed` did the issuer vouch for it, and only then
    may it be used to find a person.
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
    created_at: float
    updated_at: float
