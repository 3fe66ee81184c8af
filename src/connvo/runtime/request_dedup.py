"""Exactly once: the answer of a mutation that came over a socket, kept under the request that asked for it.

The receipt commits with the mutation, so a request that is sent again finds either its answer or nothing done.
It is bound to who asked, because a session id is no secret. A failed mutation leaves none and runs again; so does one
that is `unrecorded`, because its answer holds secrets.
"""

import asyncio
import hashlib
import math
from collections import OrderedDict
from functools import lru_cache
from typing import Any, NewType

import msgspec

from connvo.kernel.identity import Identity
from connvo.kernel.ids import PAYLOAD_BYTES
from connvo.store.engine import StoreError, StoreUnavailable
from connvo.store.schema import Document, table, table_of
from connvo.store.transaction import Transaction

ReceiptId = NewType("ReceiptId", str)
RETENTION_MS = 24 * 3600 * 1000.0
# The receipts of one account lie together on disk, and among them those of a session: their ids begin alike, and end
# with the request's number. Accounts that begin alike by chance only share a limit.
ASKER_BYTES = 4
NUMBER_BYTES = 4
NUMBER_BITS = 8 * NUMBER_BYTES
SESSIONS_REMEMBERED = 4096
ACCOUNTS_REMEMBERED = 4096
TRIM_EVERY = 512
LOWEST, HIGHEST = [bytes([byte]) * (PAYLOAD_BYTES - ASKER_BYTES) for byte in (0, 255)]


class MutationOrder:
    """The mutations of one connection: carried out in the order of their numbers, and none behind one that was not.

    The client sends that one and those behind it again. `first`: it says that it is the first connection of its
    session, so that nothing that comes on it was sent before; `FirstRequests` knows how far to believe that.
    """

    __slots__ = ("first", "_broken_at")

    def __init__(self) -> None:
        self.first = False
        self._broken_at = math.inf

    def break_at(self, number: int) -> None:
        """Note one whose fate is open, or that was not carried out for no fault of its own."""
        self._broken_at = min(self._broken_at, number)

    def reaches(self, number: int) -> bool:
        """Return whether one may be carried out."""
        return number <= self._broken_at


class Request(msgspec.Struct, frozen=True):
    """One request of one client session, as the sync protocol numbers it, and who asks; on which line it came."""

    session: str
    number: int
    asker: str | None
    line: MutationOrder | None = None

    @classmethod
    def of(cls, session: str, number: int, identity: Identity | None, line: MutationOrder | None = None) -> "Request":
        """Return the request of a caller."""
        return cls(session, number, None if identity is None else identity.token_identifier, line)

    def check_order(self) -> None:
        """Raise StoreUnavailable when an earlier mutation of the connection may have to be carried out first."""
        if self.line is not None and not self.line.reaches(self.number):
            raise StoreUnavailable("an earlier mutation of this connection was not carried out")

    def on_committed(self, carried_out: "asyncio.Future[Any]") -> None:
        """Break the line when the database could not be used; called before anything behind it runs."""
        if self.line is None or carried_out.cancelled():
            return
        if isinstance(carried_out.exception(), StoreError):
            self.line.break_at(self.number)

    def payload(self) -> bytes:
        """Return what makes the id of its receipt."""
        high, low = self.number >> NUMBER_BITS, self.number & (1 << NUMBER_BITS) - 1
        return _beginning(self.session, self.asker, high) + low.to_bytes(NUMBER_BYTES, "big")


@lru_cache(maxsize=SESSIONS_REMEMBERED)
def _beginning(session: str, asker: str | None, high: int) -> bytes:
    parts = msgspec.json.encode([session, asker, high])
    return _of_asker(asker) + hashlib.sha256(parts).digest()[: PAYLOAD_BYTES - ASKER_BYTES - NUMBER_BYTES]


def _of_asker(asker: str | None) -> bytes:
    return hashlib.sha256(msgspec.json.encode(asker)).digest()[:ASKER_BYTES]


class FirstRequests:
    """Which requests were certainly not sent before, so that no receipt has to be looked for.

    A client says so of a session. It is believed for requests beyond those that came here, and no more once it was
    untrue. Should it be untrue all the same, the receipt is in the way of a second one, and the request runs again.
    """

    def __init__(self) -> None:
        self._highest: OrderedDict[tuple[str, str | None], int] = OrderedDict()
        self._untrue: OrderedDict[str | None, None] = OrderedDict()

    def take(self, request: Request) -> bool:
        """Note a request; return whether it certainly is a new one."""
        if request.line is None or not request.line.first:
            return False
        key = request.session, request.asker
        highest = self._highest.pop(key, -1)
        self._highest[key] = max(highest, request.number)
        if len(self._highest) > SESSIONS_REMEMBERED:
            self._highest.popitem(last=False)
        return request.number > highest and request.asker not in self._untrue

    def doubt(self, request: Request) -> None:
        """Believe an account no more: one of its requests had been sent before."""
        self._untrue[request.asker] = None
        if len(self._untrue) > ACCOUNTS_REMEMBERED:
            self._untrue.popitem(last=False)


class RecordCounts:
    """How many receipts accounts have left since theirs were last counted in the database."""

    def __init__(self) -> None:
        self._left: OrderedDict[str | None, int] = OrderedDict()

    def is_due(self, asker: str | None) -> bool:
        """Count one; return whether it is time to look how many there are."""
        count = self._left.pop(asker, 0) + 1
        due = count >= TRIM_EVERY
        if not due:
            self._left[asker] = count
            if len(self._left) > ACCOUNTS_REMEMBERED:
                self._left.popitem(last=False)
        return due


@table("receipts", 103, id_type=ReceiptId, retention="1 day")
class IdempotencyRecord(Document, frozen=True, kw_only=True):
    """The answer of a committed mutation: its value as exact JSON, and its commit timestamp. The id is the request."""

    id: ReceiptId = ReceiptId("")
    value: str
    ts: int


def find_record(db: Transaction, request: Request) -> IdempotencyRecord | None:
    """Return the receipt of a request that was answered before."""
    return db.get(IdempotencyRecord, table_of(IdempotencyRecord).new_id(request.payload()))


def store_record(db: Transaction, request: Request, value: bytes) -> None:
    """Store the answer of a request in the transaction that carries it out."""
    text, payload = value.decode(), request.payload()
    db.before_commit(lambda ts: db.insert(IdempotencyRecord(value=text, ts=ts), payload))


def purge_records(db: Transaction, limit: int) -> int:
    """Drop receipts past their retention; return how many."""
    old = db.scan(IdempotencyRecord, "by_creation", before=db.now - RETENTION_MS, limit=limit)
    for receipt in old:
        db.delete(receipt)
    return len(old)


def record_ids(db: Transaction, asker: str | None, limit: int) -> list[str]:
    """Return the ids of an account's receipts, oldest first."""
    db.flush(table_of(IdempotencyRecord))
    first, last = [table_of(IdempotencyRecord).new_id(_of_asker(asker) + rest) for rest in (LOWEST, HIGHEST)]
    mark = db.rows.dialect.placeholder
    sql = f'SELECT id FROM "receipts" WHERE id >= {mark} AND id <= {mark} ORDER BY created LIMIT {mark}'
    return [id for (id,) in db.rows.all(sql, (first, last, limit))]


def trim_records(db: Transaction, asker: str | None, keep: int, limit: int) -> int:
    """Drop the oldest of an account's receipts beyond a number, up to `limit`; return how many."""
    old = record_ids(db, asker, keep + limit)[: -keep or None]
    for id in old:
        if (receipt := db.get(IdempotencyRecord, id)) is not None:
            db.delete(receipt)
    return len(old)
