"""The protocol state of one client, as a pure object: messages and answers in, messages out.

Guarantees:
    - Versions chain exactly.
    - Every Transition shows all subscribed queries at one timestamp, which never goes back.
    - An unchanged result is not sent again.
    - Each change of the query set or identity gets a Transition, even if no result changes.
    - The first Transition of a connection contains its query set, never the identity alone.
    - Mutations are answered once each, in order of arrival, and before a Transition shows their effects.

Does not know: sockets and clocks.
"""

from collections import deque
from collections.abc import Mapping

import msgspec

from connvo.kernel.errors import FunctionError
from connvo.kernel.values import encode_timestamp
from connvo.runtime.live.requests import QueryAnswer

from .messages import Add, ModifyQuerySet, Version, encode, failure

NOTHING: Mapping[int, QueryAnswer] = {}


class ProtocolFault(Exception):
    """A breach of the protocol by the client; it is told so, and the connection ends."""


class SyncSession:
    """Versions, subscribed queries with the results last sent, and the mutations that wait for their answers.

    `transition_due`: a Transition is due even if no result has changed.
    """

    __slots__ = (
        "connected",
        "sent",
        "query_set",
        "identity",
        "transition_due",
        "_answered",
        "_shown",
        "_removed",
        "_waiting",
    )

    def __init__(self) -> None:
        self.connected = False
        self.sent = Version()
        self.query_set = 0
        self.identity = 0
        self.transition_due = False
        self._answered = 0
        self._shown: dict[int, QueryAnswer | None] = {}
        self._removed: list[int] = []
        self._waiting: deque[int] = deque()

    def connect(self) -> None:
        """Check that the Connect message comes once; the worker handles it.

        Raises:
            ProtocolFault: The client has sent one already.
        """
        if self.connected:
            raise ProtocolFault("Connect must be sent only once")
        self.connected = True

    @property
    def least(self) -> int:
        """The timestamp that the next Transition has to reach."""
        return max(self._answered, self.sent.ts)

    def advance(self, ts: int) -> None:
        """Set the newest timestamp that the client has seen on another connection."""
        self._answered = max(self._answered, ts)

    def modify(self, message: ModifyQuerySet) -> tuple[list[Add], list[int]]:
        """Apply a change of the query set; return the queries to subscribe and those to unsubscribe.

        Raises:
            ProtocolFault: The versions do not follow, an id is in use, or an id is unknown.
        """
        _check_base(message.base_version, self.query_set)
        if message.new_version <= message.base_version:
            raise ProtocolFault(f"Version {message.new_version} of the query set does not follow {self.query_set}")
        added: dict[int, Add] = {}
        removed: list[int] = []
        for change in message.modifications:
            if isinstance(change, Add):
                if change.query_id in self._shown:
                    raise ProtocolFault(f"Duplicate query ID: {change.query_id}")
                self._shown[change.query_id] = None
                added[change.query_id] = change
                continue
            if change.query_id not in self._shown:
                raise ProtocolFault(f"Nonexistent query ID: {change.query_id}")
            del self._shown[change.query_id]
            if added.pop(change.query_id, None) is None:
                removed.append(change.query_id)
            self._removed.append(change.query_id)
        self.query_set = message.new_version
        self.transition_due = True
        return list(added.values()), removed

    def check_identity(self, base_version: int) -> None:
        """Check that an Authenticate continues the identity versions.

        Raises:
            ProtocolFault: It has another base version.
        """
        _check_base(base_version, self.identity)

    def authenticated(self) -> None:
        """Record that the caller has changed; it is shown with the query set, never before it."""
        self.identity += 1
        if self.query_set:
            self.transition_due = True

    def begin(self, request_id: int) -> bool:
        """Record a running mutation; return False if it already runs, as one answer serves both."""
        if request_id in self._waiting:
            return False
        self._waiting.append(request_id)
        return True

    def answer(self, value: object, error: FunctionError | None, ts: int, log_lines: list[str]) -> bytes:
        """Return the answer to the mutation that has waited longest. `value` is ready for JSON; `ts` its commit."""
        request_id = self._waiting.popleft()
        self.transition_due = True
        if error is not None:
            return _failed("MutationResponse", request_id, error, log_lines)
        self._answered = max(self._answered, ts)
        stamp = encode_timestamp(ts)
        return _done("MutationResponse", request_id, value, log_lines, ts=stamp)

    def abandon(self) -> None:
        """Forget the waiting mutations: the client will send them again on another connection."""
        self._waiting.clear()

    def transition(
        self,
        ts: int,
        answers: Mapping[int, QueryAnswer],
        clock: Mapping[str, int],
        refused: Mapping[int, QueryAnswer] = NOTHING,
    ) -> bytes | None:
        """Return the Transition to `ts`, or None if there is nothing to send.

        `answers` are the results of queries that ran again; all others are still valid at `ts`. `refused` are queries
        that are not run: their errors, which may be long, are sent and not kept.

        Raises:
            ValueError: Mutations still wait for their answers, or `ts` goes back.
        """
        if self._waiting or ts < self.least:
            raise ValueError("a Transition comes after the answers it shows, and never goes back in time")
        changes: list[dict[str, object]] = [{"type": "QueryRemoved", "queryId": id} for id in self._removed]
        for query_id in sorted(answers.keys() & self._shown.keys()):
            shown, answer = self._shown[query_id], answers[query_id]
            if shown is None or not shown.looks_like(answer):
                changes.append(_change(query_id, answer))
            self._shown[query_id] = answer
        for query_id in sorted(refused.keys() & self._shown.keys()):
            changes.append(_change(query_id, refused[query_id]))
            self._shown[query_id] = None
        if not changes and not self.transition_due:
            return None
        start, self.sent = self.sent, Version(query_set=self.query_set, identity=self.identity, ts=ts)
        self._removed = []
        self.transition_due = False
        return encode(
            "Transition", startVersion=start.wire(), endVersion=self.sent.wire(), modifications=changes, **clock
        )


def action_answer(request_id: int, value: object, error: FunctionError | None, log_lines: list[str]) -> bytes:
    """Return the answer to an action. `value` is ready for JSON."""
    if error is not None:
        return _failed("ActionResponse", request_id, error, log_lines)
    return _done("ActionResponse", request_id, value, log_lines)


def _done(kind: str, request_id: int, value: object, log_lines: list[str], **more: object) -> bytes:
    return encode(kind, requestId=request_id, success=True, result=value, logLines=log_lines, **more)


def _failed(kind: str, request_id: int, error: FunctionError, log_lines: list[str]) -> bytes:
    return encode(kind, requestId=request_id, success=False, logLines=log_lines, **failure(error, "result"))


def _check_base(base: int, current: int) -> None:
    if base != current:
        raise ProtocolFault(f"Base version {base} passed up doesn't match the current version {current}")


def _change(query_id: int, answer: QueryAnswer) -> dict[str, object]:
    change: dict[str, object] = {"queryId": query_id, "logLines": [], "journal": answer.journal}
    if answer.error is None:
        return {"type": "QueryUpdated", "value": msgspec.Raw(answer.value), **change}
    return {"type": "QueryFailed", **failure(answer.error, "errorMessage"), **change}
