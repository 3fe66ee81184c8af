"""Creation and update of the user's row at sign-in, from the claims of the token.

Guarantees:
    An argument never overrides a claim; it supplies only an e-mail address or a name that the token lacks.
    An absent claim erases nothing.
"""

from connvo.kernel.errors import ACCOUNT_CLOSED, Forbidden, Invalid, Unauthorized
from connvo.kernel.identity import Identity
from connvo.model.access import find_user
from connvo.model.audit import audit, named
from connvo.model.auth_sessions import SESSION_ENDED, note_session
from connvo.model.erased import erased_at
from connvo.model.meetings.cards import show_again
from connvo.rules import users
from connvo.runtime.context import MutationCtx
from connvo.schema.users import User

from .last_seen import seen_now
from .profiles import ensure_profile


def refuse_contradiction(
    identity: Identity,
    workos_user_id: str,
    email: str,
    display_name: str | None,
    org_id: str | None,
    org_role: str | None,
) -> None:
    """Check the arguments against the token's claims; empty arguments agree with any.

    Raises:
        Invalid: `workos_user_id` is empty, or an address or name is malformed.
        Forbidden: An argument contradicts the token.
    """
    if not workos_user_id.strip():
        raise Invalid("workosUserId must not be empty", "workosUserId")
    address = users.email(email)
    name = users.display_name(display_name) if display_name and display_name.strip() else None
    claimed_address = users.email(identity.email) if identity.email else address
    claimed_name = users.sign_in_name(identity.name) or name
    pairs: list[tuple[str, str | None, str | None]] = [
        ("workosUserId", workos_user_id, identity.subject),
        ("email", None if users.is_placeholder(address) else address, claimed_address),
        ("displayName", name, claimed_name),
        ("orgId", org_id or None, identity.org_id),
        ("orgRole", org_role or None, identity.org_role),
    ]
    for field, given, claimed in pairs:
        if given is not None and given != claimed:
            raise Forbidden(f"{field} contradicts your token: send the claim of the token, or omit it", field=field)


def sign_in(ctx: MutationCtx, identity: Identity, email: str, display_name: str | None) -> User:
    """Create or update the caller's row and return it.

    Raises:
        Unauthorized: The token's sign-in was ended, or the user was erased after the token was issued.
        Forbidden: The account is deactivated.
    """
    known = find_user(ctx)
    if known is None:
        user = _sign_up(ctx, identity, email, display_name)
    elif not known.is_active:
        message = "This account is deactivated; an admin of your organisation can reactivate it"
        raise Forbidden(message, userId=known.id, reason=ACCOUNT_CLOSED)
    else:
        user = _refresh(ctx, known, identity, email, display_name)
    note_session(ctx, user.id, identity)
    ensure_profile(ctx, user.id)
    return user


def _sign_up(ctx: MutationCtx, identity: Identity, email: str, display_name: str | None) -> User:
    address, erased = users.email(identity.email or email), erased_at(ctx, identity)
    if erased is not None and identity.issued_at <= erased:
        raise Unauthorized(SESSION_ENDED, reason="session_ended")
    user = ctx.db.insert(
        User(
            token_identifier=identity.token_identifier,
            workos_user_id=identity.subject,
            email=address,
            email_claimed=bool(identity.email),
            org_id=identity.org_id,
            org_role=identity.org_role if identity.org_id else None,
            display_name=_name(identity, display_name) or users.name_from_address(address),
            avatar_url=users.avatar(identity.picture),
            last_seen_at=ctx.now,
            tokens_after=erased,
            created_at=ctx.now,
            updated_at=ctx.now,
        )
    )
    audit(ctx, "user.signup", "users", user.id, user.id)
    return user


def _refresh(ctx: MutationCtx, user: User, identity: Identity, email: str, display_name: str | None) -> User:
    fresh = {**_person(user, identity, email, display_name), **_organisation(user, identity)}
    changed = [field for field, value in fresh.items() if getattr(user, field) != value]
    if not changed:
        return seen_now(ctx, user)
    moved = {"org_id", "org_role"} & set(changed)
    audit(
        ctx,
        "user.role_change" if moved else "user.update",
        "users",
        user.id,
        user.id,
        fields=named(changed),
        previous_role=user.org_role if moved else None,
        role=fresh.get("org_role", user.org_role) if moved else None,
    )
    user = ctx.db.patch(user, **fresh, updated_at=ctx.now)
    if {"display_name", "avatar_url"} & set(changed):
        show_again(ctx, user.id)
    return seen_now(ctx, user)


def _person(user: User, identity: Identity, email: str, display_name: str | None) -> dict[str, str | bool | None]:
    address = users.email(identity.email or email)
    claimed = bool(identity.email) or (user.email_claimed and address == user.email)
    fresh: dict[str, str | bool | None] = {"email": address, "email_claimed": claimed}
    name = _name(identity, display_name)
    if name is not None and not user.name_chosen:
        fresh["display_name"] = name
    avatar = users.avatar(identity.picture)
    if avatar is not None:
        fresh["avatar_url"] = avatar
    return fresh


def _organisation(user: User, identity: Identity) -> dict[str, str | bool | None]:
    """Return the organisation's fields. A role belongs to its organisation and does not move to another."""
    if not identity.org_id:
        return {}
    if identity.org_id == user.org_id and not identity.org_role:
        return {}
    return {"org_id": identity.org_id, "org_role": identity.org_role}


def _name(identity: Identity, display_name: str | None) -> str | None:
    return users.sign_in_name(identity.name) or users.sign_in_name(display_name)
