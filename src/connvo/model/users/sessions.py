"""Internal functions about sign-ins, for token authentication, browser sign-in and operators."""

from typing import Literal, TypeAlias

from connvo.model.audit import audit
from connvo.model.auth_sessions import end_all_sessions, end_sessions, is_ended, note_session, sessions_of_account
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import internal_mutation, internal_query
from connvo.runtime.wire import Result
from connvo.schema.auth_sessions import AuthSession, AuthSessionId, Browser, System
from connvo.schema.users import User, UserId

MAX_ACCOUNTS = 100

Standing: TypeAlias = Literal["new", "known", "ended"]


class KnownSession(Result, frozen=True, kw_only=True):
    """A sign-in as an operator sees it. Times in ms."""

    id: AuthSessionId
    browser: Browser | None = None
    system: System | None = None
    created_at: float
    last_seen_at: float


@internal_mutation
def note_caller(ctx: MutationCtx) -> bool:
    """Record that the caller's sign-in was seen; return whether it was recorded.

    A sign-in without an active account, or one that was ended, is not recorded.
    """
    identity = ctx.auth
    user = None if identity is None else ctx.db.first(User, "by_token", identity.token_identifier)
    if identity is None or user is None or not user.is_active or is_ended(user, identity):
        return False
    note_session(ctx, user.id, identity)
    return True


@internal_query
def standing_of_caller(ctx: QueryCtx) -> Standing:
    """Return `new` without an account, `ended` for a sign-in that was ended, and `known` otherwise."""
    identity = ctx.auth
    user = None if identity is None else ctx.db.first(User, "by_token", identity.token_identifier)
    if identity is None or user is None:
        return "new"
    return "ended" if is_ended(user, identity) else "known"


@internal_query
def accounts_of(ctx: QueryCtx, who: str) -> list[UserId]:
    """Return the accounts that match an id, an e-mail address or a token subject."""
    user = ctx.db.get(User, who)
    if user is not None:
        return [user.id]
    by_address = ctx.db.scan(User, "by_email", who.lower(), limit=MAX_ACCOUNTS)
    by_subject = ctx.db.scan(User, "by_workos_user", who, limit=MAX_ACCOUNTS)
    return list({one.id: None for one in [*by_address, *by_subject]})


@internal_query
def sessions_of(ctx: QueryCtx, user_id: UserId) -> list[KnownSession]:
    """Return an account's current sign-ins, the last seen first."""
    rows = reversed(sessions_of_account(ctx, user_id))
    return [KnownSession.from_row(row) for row in rows]


@internal_mutation
def end_session_of(ctx: MutationCtx, user_id: UserId, session_id: AuthSessionId) -> bool:
    """End one sign-in of an account; return whether the account has it."""
    user, row = ctx.db.get(User, user_id), ctx.db.get(AuthSession, session_id)
    if user is None or row is None or row.user_id != user_id:
        return False
    end_sessions(ctx, user, [row.session])
    audit(ctx, "session.end", "users", user_id, None)
    return True


@internal_mutation
def end_all_sessions_of(ctx: MutationCtx, user_id: UserId) -> float:
    """Revoke all tokens of an account issued until now; return the number of its sign-ins."""
    user = ctx.db.get(User, user_id)
    if user is None:
        return 0
    ended = end_all_sessions(ctx, user)
    audit(ctx, "session.end_all", "users", user_id, None, sessions_count=ended)
    return ended
