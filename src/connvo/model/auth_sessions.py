"""Sign-ins: which are seen, which were ended, and whose tokens are refused because of it.

What was ended stands in the account's own document, see `schema/users.py`, so refusing costs no further read.
"""

from connvo.kernel.identity import Identity
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.auth_sessions import AuthSession, Browser, System
from connvo.schema.users import EndedSession, User, UserId

SESSION_ENDED = "This sign-in was ended: sign in again"
HOUR_MS = 3_600_000.0
DAY_MS = 24 * HOUR_MS
# Beyond these the sign-in that was seen, or ended, longest ago is forgotten.
MAX_SESSIONS = 100
MAX_ENDED = 200


def is_ended(user: User, identity: Identity) -> bool:
    """Return whether the sign-in that a token belongs to was ended."""
    after = user.tokens_after
    if after is not None and identity.issued_at <= after and identity.session != user.kept_session:
        return True
    return any(_refuses(ended, identity) for ended in user.ended_sessions)


def note_session(
    ctx: MutationCtx, user_id: UserId, identity: Identity, browser: Browser | None = None, system: System | None = None
) -> AuthSession:
    """Return the row of a sign-in, seen now; without a browser it keeps the one it has."""
    known = ctx.db.first(AuthSession, "by_user", user_id, identity.session)
    if known is None:
        _make_room(ctx, user_id)
        new = AuthSession(
            user_id=user_id, session=identity.session, created_at=ctx.now, last_seen_at=ctx.now, expires_at=ctx.now
        )
        known = ctx.db.insert(new)
    browser, system = browser or known.browser, system or known.system
    seen_at = ctx.now - ctx.now % HOUR_MS
    lasting = seen_at + ctx.settings.identity.session_days * DAY_MS if browser else 0.0
    return ctx.db.patch(
        known,
        browser=browser,
        system=system,
        last_seen_at=seen_at,
        expires_at=max(identity.expires_at, lasting, known.expires_at),
    )


def sessions_of_account(ctx: QueryCtx, user_id: UserId) -> list[AuthSession]:
    """Return the sign-ins of an account that are not over, the one seen last at the end, of one hour the newest."""
    rows = ctx.db.scan(AuthSession, "by_user", user_id)
    return sorted(rows, key=lambda row: (row.last_seen_at, row.creation_time))


def end_sessions(ctx: MutationCtx, user: User, keys: list[str]) -> User:
    """Refuse the tokens of these sign-ins from now on, and forget them; return the account's new row."""
    until = ctx.now + ctx.settings.identity.session_days * DAY_MS
    ended: list[EndedSession] = []
    for key in keys:
        row = ctx.db.first(AuthSession, "by_user", user.id, key)
        if row is not None:
            ctx.db.delete(row)
        ended.append(
            EndedSession(key=key, ended_at=ctx.now, until=max(until, row.expires_at + _leeway_ms(ctx) if row else 0.0))
        )
    earlier = [one for one in user.ended_sessions if one.until > ctx.now and one.key not in keys]
    kept = [*earlier, *ended]
    # What is forgotten must not come back: instead, every token of that time is refused.
    forgotten = [one.ended_at for one in kept[:-MAX_ENDED]]
    after = max([*forgotten, user.tokens_after or 0.0])
    return ctx.db.patch(user, ended_sessions=tuple(kept[-MAX_ENDED:]), tokens_after=after or None)


def end_all_sessions(ctx: MutationCtx, user: User, kept: Identity | None = None) -> int:
    """Refuse every token of an account that was issued until now, but those of one sign-in; return how many ended."""
    keys = [
        row.session for row in ctx.db.scan(AuthSession, "by_user", user.id) if not kept or row.session != kept.session
    ]
    user = end_sessions(ctx, user, keys)
    ctx.db.patch(user, tokens_after=ctx.now, kept_session=kept.session if kept else None)
    return len(keys)


def _refuses(ended: EndedSession, identity: Identity) -> bool:
    if ended.key != identity.session:
        return ended.key == identity.token != ""
    # A provider may give a new sign-in the name of the old one: it counts when the person authenticated again.
    proven_at = identity.authenticated_at if identity.session else identity.issued_at
    return proven_at is None or proven_at <= ended.ended_at


def _make_room(ctx: MutationCtx, user_id: UserId) -> None:
    rows = sessions_of_account(ctx, user_id)
    for row in rows[: max(0, len(rows) + 1 - MAX_SESSIONS)]:
        ctx.db.delete(row)


def _leeway_ms(ctx: MutationCtx) -> float:
    return ctx.settings.identity.leeway_seconds * 1000.0
