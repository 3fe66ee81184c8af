"""Sign-ins of people: which browsers and programs hold tokens for an account."""

from typing import Literal, NewType, TypeAlias

from connvo.store.schema import Document, table

from .users import UserId

AuthSessionId = NewType("AuthSessionId", str)

Browser: TypeAlias = Literal["chrome", "edge", "firefox", "opera", "safari", "other"]
System: TypeAlias = Literal["android", "chromeos", "ios", "linux", "macos", "windows", "other"]


@table(
    "authSessions",
    10060,
    id_type=AuthSessionId,
    owner="user_id",
    indexes={"by_user": ("user_id", "session"), "by_expiry": ("expires_at",)},
    retention="until it is ended, or not seen for `CONNVO_AUTH_SESSION_DAYS`; of a program, until its token expires",
)
class AuthSession(Document, frozen=True, kw_only=True):
    """A sign-in that is not over. Times in ms; `last_seen_at` is rounded down to the hour.

    `session` is `Identity.session`: empty for all sign-ins of an issuer that does not tell them apart. `browser` and
    `system` are words that the page chose from a short list; a program says neither. No address is stored.
    """

    id: AuthSessionId = AuthSessionId("")
    user_id: UserId
    session: str
    browser: Browser | None = None
    system: System | None = None
    created_at: float
    last_seen_at: float
    expires_at: float
