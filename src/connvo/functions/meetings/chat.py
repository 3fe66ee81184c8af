"""The chat of a meeting: written while it is active, readable afterwards. Beside the documented API.

Hosts and participants write to all members. Every member reads all messages, observers and late arrivals included.
"""

from typing import Annotated

from connvo.kernel.errors import Conflict
from connvo.model import audiences, changes, embedding_tasks
from connvo.model.access import require_active, require_joined, require_permission
from connvo.model.idempotency import checked_key
from connvo.model.meetings.activity import note_activity
from connvo.model.meetings.views import UserCard, card_of
from connvo.model.pagination import PaginationOpts, newest_first
from connvo.model.rate_limits import charge
from connvo.rules import chat
from connvo.runtime.context import MutationCtx, QueryCtx, SharedCtx
from connvo.runtime.function import mutation, shared_query
from connvo.runtime.wire import Result
from connvo.schema.chat import ChatMessage, ChatMessageId
from connvo.schema.meetings import MeetingId
from connvo.schema.users import User, UserId

ACTION = "chatMessage"
# Messages of a complete answer.
NEWEST = 25


class SentMessage(Result, frozen=True, kw_only=True):
    """The message that was sent, and is visible to all members."""

    message_id: ChatMessageId


class MessageView(Result, frozen=True, kw_only=True):
    """A message and its sender. `created_at` in milliseconds."""

    id: ChatMessageId
    creation_time: float
    sender_id: UserId
    sender: UserCard
    text: str
    created_at: float


class Messages(Result, frozen=True, kw_only=True):
    """A page of messages; `continue_cursor` is null after the last one. A page that has grown can be split."""

    page: list[MessageView]
    is_done: bool
    continue_cursor: str | None
    split_cursor: str | None = None


class ChatChanges(Result, frozen=True, kw_only=True):
    """The messages after a revision, up to `revision`, the oldest first. From now on, name `milestone`.

    If `complete`, these are the newest messages, and replace everything; `earlier` says whether there are older ones.
    """

    revision: float
    milestone: float
    complete: bool
    earlier: bool | None = None
    messages: list[MessageView]


@mutation
def send_message(ctx: MutationCtx, meeting_id: MeetingId, text: str, idempotency_key: str | None = None) -> SentMessage:
    """Send up to 2,000 characters to all members. For hosts and participants who have joined the active meeting.

    The limit is ten messages at once, then one per second. A message sent again with the same `idempotencyKey` is
    stored once; keys are scoped to the sender and the meeting.

    Raises:
        Conflict: The key was used for another text.
        InsufficientRole: The caller is an observer.
        Invalid: The text is empty or too long, or the caller has not joined.
        MeetingNotActive: The meeting is not active.
        RateLimited: The caller has sent too many messages.
    """
    caller, member = require_permission(ctx, meeting_id, "messages", "write")
    ctx.heartbeat(meeting_id, caller.id)
    message = chat.message(text)
    if idempotency_key is not None:
        known = ctx.db.first(ChatMessage, "by_key", meeting_id, caller.id, checked_key(idempotency_key))
        if known is not None:
            return _again(known, message)
    require_active(ctx, meeting_id)
    require_joined(member)
    charge(ctx, caller.id, ACTION, meeting_id, chat.BURST, chat.PER_SECOND)
    note_activity(ctx, meeting_id, "message")
    written = changes.insert(
        ctx,
        ChatMessage(meeting_id=meeting_id, sender_id=caller.id, text=message, key=idempotency_key, created_at=ctx.now),
    )
    embedding_tasks.chat_changed(ctx, meeting_id)
    return SentMessage(message_id=written.id)


@shared_query(audiences.members)
def list_messages(ctx: SharedCtx[None], meeting_id: MeetingId, pagination_opts: PaginationOpts) -> Messages:
    """Return a page of messages, newest first. For members, also after the meeting has ended.

    A page has 1 to 100 messages.

    Raises:
        Invalid: The cursor belongs to another query.
    """
    found = newest_first(ctx, ChatMessage, "by_meeting", meeting_id, pagination_opts)
    cards: dict[UserId, UserCard] = {}
    return Messages(
        page=[_view(ctx, message, cards) for message in found.items],
        is_done=found.done,
        continue_cursor=None if found.done else found.cursor,
        split_cursor=found.split,
    )


@shared_query(audiences.members)
def changes_since(
    ctx: SharedCtx[None], meeting_id: MeetingId, since: Annotated[float | None, changes.SINCE] = None
) -> ChatChanges:
    """Return the messages after the revision `since`, or the newest 25. For members, also after the meeting has ended.

    It is complete without `since`, and when messages were deleted. `listMessages` returns older ones.

    Raises:
        Invalid: `since` is not finite.
    """
    window = changes.window(ctx, meeting_id, "chat", since)
    if window.complete:
        newest = ctx.db.scan(ChatMessage, "by_meeting", meeting_id, reverse=True, limit=NEWEST + 1)
        found, earlier = newest[:NEWEST][::-1], len(newest) > NEWEST
    else:
        found, earlier = changes.changed(ctx, window, ChatMessage), None
    cards: dict[UserId, UserCard] = {}
    return ChatChanges(
        revision=window.revision,
        milestone=window.milestone,
        complete=window.complete,
        earlier=earlier,
        messages=[_view(ctx, message, cards) for message in found],
    )


def _again(known: ChatMessage, text: str) -> SentMessage:
    if known.text != text:
        raise Conflict("This idempotencyKey was used with other content; use a new one", field="idempotencyKey")
    return SentMessage(message_id=known.id)


def _view(ctx: QueryCtx, message: ChatMessage, cards: dict[UserId, UserCard]) -> MessageView:
    sender = cards.get(message.sender_id)
    if sender is None:
        user = ctx.db.get(User, message.sender_id)
        sender = cards[message.sender_id] = UserCard(id=message.sender_id) if user is None else card_of(user)
    return MessageView(
        id=message.id,
        creation_time=message.creation_time,
        sender_id=message.sender_id,
        sender=sender,
        text=message.text,
        created_at=message.created_at,
    )
