"""The caller's sign-ins: list them, and end them."""

from connvo.kernel.errors import NotFound
from connvo.model.access import require_identity, require_user
from connvo.model.audit import audit
from connvo.model.auth_sessions import end_all_sessions, end_sessions, note_session, sessions_of_account
from connvo.model.users.change_rate import charge_rate_limit
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import mutation, query
from connvo.runtime.wire import Result
from connvo.schema.auth_sessions import AuthSession, AuthSessionId, Browser, System
from connvo.schema.users import User


class AuthSessionView(Result, frozen=True, kw_only=True):
    """A sign-in of the caller. Times in milliseconds, `last_seen_at` rounded down to the hour.

    `current` is the sign-in of this call. A program has neither browser nor system. `shared`: the identity provider
    does not distinguish the sign-ins of this account, and this entry represents all of them.
    """

    id: AuthSessionId
    current: bool
    shared: bool
    browser: Browser | None = None
    system: System | None = None
    created_at: float
    last_seen_at: float


@query
def list_mine(ctx: QueryCtx) -> list[AuthSessionView]:
    """Return the caller's sign-ins that have not ended: the current one, then the others, last seen first.

    A sign-in is listed after its first call. That of a program is listed until its token expires, that of a browser
    until it has not been seen for `CONNVO_AUTH_SESSION_DAYS`.
    """
    user, identity = require_user(ctx), require_identity(ctx)
    newest_first = list(reversed(sessions_of_account(ctx, user.id)))
    found = sorted(newest_first, key=lambda row: row.session != identity.session)
    return [_view(row, row.session == identity.session) for row in found]


@mutation
def describe_session(ctx: MutationCtx, browser: Browser, system: System) -> None:
    """Record the browser and system of the caller's sign-in, so that the user recognises it in the list."""
    user, identity = require_user(ctx), require_identity(ctx)
    charge_rate_limit(ctx, user.id)
    note_session(ctx, user.id, identity, browser, system)


@mutation
def end_session(ctx: MutationCtx, session_id: AuthSessionId | None = None) -> None:
    """End one of the caller's sign-ins: its tokens, and tokens renewed from it, are refused at once.

    Without `sessionId` the current sign-in ends. If the identity provider does not distinguish sign-ins, this ends only
    the current token, and with `sessionId` every token issued until now.

    Raises:
        NotFound: The caller has no such sign-in.
    """
    user, identity = require_user(ctx), require_identity(ctx)
    if session_id is None:
        end_sessions(ctx, user, [identity.session or identity.token])
    else:
        charge_rate_limit(ctx, user.id)
        row = _own(ctx, user, session_id)
        end_sessions(ctx, user, [row.session])
    audit(ctx, "session.end", "users", user.id, user.id)


@mutation
def end_other_sessions(ctx: MutationCtx) -> float:
    """End every other sign-in of the caller, also those never listed; return how many were listed.

    Every token issued until now is refused, except those of the current sign-in.
    """
    user, identity = require_user(ctx), require_identity(ctx)
    charge_rate_limit(ctx, user.id)
    ended = end_all_sessions(ctx, user, kept=identity)
    audit(ctx, "session.end_others", "users", user.id, user.id, sessions_count=ended)
    return ended


def _own(ctx: QueryCtx, user: User, session_id: AuthSessionId) -> AuthSession:
    row = ctx.db.get(AuthSession, session_id)
    if row is None or row.user_id != user.id:
        raise NotFound("Sign-in", session_id)
    return row


def _view(row: AuthSession, current: bool) -> AuthSessionView:
    return AuthSessionView.from_row(row, current=current, shared=not row.session)
