"""A person's sign-ins: seeing them, and ending those that should not be."""

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
    """A sign-in of the caller; `current` is the one that asks. Times in ms, `last_seen_at` rounded down to the hour.

    A program has neither browser nor system. `shared`: the identity provider does not tell the sign-ins of this
    account apart, so this stands for all of them.
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
    """Return the caller's sign-ins that are not over: the one that asks, then the one seen last, and so on.

    A sign-in is listed from its first call on. Those of a program go when the token expires, those of a browser when
    it was not seen for `CONNVO_AUTH_SESSION_DAYS`.
    """
    user, identity = require_user(ctx), require_identity(ctx)
    newest_first = list(reversed(sessions_of_account(ctx, user.id)))
    found = sorted(newest_first, key=lambda row: row.session != identity.session)
    return [_view(row, row.session == identity.session) for row in found]


@mutation
def describe_session(ctx: MutationCtx, browser: Browser, system: System) -> None:
    """Note in which browser, on which system, the caller's sign-in is, so that the person recognises it."""
    user, identity = require_user(ctx), require_identity(ctx)
    charge_rate_limit(ctx, user.id)
    note_session(ctx, user.id, identity, browser, system)


@mutation
def end_session(ctx: MutationCtx, session_id: AuthSessionId | None = None) -> None:
    """End one of the caller's sign-ins: its tokens are refused at once, and so are those renewed from it.

    Without `sessionId` it is the sign-in of the caller. Where the identity provider does not tell sign-ins apart, only
    the caller's token is ended then, and with `sessionId` every token that was issued until now.

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
    """End every sign-in of the caller but this one, those that were never seen as well; return how many were listed.

    Every token that was issued until now is refused, but those of this sign-in.
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
    return AuthSessionView(
        id=row.id,
        current=current,
        shared=not row.session,
        browser=row.browser,
        system=row.system,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
    )
