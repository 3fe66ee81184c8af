"""Store the sign-ins of users: the browsers and programs that have tokens for an account."""

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
    retention="until it is ended or not used for `CONNVO_AUTH_SESSION_DAYS`; for a program, until its token expires",
)
class AuthSession(Document, frozen=True, kw_only=True):
    """A sign-in that has not ended; times in ms; `last_seen_at` is rounded down to the hour.

    `session` is `Identity.session`, which is empty if the issuer does not distinguish sign-ins. The page chooses
    `browser` and `system` from a short list; a program sends neither. No address is stored.
    """

    id: AuthSessionId = AuthSessionId("")
    user_id: UserId
    session: str
    browser: Browser | None = None
    system: System | None = None
    created_at: float
    last_seen_at: float
    expires_at: float
