"""The chat of a meeting: written while it is active, readable afterwards. Beside the documented API.

Hosts and participants write to all members. Every member reads all messages, observers and late arrivals included.
"""

from connvo.kernel.errors import Conflict
from connvo.model.access import require_active, require_joined, require_member, require_role
from connvo.model.idempotency import checked_key
from connvo.model.meetings.activity import note_activity
from connvo.model.meetings.views import UserCard, card_of
from connvo.model.pagination import PaginationOpts, page_size
from connvo.model.rate_limits import charge
from connvo.rules import chat
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import mutation, query
from connvo.runtime.wire import Result
from connvo.schema.chat import ChatMessage, ChatMessageId
from connvo.schema.meetings import MeetingId
from connvo.schema.users import User, UserId

ACTION = "chatMessage"
BURST = 10.0
RATE = 1.0


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
    caller, member = require_role(ctx, meeting_id, "participant")
    ctx.heartbeat(meeting_id, caller.id)
    message = chat.message(text)
    if idempotency_key is not None:
        known = ctx.db.first(ChatMessage, "by_key", meeting_id, caller.id, checked_key(idempotency_key))
        if known is not None:
            return _again(known, message)
    require_active(ctx, meeting_id)
    require_joined(member)
    charge(ctx, caller.id, ACTION, meeting_id, BURST, RATE)
    note_activity(ctx, meeting_id, "message")
    written = ctx.db.insert(
        ChatMessage(meeting_id=meeting_id, sender_id=caller.id, text=message, key=idempotency_key, created_at=ctx.now)
    )
    return SentMessage(message_id=written.id)


@query
def list_messages(ctx: QueryCtx, meeting_id: MeetingId, pagination_opts: PaginationOpts) -> Messages:
    """Return a page of messages, newest first. For members, also after the meeting has ended.

    A page has 1 to 100 messages.

    Raises:
        Invalid: The cursor belongs to another query.
    """
    require_member(ctx, meeting_id)
    found = ctx.db.paginate(
        ChatMessage,
        "by_meeting",
        meeting_id,
        cursor=pagination_opts.cursor,
        size=page_size(pagination_opts),
        reverse=True,
        end=pagination_opts.end_cursor,
    )
    cards: dict[UserId, UserCard] = {}
    return Messages(
        page=[_view(ctx, message, cards) for message in found.items],
        is_done=found.done,
        continue_cursor=None if found.done else found.cursor,
        split_cursor=found.split,
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
