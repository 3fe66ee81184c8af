"""Reads of accounts: the caller's own in full, those of other users as far as they allow."""

import msgspec

from connvo.kernel.errors import Forbidden
from connvo.model.access import find_user, require_user
from connvo.model.pagination import PaginationOpts, page_size
from connvo.model.users.profiles import find_profile
from connvo.model.users.visibility import may_see
from connvo.runtime.context import QueryCtx
from connvo.runtime.function import query, rechecked
from connvo.runtime.wire import Result
from connvo.schema.profiles import ProfileId
from connvo.schema.users import User, UserId

ACTIVE = True


class UserRow(Result, frozen=True, kw_only=True):
    """A whole account. Times in milliseconds."""

    id: UserId
    creation_time: float
    workos_user_id: str
    email: str
    org_id: str | None = None
    org_role: str | None = None
    display_name: str | None = None
    avatar_url: str | None = None
    is_active: bool
    last_seen_at: float | None = None
    onboarding_complete: bool | None = None
    onboarding_started_at: float | None = None
    onboarding_completed_at: float | None = None
    created_at: float
    updated_at: float


class ProfileCard(Result, frozen=True, kw_only=True):
    """A user as others see them; with the organisation for colleagues only."""

    id: UserId
    display_name: str | None = None
    avatar_url: str | None = None
    is_active: bool
    org_id: str | None = None
    org_role: str | None = None


class Colleague(Result, frozen=True, kw_only=True):
    """A colleague in the list of an organisation. A private profile has neither name nor picture."""

    id: UserId
    display_name: str | None = None
    avatar_url: str | None = None
    is_active: bool


class Colleagues(Result, frozen=True, kw_only=True):
    """A page of colleagues; `continue_cursor` is null after the last one."""

    page: list[Colleague]
    is_done: bool
    continue_cursor: str | None


class OnboardingState(Result, frozen=True, kw_only=True):
    """The progress of the caller's onboarding. `completed_at` in milliseconds."""

    user_id: UserId
    onboarding_complete: bool
    profile_exists: bool
    profile_id: ProfileId | None = None
    completed_at: float | None = None


def _organisation_of_colleagues(ctx: QueryCtx, card: ProfileCard, **_asked: object) -> ProfileCard | None:
    """Remove the organisation from a past card if the user is no longer a colleague."""
    user = ctx.db.get(User, card.id)
    near = user is not None and (user.id == require_user(ctx).id or _is_colleague(ctx, user))
    return card if near else msgspec.structs.replace(card, org_id=None, org_role=None)


def _colleagues_of_now(ctx: QueryCtx, found: Colleagues, **_asked: object) -> Colleagues:
    """Remove from a past page the users who are no longer active colleagues, and details that are private now."""
    caller = require_user(ctx)
    people = [(one, ctx.db.get(User, one.id)) for one in found.page]
    page = [
        one if may_see(ctx, caller, user) else Colleague(id=one.id, is_active=one.is_active)
        for one, user in people
        if user is not None and user.is_active and _is_colleague(ctx, user)
    ]
    return msgspec.structs.replace(found, page=page)


@query
def get_user_by_id(ctx: QueryCtx, user_id: UserId) -> UserRow | None:
    """Return the whole account of the caller, or of a colleague whose profile is visible.

    Raises:
        Forbidden: The caller may not read this account, or there is none; both have the same message.
    """
    caller = require_user(ctx)
    user = ctx.db.get(User, user_id)
    if user is None or not _may_read(ctx, caller, user):
        raise Forbidden("Only the person and members of the same organisation may read this account", userId=user_id)
    return _row(user)


@query
def get_current_user(ctx: QueryCtx) -> UserRow | None:
    """Return the caller's account; null without a token, and before the first `upsertUser`.

    Raises:
        Forbidden: The account is deactivated.
    """
    return None if find_user(ctx) is None else _row(require_user(ctx))


@rechecked(_organisation_of_colleagues)
@query
def get_user_profile(ctx: QueryCtx, user_id: UserId) -> ProfileCard | None:
    """Return a user's profile card; null if there is no such user, or the profile is closed to the caller."""
    caller = require_user(ctx)
    user = ctx.db.get(User, user_id)
    if user is None or not may_see(ctx, caller, user):
        return None
    near = user.id == caller.id or _is_colleague(ctx, user)
    return ProfileCard(
        id=user.id,
        display_name=user.display_name,
        avatar_url=user.avatar_url,
        is_active=user.is_active,
        org_id=user.org_id if near else None,
        org_role=user.org_role if near else None,
    )


@query
def get_onboarding_state(ctx: QueryCtx) -> OnboardingState:
    """Return the progress of the caller's onboarding."""
    user = require_user(ctx)
    profile = find_profile(ctx, user.id)
    return OnboardingState(
        user_id=user.id,
        onboarding_complete=bool(user.onboarding_complete),
        profile_exists=profile is not None,
        profile_id=None if profile is None else profile.id,
        completed_at=user.onboarding_completed_at,
    )


@rechecked(_colleagues_of_now)
@query
def list_active_users_in_org(ctx: QueryCtx, pagination_opts: PaginationOpts) -> Colleagues:
    """Return a page of the active users of the organisation in the caller's token, newest first, without the caller.

    A page has 1 to 100 users. Without an organisation it is empty.

    Raises:
        Invalid: The cursor belongs to another query.
    """
    caller = require_user(ctx)
    size = page_size(pagination_opts)
    org_id = ctx.auth.org_id if ctx.auth else None
    if org_id is None:
        return Colleagues(page=[], is_done=True, continue_cursor=None)
    start, end = pagination_opts.cursor, pagination_opts.end_cursor
    found = ctx.db.paginate(User, "by_org", org_id, ACTIVE, cursor=start, size=size, reverse=True, end=end)
    people = [user for user in found.items if user.id != caller.id]
    if len(people) < len(found.items) and not found.done:
        found = ctx.db.paginate(User, "by_org", org_id, ACTIVE, cursor=found.cursor, size=1, reverse=True, end=end)
        people += found.items
    return Colleagues(
        page=[_colleague(ctx, caller, user) for user in people],
        is_done=found.done,
        continue_cursor=None if found.done else found.cursor,
    )


def _is_colleague(ctx: QueryCtx, user: User) -> bool:
    return ctx.auth is not None and ctx.auth.org_id is not None and ctx.auth.org_id == user.org_id


def _may_read(ctx: QueryCtx, caller: User, user: User) -> bool:
    return user.id == caller.id or (_is_colleague(ctx, user) and may_see(ctx, caller, user))


def _colleague(ctx: QueryCtx, caller: User, user: User) -> Colleague:
    if not may_see(ctx, caller, user):
        return Colleague(id=user.id, is_active=user.is_active)
    return Colleague(id=user.id, display_name=user.display_name, avatar_url=user.avatar_url, is_active=user.is_active)


def _row(user: User) -> UserRow:
    return UserRow.from_row(user)
