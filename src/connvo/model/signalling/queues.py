"""Signal queues, one per member and meeting.

Guarantees:
    A position is used once, even if its signal is gone or the member left and returned.
    A queue's `pending` equals its rows, in total and for each sender.
    A signal's id carries its position, so it is a valid cursor after the signal was processed, expired or dropped.

Does not know: sessions, or the meaning of a signal.
"""

import hashlib
from collections.abc import Iterable, Sequence

import msgspec

from connvo.kernel.errors import Invalid
from connvo.kernel.ids import decode_id
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import internal_mutation
from connvo.schema.meetings import MeetingId
from connvo.schema.signals import IceCandidate, Negotiation, SessionDescription, Signal, SignalId, SignalQueue
from connvo.schema.users import UserId
from connvo.settings import SignalSettings
from connvo.store.schema import Document

MS = 1000.0
POSITION_BYTES = 8
MARK_BYTES = 8
# A queue rarely holds more. Of large signals, no more are read at once than fit a page.
READ_AT_ONCE = 16
# Maximum number of signals that one transaction drops; follow-up transactions drop the rest.
DROP_BATCH = 4000


def queue_mark(meeting_id: MeetingId, user_id: UserId) -> bytes:
    """Return the common suffix of a queue's ids, which detects a cursor of another queue."""
    return hashlib.blake2b(f"{meeting_id}/{user_id}".encode(), digest_size=MARK_BYTES).digest()


def position_of(signal_id: SignalId, meeting_id: MeetingId, user_id: UserId) -> int:
    """Return the position in an id.

    Raises:
        Invalid: The id is of another queue; as a cursor it would silently skip signals.
    """
    decoded = decode_id(signal_id)
    payload = b"" if decoded is None else decoded[1]
    if payload[POSITION_BYTES:] != queue_mark(meeting_id, user_id):
        raise Invalid("lastSignalId is not the id of a signal to you in this meeting: omit it", "lastSignalId")
    return int.from_bytes(payload[:POSITION_BYTES], "big")


def page(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId, session_id: str | None, after: int) -> list[Signal]:
    """Return the next signals after a position, the oldest first; if a session is given, only those it sent.

    The settings bound a page by number and by bytes, since a live query resends it whole on every change. Expired
    signals and those of other sessions are skipped without shortening the page. The queue's cap keeps this cheap; an
    index would cost every signal more than it saves.
    """
    limits = ctx.settings.signals
    found: list[Signal] = []
    count = READ_AT_ONCE
    while True:
        rows = ctx.db.scan(Signal, "by_addressee", meeting_id, user_id, after=after, limit=count)
        found += [signal for signal in rows if signal.expires_at > ctx.now and session_id in (None, signal.session_id)]
        size = _most_bytes(found, limits)
        if size > limits.page_bytes:
            found, size = _fitting(found, limits.page_bytes)
        if size > limits.page_bytes or len(found) >= limits.page or len(rows) < count:
            return found[: limits.page]
        after = rows[-1].position
        # As many as the page still takes, if they are as large as those so far.
        room = (limits.page_bytes - size) * len(found) // max(size, 1)
        count = min(max(room, READ_AT_ONCE), limits.page - len(found))


def _most_bytes(signals: list[Signal], limits: SignalSettings) -> int:
    """Return an upper bound of the signals' size in bytes; candidates count at their maximum size."""
    described = [signal.description.sdp for signal in signals if signal.description is not None]
    return sum(map(text_size, described)) + (len(signals) - len(described)) * limits.candidate_bytes


def _fitting(signals: list[Signal], most: int) -> tuple[list[Signal], int]:
    """Return the first signals that fit, at least one, and their size including the next one's, if there is one."""
    size = 0
    for number, signal in enumerate(signals):
        size += size_of(signal.content)
        if number and size > most:
            return signals[:number], size
    return signals, size


def size_of(content: SessionDescription | IceCandidate) -> int:
    """Return the size in bytes of the sender's content in a description or candidate."""
    if isinstance(content, SessionDescription):
        return text_size(content.sdp)
    return text_size(content.candidate + (content.sdp_mid or "") + (content.username_fragment or ""))


def text_size(text: str) -> int:
    """Return the size of a text in UTF-8, half surrogates included."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


class Queue:
    """One member's queue during a mutation; `save` writes its counters once."""

    __slots__ = ("_ctx", "_meeting_id", "_user_id", "_row", "_next", "_by_sender", "pending")

    def __init__(self, ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
        self._ctx = ctx
        self._meeting_id = meeting_id
        self._user_id = user_id
        self._row = ctx.db.first(SignalQueue, "by_member", meeting_id, user_id)
        self._next = 1 if self._row is None else self._row.next_position
        self.pending = 0 if self._row is None else self._row.pending
        self._by_sender = {} if self._row is None else dict(self._row.by_sender)

    def pending_of(self, sender: UserId) -> int:
        """Return how many signals of a sender wait."""
        return self._by_sender.get(sender, 0)

    def waiting(self) -> list[Signal]:
        """Return all signals that have not expired, the oldest first. An empty queue costs no read."""
        if not self.pending:
            return []
        held = self._ctx.db.scan(Signal, "by_addressee", self._meeting_id, self._user_id)
        return [signal for signal in held if signal.expires_at > self._ctx.now]

    def put(self, signal: Signal) -> Signal:
        """Append a signal and return it with its position and id."""
        ctx, position = self._ctx, self._next
        payload = position.to_bytes(POSITION_BYTES, "big") + queue_mark(self._meeting_id, self._user_id)
        self._next += 1
        self._count(signal.from_user_id, 1)
        return ctx.db.insert(msgspec.structs.replace(signal, position=position), payload)

    def drop(self, signal: Signal) -> None:
        """Remove a signal of this queue."""
        self._ctx.db.delete(signal)
        self._count(signal.from_user_id, -1)

    def drop_expired(self, most: int) -> None:
        """Remove expired signals among the first `most` of the queue."""
        for signal in self._ctx.db.scan(Signal, "by_addressee", self._meeting_id, self._user_id, limit=most):
            if signal.expires_at <= self._ctx.now:
                self.drop(signal)

    def _count(self, sender: UserId, more: int) -> None:
        self.pending += more
        of_sender = self._by_sender.pop(sender, 0) + more
        if of_sender > 0 and self.pending:
            self._by_sender[sender] = of_sender
        elif not self.pending:
            self._by_sender.clear()  # a node of an older version only counts the total

    def save(self) -> None:
        """Write the counters, if they changed."""
        if self._row is not None:
            self._ctx.db.patch(self._row, next_position=self._next, pending=self.pending, by_sender=self._by_sender)
        elif self._next > 1:
            row = SignalQueue(
                meeting_id=self._meeting_id,
                user_id=self._user_id,
                next_position=self._next,
                pending=self.pending,
                by_sender=self._by_sender,
            )
            self._ctx.db.insert(row)


def drop_expired(ctx: MutationCtx, most: int) -> bool:
    """Remove a batch of expired signals, the oldest first; return whether there may be more."""
    oldest = ctx.db.scan(Signal, "by_creation", until=ctx.now - ctx.settings.signals.ttl_seconds * MS, limit=most)
    expired = [signal for signal in oldest if signal.expires_at <= ctx.now]
    drop(ctx, expired)
    return len(expired) == most


def drop(ctx: MutationCtx, signals: Iterable[Signal]) -> None:
    """Remove stored signals from their queues."""
    queues: dict[tuple[MeetingId, UserId], Queue] = {}
    for signal in signals:
        place = (signal.meeting_id, signal.to_user_id)
        queue = queues.get(place) or queues.setdefault(place, Queue(ctx, *place))
        queue.drop(signal)
    for queue in queues.values():
        queue.save()


def drop_sent_by_session(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId, session_id: str) -> None:
    """Remove the signals that a session has sent, and its negotiations."""
    _forget(ctx, ctx.db.scan(Negotiation, "by_pair", meeting_id, user_id, session_id))
    _drop_some(ctx, meeting_id, user_id, session_id, None)


def reset_negotiations(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId, session_id: str) -> None:
    """Reset the negotiations of a reused session id: its earlier descriptions no longer count, even if they wait."""
    for track in ctx.db.scan(Negotiation, "by_pair", meeting_id, user_id, session_id):
        ctx.db.patch(track, described=False)


def drop_of_member(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Remove all signals to and from a member who leaves, and their negotiations."""
    _forget(ctx, ctx.db.scan(Negotiation, "by_pair", meeting_id, user_id))
    _forget(ctx, ctx.db.scan(Negotiation, "by_addressee", meeting_id, user_id))
    _drop_some(ctx, meeting_id, user_id, None, None)


def drop_of_meeting(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Remove all signals, negotiations and queues of a meeting that is over."""
    _forget(ctx, ctx.db.scan(Negotiation, "by_addressee", meeting_id))
    _forget(ctx, ctx.db.scan(SignalQueue, "by_member", meeting_id))
    _drop_some(ctx, meeting_id, None, None, None)


@internal_mutation
def drop_the_rest(
    ctx: MutationCtx, meeting_id: MeetingId, stored_by: float, user_id: UserId | None = None, session: str | None = None
) -> None:
    """Continue one of the above. Signals stored after it stay: the member, or the session id, may be back."""
    _drop_some(ctx, meeting_id, user_id, session, stored_by)


def _drop_some(
    ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId | None, session: str | None, stored_by: float | None
) -> None:
    found = _signals_of(ctx, meeting_id, user_id, session)
    old = [signal for signal in found if stored_by is None or signal.creation_time <= stored_by]
    drop(ctx, old)
    if len(old) >= DROP_BATCH:
        until = ctx.now if stored_by is None else stored_by
        ctx.scheduler.run_after(
            0, drop_the_rest, meeting_id=meeting_id, stored_by=until, user_id=user_id, session=session
        )


def _signals_of(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId | None, session: str | None) -> list[Signal]:
    if user_id is None:
        return ctx.db.scan(Signal, "by_addressee", meeting_id, limit=DROP_BATCH)
    if session is not None:
        return ctx.db.scan(Signal, "by_sender", meeting_id, user_id, session, limit=DROP_BATCH)
    to_them = ctx.db.scan(Signal, "by_addressee", meeting_id, user_id, limit=DROP_BATCH)
    return to_them + ctx.db.scan(Signal, "by_sender", meeting_id, user_id, limit=DROP_BATCH)


def _forget(ctx: MutationCtx, rows: Sequence[Document]) -> None:
    for row in rows:
        ctx.db.delete(row)
