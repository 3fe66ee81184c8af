"""Erasure of a user: the account and all rows that tables declare as theirs, in batches.

Guarantees:
    Erasure can stop and resume at any point.
    An anonymous account stays, as shared records refer to it: meetings they organised for others, and the audit trail,
    which holds ids only.
    Meetings without other members are deleted with all their rows.
"""

from collections.abc import Iterator

from connvo.kernel.errors import NotFound
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import internal_mutation, internal_query
from connvo.runtime.wire import PaginationOptions, Result
from connvo.schema.attendance import Attendance
from connvo.schema.audit import AuditLog
from connvo.schema.changes import Revised
from connvo.schema.chat import ChatMessage
from connvo.schema.embeddings import Embedding
from connvo.schema.interests import UserInterest
from connvo.schema.invitations import Invitation
from connvo.schema.matching import MatchAnswer
from connvo.schema.meetings import Meeting, MeetingId, Participant
from connvo.schema.prompts import PromptSource
from connvo.schema.transcripts import Chunk
from connvo.schema.users import User, UserId
from connvo.store.schema import BY_CREATION, Document, Table, table_named, table_of, tables
from connvo.store.snapshot import Page

from . import changes, embedding_rows, embedding_tasks
from .audit import audit
from .deactivation import deactivate
from .erased import note_erased
from .insights import switch
from .matching.forgetting import forget_features
from .meetings.members import members
from .membership.leaving import has_open_memberships
from .prompts.records import forget_source
from .transcripts import totals
from .users.interest_choices import choices_of, replace_choices

BATCH = 200
MAX_ACCOUNTS_PER_ADDRESS = 100
DELETED_NAME = "Deleted user"
ERASED = "erased|"
MEETING_FIELD = "meeting_id"


class Step(Result, frozen=True, kw_only=True):
    """The result of one step. `cursor` continues after it, until `done`."""

    deleted: int
    kept: int
    cursor: str
    done: bool


@internal_query
def find_people(ctx: QueryCtx, who: str) -> list[UserId]:
    """Return the accounts that match an id or an e-mail address and have not been erased."""
    user = ctx.db.get(User, who)
    found = ctx.db.scan(User, "by_email", who.lower(), limit=MAX_ACCOUNTS_PER_ADDRESS) if user is None else [user]
    return [one.id for one in found if not is_erased(one)]


@internal_query
def token_of(ctx: QueryCtx, user_id: UserId) -> str:
    """Return the issuer and subject of an account.

    Raises:
        NotFound: There is no such account, or it has been erased.
    """
    return _person(ctx, user_id).token_identifier


@internal_mutation
def close_account(ctx: MutationCtx, user_id: UserId) -> bool:
    """Close the account and leave meetings that are not over; return whether all have been left.

    Raises:
        NotFound: There is no such account, or it has been erased.
    """
    deactivate(ctx, _person(ctx, user_id))
    return not has_open_memberships(ctx, user_id)


@internal_query
def survey_step(ctx: QueryCtx, user_id: UserId, table: str, pagination_opts: PaginationOptions) -> Step:
    """Return the counts that `erase_step` would for a bounded part of one table, without any change."""
    declared = table_named(table)
    if declared.document is UserInterest:
        return Step(deleted=len(choices_of(ctx, user_id)), kept=0, cursor="", done=True)
    page = _owned(ctx, declared, user_id, pagination_opts)
    kept = sum(_stays(ctx, declared, document, user_id) for document in page.items)
    return Step(deleted=len(page.items) - kept, kept=kept, cursor=page.cursor, done=page.done)


@internal_mutation
def erase_step(ctx: MutationCtx, user_id: UserId, table: str, pagination_opts: PaginationOptions) -> Step:
    """Erase a bounded number of a user's documents of one table."""
    declared = table_named(table)
    if declared.document is UserInterest:
        return _forget_choices(ctx, user_id)
    page = _owned(ctx, declared, user_id, pagination_opts)
    kept = 0
    for document in page.items:
        if _stays(ctx, declared, document, user_id):
            kept += 1
            if declared.policy.erasure == "emptied":
                ctx.db.patch(document, **{str(declared.policy.owner): None})
            continue
        if isinstance(document, Meeting) and not _empty(ctx, document.id):
            return Step(deleted=0, kept=0, cursor=pagination_opts.cursor or "", done=False)
        _delete(ctx, document)
    return Step(deleted=len(page.items) - kept, kept=kept, cursor=page.cursor, done=page.done)


@internal_mutation
def finish_erasure(ctx: MutationCtx, user_id: UserId, deleted: float) -> None:
    """Anonymise the account, delete invitations to its address, and record how much was deleted.

    The user's present tokens cannot create a new account.

    Raises:
        NotFound: There is no such account, or it has been erased.
    """
    user = _person(ctx, user_id)
    note_erased(ctx, user.token_identifier)
    if user.email:
        for invitation in ctx.db.scan(Invitation, "by_email", user.email):
            ctx.db.delete(invitation)
    blank = User(
        token_identifier=ERASED + user.id, workos_user_id="", email="", created_at=user.created_at, updated_at=0
    )
    fields = {name: getattr(blank, name) for name in User.__struct_fields__ if name not in ("id", "creation_time")}
    ctx.db.patch(user, **{**fields, "display_name": DELETED_NAME, "is_active": False, "updated_at": ctx.now})
    audit(ctx, "user.erase", "users", user.id, None, deleted=deleted)


def is_erased(user: User) -> bool:
    """Return whether an account has been erased."""
    return user.token_identifier.startswith(ERASED)


def erasable_tables() -> list[str]:
    """Return the tables that have an owner, meetings first: their members decide whether a meeting stays."""
    owned = [table for table in tables() if table.policy.owner is not None and table.document is not User]
    return [table.name for table in sorted(owned, key=lambda table: table.document is not Meeting)]


def _person(ctx: QueryCtx, user_id: UserId) -> User:
    user = ctx.db.get(User, user_id)
    if user is None or is_erased(user):
        raise NotFound("User", user_id)
    return user


def _owned(ctx: QueryCtx, table: Table, user_id: UserId, options: PaginationOptions) -> Page[Document]:
    index = _index_by(table, str(table.policy.owner))
    prefix = (user_id,) if index else ()
    page = ctx.db.paginate(table.document, index or BY_CREATION, *prefix, cursor=options.cursor, size=BATCH)
    mine = [document for document in page.items if getattr(document, str(table.policy.owner)) == user_id]
    return Page(mine, page.cursor, page.done)


def _stays(ctx: QueryCtx, table: Table, document: Document, user_id: UserId) -> bool:
    if isinstance(document, Meeting):
        return any(member.user_id != user_id for member in members(ctx, document.id))
    return table.policy.erasure != "deleted"


def _forget_choices(ctx: MutationCtx, user_id: UserId) -> Step:
    count = len(choices_of(ctx, user_id))
    replace_choices(ctx, user_id, [])
    return Step(deleted=count, kept=0, cursor="", done=True)


def _index_by(table: Table, field: str) -> str | None:
    return next((name for name, columns in table.indexes.items() if columns[:1] == (field,)), None)


def _delete(ctx: MutationCtx, document: Document) -> None:
    if isinstance(document, Revised):
        changes.forget(ctx, document)
    else:
        ctx.db.delete(document)
    if isinstance(document, Attendance):
        switch.forget_person(ctx, document.meeting_id, document.user_id)
    if isinstance(document, Embedding):
        embedding_rows.uncount(ctx, document)
    if isinstance(document, ChatMessage):
        embedding_tasks.chat_changed(ctx, document.meeting_id)
    if isinstance(document, Chunk):
        totals.subtract(ctx, document)
    if isinstance(document, MatchAnswer):
        forget_features(ctx, document)
    if isinstance(document, PromptSource):
        forget_source(ctx, document)
    if isinstance(document, Participant):
        meeting = ctx.db.get(Meeting, document.meeting_id)
        if meeting is not None:
            ctx.db.patch(meeting, participant_count=meeting.participant_count - 1)


def _empty(ctx: MutationCtx, meeting_id: MeetingId) -> bool:
    """Delete the rows of a meeting, up to a batch; return whether none are left."""
    left = BATCH
    for document in _belongings(ctx, meeting_id):
        ctx.db.delete(document)
        if isinstance(document, Embedding):
            embedding_rows.uncount(ctx, document)
        left -= 1
        if left == 0:
            return False
    return True


def _belongings(ctx: QueryCtx, meeting_id: MeetingId) -> Iterator[Document]:
    for table in tables():
        is_of_meeting = MEETING_FIELD in table.document.__struct_fields__ and table is not table_of(Meeting)
        if is_of_meeting and table is not table_of(AuditLog):
            index = _index_by(table, MEETING_FIELD)
            if index is None:
                raise TypeError(f"{table.name} needs an index by {MEETING_FIELD}, so that erasure finds its rows")
            yield from ctx.db.scan(table.document, index, meeting_id, limit=BATCH)
