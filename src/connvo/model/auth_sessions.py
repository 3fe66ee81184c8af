"""Sign-ins of an account: current and ended ones, and the refusal of tokens of ended ones.

Ended sign-ins are stored in the account's document, see `schema/users.py`, so that refusal costs no further read.
"""

from connvo.kernel.identity import Identity
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.auth_sessions import AuthSession, Browser, System
from connvo.schema.users import EndedSession, User, UserId

SESSION_ENDED = "This sign-in was ended: sign in again"
HOUR_MS = 3_600_000.0
DAY_MS = 24 * HOUR_MS
# Beyond these numbers, the sign-in seen or ended longest ago is deleted.
MAX_SESSIONS = 100
MAX_ENDED = 200


def is_ended(user: User, identity: Identity) -> bool:
    """Return whether a token's sign-in was ended."""
    after = user.tokens_after
    if after is not None and identity.issued_at <= after and identity.session != user.kept_session:
        return True
    return any(_refuses(ended, identity) for ended in user.ended_sessions)


def note_session(
    ctx: MutationCtx, user_id: UserId, identity: Identity, browser: Browser | None = None, system: System | None = None
) -> AuthSession:
    """Record that a sign-in was seen now and return it; without a browser, it keeps the known one."""
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
    """Return an account's current sign-ins by hour last seen, then by creation, in ascending order."""
    rows = ctx.db.scan(AuthSession, "by_user", user_id)
    return sorted(rows, key=lambda row: (row.last_seen_at, row.creation_time))


def end_sessions(ctx: MutationCtx, user: User, keys: list[str]) -> User:
    """Revoke the tokens of these sign-ins and delete them; return the updated user."""
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
    # A forgotten end must not revive its sign-in: instead, all tokens issued until then are refused.
    forgotten = [one.ended_at for one in kept[:-MAX_ENDED]]
    after = max([*forgotten, user.tokens_after or 0.0])
    return ctx.db.patch(user, ended_sessions=tuple(kept[-MAX_ENDED:]), tokens_after=after or None)


def end_all_sessions(ctx: MutationCtx, user: User, kept: Identity | None = None) -> int:
    """Revoke all tokens of an account issued until now, except those of one sign-in; return how many ended."""
    keys = [
        row.session for row in ctx.db.scan(AuthSession, "by_user", user.id) if not kept or row.session != kept.session
    ]
    user = end_sessions(ctx, user, keys)
    ctx.db.patch(user, tokens_after=ctx.now, kept_session=kept.session if kept else None)
    return len(keys)


def _refuses(ended: EndedSession, identity: Identity) -> bool:
    if ended.key != identity.session:
        return ended.key == identity.token != ""
    # An issuer may reuse the id of an ended sign-in: a token is valid if the user authenticated after that end.
    proven_at = identity.authenticated_at if identity.session else identity.issued_at
    return proven_at is None or proven_at <= ended.ended_at


def _make_room(ctx: MutationCtx, user_id: UserId) -> None:
    rows = sessions_of_account(ctx, user_id)
    for row in rows[: max(0, len(rows) + 1 - MAX_SESSIONS)]:
        ctx.db.delete(row)


def _leeway_ms(ctx: MutationCtx) -> float:
    return ctx.settings.identity.leeway_seconds * 1000.0
