"""Audit events that no transaction of their own can hold: refused calls, and reads by operators.

A refused transaction leaves nothing, and a query cannot write. So they are held here and written together by one
mutation, at most every ten seconds on each node.

Guarantees: a refusal is written once, with the number of its repetitions. However many calls are refused, a bounded
number is held, and the rest is counted. They are lost only when the process is killed.

Does not know: the table they are written to.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import msgspec
import structlog

from connvo.kernel.errors import Forbidden, InsufficientRole
from connvo.kernel.identity import Identity

from .origins import Origin
from .registry import RegisteredFunction

log = structlog.get_logger()
FLUSH_SECONDS = 10.0
MAX_HELD = 1000
# The reason in a refusal by `require_operator`.
OPERATORS_ONLY = "operators_only"
DENIED, READ, WATCH = "access.denied", "audit.read", "audit.watch"


class Noted(msgspec.Struct, kw_only=True):
    """Events of one caller that differ in nothing but their time; `count` of them. `detail` is a code or filter names.

    `rows` is how many rows a read returned in all. `origin` is that of the first.
    """

    action: str
    token_identifier: str
    org_id: str | None
    operator: bool
    path: str
    meeting_id: str | None
    detail: str
    origin: Origin | None
    count: int = 0
    rows: int = 0


Write = Callable[[list[Noted], int], Awaitable[object]]


class DeferredAudit:
    """The held events of one node. `write` stores them and the number of those that were dropped."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._held: dict[tuple[str, ...], Noted] = {}
        self._dropped = 0
        self._timer: asyncio.TimerHandle | None = None
        self._running: asyncio.Task[None] | None = None

    def note_refusal(
        self,
        entry: RegisteredFunction | None,
        arguments: Mapping[str, object],
        identity: Identity | None,
        origin: Callable[[], Origin] | None,
        error: Exception,
    ) -> None:
        """Hold the refusal of a mutation or of a function for operators; ignore other errors."""
        if not isinstance(error, Forbidden | InsufficientRole) or entry is None or identity is None:
            return
        if entry.kind == "mutation" or error.metadata.get("reason") == OPERATORS_ONLY:
            self._note(DENIED, entry, _meeting_in(arguments), identity, origin, error.code)

    def note_read(
        self,
        entry: RegisteredFunction,
        filters: str,
        rows: int,
        identity: Identity,
        origin: Callable[[], Origin] | None,
    ) -> None:
        """Hold a read of the audit trail by an operator."""
        self._note(READ, entry, None, identity, origin, filters, rows)

    def note_watch(
        self, entry: RegisteredFunction, filters: str, identity: Identity, origin: Callable[[], Origin] | None
    ) -> None:
        """Hold that an operator began to watch the audit trail by a live query."""
        self._note(WATCH, entry, None, identity, origin, filters)

    async def flush(self) -> None:
        """Write the held events; if the database fails, count them as dropped."""
        self._timer = None
        held, dropped = self._held, self._dropped
        if not held and not dropped:
            return
        self._held, self._dropped = {}, 0
        try:
            await self._write(list(held.values()), dropped)
        except Exception as error:
            log.warning("audit_not_stored", events=len(held), exc_info=error)
            self._dropped += dropped + sum(one.count for one in held.values())

    async def close(self) -> None:
        """Write what is held."""
        if self._timer is not None:
            self._timer.cancel()
        if self._running is not None:
            await self._running
        await self.flush()

    def _note(
        self,
        action: str,
        entry: RegisteredFunction,
        meeting_id: str | None,
        identity: Identity,
        origin: Callable[[], Origin] | None,
        detail: str,
        rows: int = 0,
    ) -> None:
        key = (action, identity.token_identifier, entry.path, meeting_id or "", detail)
        noted = self._held.get(key)
        if noted is None:
            if len(self._held) >= MAX_HELD:
                self._dropped += 1
                return
            noted = self._held[key] = Noted(
                action=action,
                token_identifier=identity.token_identifier,
                org_id=identity.org_id,
                operator=identity.operator,
                path=entry.path,
                meeting_id=meeting_id,
                detail=detail,
                origin=None if origin is None else origin(),
            )
        noted.count += 1
        noted.rows += rows
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._begin_flush)

    def _begin_flush(self) -> None:
        self._running = asyncio.create_task(self.flush(), name="deferred audit")


def _meeting_in(arguments: Mapping[str, object]) -> str | None:
    """Return the meeting that a call is about, by its Python or wire name."""
    found = arguments.get("meeting_id", arguments.get("meetingId"))
    return found if isinstance(found, str) else None
