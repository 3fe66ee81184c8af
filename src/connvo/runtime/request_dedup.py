"""Idempotency records: the result of a mutation, stored under the request of the sync protocol that asked for it.

Guarantees: the record commits with the mutation, so a repeated request finds either its result or nothing done. It is
bound to the caller, because a session id is no secret. A failed mutation leaves no record and runs again; so does an
`unrecorded` one, of which two runs have the effect of one.
"""

import asyncio
import hashlib
import math
from collections import OrderedDict
from functools import lru_cache
from typing import Any, NewType

import msgspec

from connvo.kernel.clock import MS
from connvo.kernel.identity import Identity
from connvo.kernel.ids import PAYLOAD_BYTES
from connvo.store.engine import StoreError, StoreUnavailable
from connvo.store.schema import Document, table, table_of
from connvo.store.transaction import Transaction

RecordId = NewType("RecordId", str)
RETENTION_MS = 24 * 3600 * MS
# Ids begin with the account, then the session, and end with the request's number, so that the records of an account
# are adjacent on disk. Accounts with the same first bytes by chance only share a limit.
ASKER_BYTES = 4
NUMBER_BYTES = 4
NUMBER_BITS = 8 * NUMBER_BYTES
SESSIONS_REMEMBERED = 4096
ACCOUNTS_REMEMBERED = 4096
TRIM_EVERY = 512
LOWEST, HIGHEST = [bytes([byte]) * (PAYLOAD_BYTES - ASKER_BYTES) for byte in (0, 255)]


class MutationOrder:
    """The order of the mutations of one connection: by number, and none after one that was not carried out.

    The client sends that mutation and the later ones again. `first`: the client says that this is the first connection
    of its session, so that no request on it was sent before; `FirstRequests` decides how far to trust that.
    """

    __slots__ = ("first", "_broken_at")

    def __init__(self) -> None:
        self.first = False
        self._broken_at = math.inf

    def break_at(self, number: int) -> None:
        """Stop at a mutation whose outcome is unknown, or that the database could not carry out."""
        self._broken_at = min(self._broken_at, number)

    def reaches(self, number: int) -> bool:
        """Return whether the mutation of this number may be carried out."""
        return number <= self._broken_at


class Request(msgspec.Struct, frozen=True):
    """A numbered request of a client session, with its caller and the order of its connection."""

    session: str
    number: int
    asker: str | None
    order: MutationOrder | None = None

    @classmethod
    def of(cls, session: str, number: int, identity: Identity | None, order: MutationOrder | None = None) -> "Request":
        """Return the request of a caller."""
        return cls(session, number, None if identity is None else identity.token_identifier, order)

    def check_order(self) -> None:
        """Check that no earlier mutation of the connection has to be carried out first.

        Raises:
            StoreUnavailable: An earlier one was not carried out, or its outcome is unknown.
        """
        if self.order is not None and not self.order.reaches(self.number):
            raise StoreUnavailable("an earlier mutation of this connection was not carried out")

    def on_committed(self, committed: "asyncio.Future[Any]") -> None:
        """Break the order if the database failed. To be called before any later mutation runs."""
        if self.order is None or committed.cancelled():
            return
        if isinstance(committed.exception(), StoreError):
            self.order.break_at(self.number)

    def payload(self) -> bytes:
        """Return the bytes that make the id of its record."""
        high, low = self.number >> NUMBER_BITS, self.number & (1 << NUMBER_BITS) - 1
        return _beginning(self.session, self.asker, high) + low.to_bytes(NUMBER_BYTES, "big")


@lru_cache(maxsize=SESSIONS_REMEMBERED)
def _beginning(session: str, asker: str | None, high: int) -> bytes:
    parts = msgspec.json.encode([session, asker, high])
    return _of_asker(asker) + hashlib.sha256(parts).digest()[: PAYLOAD_BYTES - ASKER_BYTES - NUMBER_BYTES]


def _of_asker(asker: str | None) -> bytes:
    return hashlib.sha256(msgspec.json.encode(asker)).digest()[:ASKER_BYTES]


class FirstRequests:
    """The requests that were certainly not sent before, so that no record has to be looked up.

    A client says so of a session. This node trusts it for numbers above those that it has seen, until one such claim
    of the account proves false. A false claim does no harm: the insert of a second record conflicts with the first,
    and the request runs again with a look-up.
    """

    def __init__(self) -> None:
        self._highest: OrderedDict[tuple[str, str | None], int] = OrderedDict()
        self._distrusted: OrderedDict[str | None, None] = OrderedDict()

    def take(self, request: Request) -> bool:
        """Record a request; return whether it certainly is a new one."""
        if request.order is None or not request.order.first:
            return False
        key = request.session, request.asker
        highest = self._highest.pop(key, -1)
        self._highest[key] = max(highest, request.number)
        if len(self._highest) > SESSIONS_REMEMBERED:
            self._highest.popitem(last=False)
        return request.number > highest and request.asker not in self._distrusted

    def doubt(self, request: Request) -> None:
        """Stop trusting an account: one of its first requests had been sent before."""
        self._distrusted[request.asker] = None
        if len(self._distrusted) > ACCOUNTS_REMEMBERED:
            self._distrusted.popitem(last=False)


class RecordCounts:
    """The number of records that each account has added since its records were last trimmed."""

    def __init__(self) -> None:
        self._added: OrderedDict[str | None, int] = OrderedDict()

    def is_due(self, asker: str | None) -> bool:
        """Count one record; return whether the account's records are due to be trimmed."""
        count = self._added.pop(asker, 0) + 1
        due = count >= TRIM_EVERY
        if not due:
            self._added[asker] = count
            if len(self._added) > ACCOUNTS_REMEMBERED:
                self._added.popitem(last=False)
        return due


@table("receipts", 103, id_type=RecordId, retention="1 day")
class IdempotencyRecord(Document, frozen=True, kw_only=True):
    """The result of a committed mutation: its value as exact JSON, and its commit timestamp. The id is the request."""

    id: RecordId = RecordId("")
    value: str
    ts: int


def find_record(db: Transaction, request: Request) -> IdempotencyRecord | None:
    """Return the record of a request that was carried out before, or None."""
    return db.get(IdempotencyRecord, table_of(IdempotencyRecord).new_id(request.payload()))


def store_record(db: Transaction, request: Request, value: bytes) -> None:
    """Store the result of a request in the transaction that carries it out."""
    text, payload = value.decode(), request.payload()
    db.before_commit(lambda own, ts: own.insert(IdempotencyRecord(value=text, ts=ts), payload))


def record_ids(db: Transaction, asker: str | None, limit: int) -> list[str]:
    """Return the ids of an account's records, oldest first."""
    db.flush(table_of(IdempotencyRecord))
    first, last = [table_of(IdempotencyRecord).new_id(_of_asker(asker) + rest) for rest in (LOWEST, HIGHEST)]
    mark = db.rows.dialect.placeholder
    sql = f'SELECT id FROM "receipts" WHERE id >= {mark} AND id <= {mark} ORDER BY created LIMIT {mark}'
    return [id for (id,) in db.rows.all(sql, (first, last, limit))]


def trim_records(db: Transaction, asker: str | None, keep: int, limit: int) -> int:
    """Delete the oldest of an account's records beyond `keep`, at most `limit`; return how many."""
    old = record_ids(db, asker, keep + limit)[: -keep or None]
    for id in old:
        if (record := db.get(IdempotencyRecord, id)) is not None:
            db.delete(record)
    return len(old)
