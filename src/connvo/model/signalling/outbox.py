"""Signals of one sender on their way into one addressee's queue, by the rules of `rules/negotiation.py`.

Guarantees:
    The signals in a queue are always in an order in which the addressee can apply them.
    No sender can fill the queue for others: when it is full, each sender still has a share.
    Accepted signals are not dropped for that share, so up to twice the cap may wait.
    Only descriptions, which are rare, read the whole queue. A candidate costs the same at any queue length.
"""

import msgspec

from connvo.kernel.errors import RateLimited
from connvo.rules import negotiation as rules
from connvo.runtime.context import MutationCtx
from connvo.schema.meetings import Participant
from connvo.schema.sessions import WebrtcSession
from connvo.schema.signals import IceCandidate, Negotiation, SessionDescription, Signal
from connvo.schema.users import UserId

from .queues import Queue
from .sessions import open_sessions_of

MS = 1000.0
ACTION = "signals"
# A full queue drains when its owner fetches, at an unpredictable time.
FULL_RETRY_SECONDS = 1.0
EXPIRED_BATCH = 200


class Outbox:
    """The way of one open session's signals into one member's queue."""

    __slots__ = ("_ctx", "_session", "_to", "_queue", "_negotiation", "_track", "_open")

    def __init__(self, ctx: MutationCtx, session: WebrtcSession, addressee: UserId) -> None:
        self._ctx = ctx
        self._session = session
        self._to = addressee
        self._queue = Queue(ctx, session.meeting_id, addressee)
        self._negotiation = ctx.db.first(
            Negotiation, "by_pair", session.meeting_id, session.user_id, session.session_id, addressee
        )
        self._track = track_of(self._negotiation)
        self._open: list[WebrtcSession] | None = None

    def candidate(self, candidate: IceCandidate) -> None:
        """Store a candidate, unless its negotiation is over.

        Raises:
            RateLimited: The queue is full.
        """
        ufrag = rules.candidate_ufrag(candidate.candidate, candidate.username_fragment)
        place = rules.place_candidate(self._track, ufrag)
        if place is None:
            return
        self._make_room(1)
        self._queue.put(self._signal(candidate=candidate, ufrags=place.ufrags, early=place.early))
        self._queue.save()

    def description(self, description: SessionDescription) -> None:
        """Store a description and drop the signals that it supersedes.

        Raises:
            RateLimited: The queue is full.
        """
        ufrags = rules.sdp_ufrags(description.sdp)
        waiting: dict[str, Signal] = {s.id: s for s in self._queue.waiting() if s.from_user_id == self._session.user_id}
        plan = self._plan(description, ufrags, list(waiting.values()))
        for ref in (*plan.drop, *(moved.ref for moved in plan.move)):
            self._queue.drop(waiting[ref])
        self._make_room(1 + len(plan.move))
        self._queue.put(self._signal(description=description, ufrags=ufrags))
        for moved in plan.move:
            candidate = msgspec.structs.replace(
                waiting[moved.ref], ufrags=moved.ufrags, early=moved.early, expires_at=self._expiry()
            )
            self._queue.put(candidate)
        self._queue.save()
        self._save_track(plan.track)
        if description.type == "offer":
            self._withdraw_replies()

    def _plan(self, description: SessionDescription, ufrags: tuple[str, ...], waiting: list[Signal]) -> rules.Plan:
        own = self._session.session_id
        if description.type == "rollback":
            return rules.plan_rollback(self._track)
        if description.type == "offer":
            others = {s.session_id for s in self._open_sessions() if s.session_id != own}
            superseded = [waiting_of(s) for s in waiting if s.session_id not in others]
            return rules.plan_offer(self._track, own, ufrags, superseded)
        return rules.plan_reply(self._track, ufrags, [waiting_of(s) for s in waiting if s.session_id == own])

    def _withdraw_replies(self) -> None:
        """Drop the addressee's replies to older offers, unless another session of the sender may await them."""
        ctx, meeting_id, sender = self._ctx, self._session.meeting_id, self._session.user_id
        if len(self._open_sessions()) > 1:
            return
        queue = Queue(ctx, meeting_id, sender)
        theirs: dict[str, Signal] = {s.id: s for s in queue.waiting() if s.from_user_id == self._to}
        withdrawal = rules.withdraw_replies([waiting_of(s) for s in theirs.values()])
        for ref in withdrawal.drop:
            queue.drop(theirs[ref])
        queue.save()
        for ref in withdrawal.early:
            ctx.db.patch(theirs[ref], early=True)
        for session_id in withdrawal.sessions:
            held = ctx.db.first(Negotiation, "by_pair", meeting_id, self._to, session_id, sender)
            if held is not None:
                ctx.db.patch(held, described=False)

    def _open_sessions(self) -> list[WebrtcSession]:
        if self._open is None:
            self._open = open_sessions_of(self._ctx, self._session.meeting_id, self._session.user_id)
        return self._open

    def _make_room(self, signals: int) -> None:
        cap = self._ctx.settings.signals.queue_cap
        if self._queue.pending + signals > cap:
            self._queue.drop_expired(EXPIRED_BATCH)
        own = self._queue.pending_of(self._session.user_id) + signals
        if self._queue.pending + signals > cap and own > self._share():
            message = f"{cap} signals already wait for this member, who is not fetching them: try again in a moment"
            error = RateLimited(ACTION, FULL_RETRY_SECONDS, cap, message)
            error.metadata.update(reason="queue_full", targetUserId=self._to)
            raise error

    def _share(self) -> int:
        """Return how many signals of one sender a full queue still accepts."""
        settings, place = self._ctx.settings, (self._session.meeting_id, "joined")
        joined = self._ctx.db.count(Participant, "by_meeting_presence", *place, limit=settings.meetings.max_members)
        return max(settings.signals.queue_cap // max(joined - 1, 1), 1)

    def _signal(
        self,
        description: SessionDescription | None = None,
        candidate: IceCandidate | None = None,
        ufrags: tuple[str, ...] = (),
        early: bool = False,
    ) -> Signal:
        return Signal(
            meeting_id=self._session.meeting_id,
            to_user_id=self._to,
            from_user_id=self._session.user_id,
            session_id=self._session.session_id,
            position=0,
            description=description,
            candidate=candidate,
            ufrags=ufrags,
            early=early,
            timestamp=self._ctx.now,
            expires_at=self._expiry(),
        )

    def _expiry(self) -> float:
        return self._ctx.now + self._ctx.settings.signals.ttl_seconds * MS

    def _save_track(self, track: rules.Track) -> None:
        if self._negotiation is not None:
            self._ctx.db.patch(self._negotiation, described=track.described, ufrags=track.ufrags, retired=track.retired)
        elif track.described:
            row = Negotiation(
                meeting_id=self._session.meeting_id,
                from_user_id=self._session.user_id,
                session_id=self._session.session_id,
                to_user_id=self._to,
                described=track.described,
                ufrags=track.ufrags,
                retired=track.retired,
            )
            self._ctx.db.insert(row)


def track_of(row: Negotiation | None) -> rules.Track:
    """Convert a stored negotiation for the rules."""
    return rules.Track() if row is None else rules.Track(row.described, row.ufrags, row.retired)


def waiting_of(signal: Signal) -> rules.Waiting:
    """Convert a stored signal for the rules."""
    kind: rules.SignalKind = "candidate" if signal.description is None else signal.description.type
    return rules.Waiting(signal.id, signal.session_id, kind, signal.ufrags, signal.early)
