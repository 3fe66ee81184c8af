"""Exactly once: the answer of a mutation that came over a socket, kept under the request that asked for it.

The receipt commits with the mutation, so a request that is sent again finds either its answer or nothing done.
It is bound to who asked, because a session id is no secret. A failed mutation leaves none and runs again; so does one
that is `unrecorded`, because its answer holds secrets.
"""

import asyncio
import hashlib
import math
from functools import lru_cache
from typing import Any, NewType

import msgspec

from ..kernel.identity import Identity
from ..kernel.ids import PAYLOAD_BYTES
from ..store.engine import StoreError, StoreUnavailable
from ..store.schema import Document, table, table_of
from ..store.transaction import Transaction

ReceiptId = NewType("ReceiptId", str)
RETENTION_MS = 24 * 3600 * 1000.0
# The receipts of one session lie together on disk: their ids begin alike and end with the request's number.
NUMBER_BYTES = 4
NUMBER_BITS = 8 * NUMBER_BYTES
SESSIONS_REMEMBERED = 4096


class Line:
    """The mutations of one connection: carried out in the order of their numbers, and none behind one that was not.

    The client sends that one and those behind it again. `first`: it is the first connection of its session, so that
    nothing that comes on it was sent before; should it have been, its receipt is in the way of a second one.
    """

    __slots__ = ("first", "_broken_at")

    def __init__(self) -> None:
        self.first = False
        self._broken_at = math.inf

    def break_at(self, number: int) -> None:
        """Notes one whose fate is open, or that was not carried out for no fault of its own."""
        self._broken_at = min(self._broken_at, number)

    def reaches(self, number: int) -> bool:
        """Returns whether one may be carried out."""
        return number <= self._broken_at


class Request(msgspec.Struct, frozen=True):
    """One request of one client session, as the sync protocol numbers it, and who asks; on which line it came."""

    session: str
    number: int
    asker: str | None
    line: Line | None = None

    @classmethod
    def of(cls, session: str, number: int, identity: Identity | None, line: Line | None = None) -> "Request":
        """Returns the request of a caller."""
        return cls(session, number, None if identity is None else identity.token_identifier, line)

    def check_line(self) -> None:
        """Raises StoreUnavailable when an earlier mutation of the connection may have to be carried out first."""
        if self.line is not None and not self.line.reaches(self.number):
            raise StoreUnavailable("an earlier mutation of this connection was not carried out")

    def note_fate(self, carried_out: "asyncio.Future[Any]") -> None:
        """Breaks the line when the database could not be used; called before anything behind it runs."""
        if self.line is None or carried_out.cancelled():
            return
        if isinstance(carried_out.exception(), StoreError):
            self.line.break_at(self.number)

    def payload(self) -> bytes:
        """Returns what makes the id of its receipt."""
        high, low = self.number >> NUMBER_BITS, self.number & (1 << NUMBER_BITS) - 1
        return _beginning(self.session, self.asker, high) + low.to_bytes(NUMBER_BYTES, "big")


@lru_cache(maxsize=SESSIONS_REMEMBERED)
def _beginning(session: str, asker: str | None, high: int) -> bytes:
    parts = msgspec.json.encode([session, asker, high])
    return hashlib.sha256(parts).digest()[: PAYLOAD_BYTES - NUMBER_BYTES]


@table("receipts", 103, id_type=ReceiptId, retention="1 day")
class Receipt(Document, frozen=True, kw_only=True):
    """The answer of a committed mutation: its value as exact JSON, and its commit timestamp. The id is the request."""

    id: ReceiptId = ReceiptId("")
    value: str
    ts: int


def find_receipt(db: Transaction, request: Request) -> Receipt | None:
    """Returns the receipt of a request that was answered before."""
    if request.line is not None and request.line.first:
        return None
    return db.get(Receipt, table_of(Receipt).new_id(request.payload()))


def leave_receipt(db: Transaction, request: Request, value: bytes) -> None:
    """Stores the answer of a request in the transaction that carries it out."""
    text, payload = value.decode(), request.payload()
    db.at_commit(lambda ts: db.insert(Receipt(value=text, ts=ts), payload))


def purge_receipts(db: Transaction, limit: int) -> int:
    """Drops receipts past their retention; returns how many."""
    old = db.scan(Receipt, "by_creation", before=db.now - RETENTION_MS, limit=limit)
    for receipt in old:
        db.delete(receipt)
    return len(old)
