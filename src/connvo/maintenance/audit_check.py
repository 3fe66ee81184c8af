"""The check of the audit trail from outside a server: every row against its seal, every seal against the one before.

Guarantees: one snapshot is read, in order, with a bounded part of it in memory; nothing is changed.
Does not show: a rewrite of all seals since the last one that is known outside, by a user with database and key.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import NamedTuple

import msgspec

from connvo.kernel.errors import ConnvoError
from connvo.model.audit import pruning
from connvo.model.audit.sealing import LATE_MS, row_bytes
from connvo.rules.audit import seals
from connvo.runtime.measuring.node_view import TrailCheck
from connvo.schema.audit import AuditLog, AuditSeal
from connvo.store.column_check import misplaced
from connvo.store.engine import Engine, SnapshotHandle

# So few that a server which checks its own trail goes on with its calls in between.
ROWS_AT_ONCE = 200
SEALS_AT_ONCE = 20


class AuditFault(ConnvoError):
    """The first fault of the audit trail: its code, the row or seal, and a message of one line."""

    def __init__(self, code: str, at: str | int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.at = str(at)


class Head(NamedTuple):
    """A seal that is known from elsewhere."""

    number: int
    hash: str


class Checked(msgspec.Struct, kw_only=True):
    """The result of a check. `strays` are old rows in no seal; `unsealed` rows are too new for one.

    `first` is the number of the oldest seal that is kept; the rows of those before were pruned.
    """

    rows: int = 0
    first: int = 1
    seals: int = 0
    pruned: int = 0
    unsigned: int = 0
    unsealed: int = 0
    head: str = ""
    strays: list[str] = []


class Before(NamedTuple):
    """The facts of a seal that the next one continues."""

    number: int
    hash: str
    total: int
    until: float


class Sealed(NamedTuple):
    """A row that was read and is waiting for its seal."""

    leaf: bytes
    created: float


async def check(engine: Engine, key: bytes | None, head: Head | None = None) -> Checked:
    """Check the whole audit trail.

    Raises:
        AuditFault: A row was changed or is missing, a seal is broken, or the chain does not have the known head.
        StoreError: The database cannot be read.
    """
    async with engine.snapshot() as snapshot:
        return await _Check(snapshot, key, head).run()


async def verdict(engine: Engine, key: bytes | None, known: str | None) -> TrailCheck:
    """Return the result of a check as operators see it; `known` is a head from elsewhere, as `number:hash`.

    Raises:
        StoreError: The database cannot be read.
        ValueError: The known head is none.
    """
    head = None if known is None else Head(*seals.parse_head(known))
    try:
        found = await check(engine, key, head)
    except AuditFault as fault:
        return TrailCheck(fault=fault.code, at=fault.at)
    stray = next(iter(found.strays), "")
    return TrailCheck(
        fault="row_in_no_seal" if stray else "",
        at=stray,
        head=found.head,
        rows=found.rows,
        seals=found.seals,
        pruned=found.pruned,
        unsigned=found.unsigned,
        unsealed=found.unsealed,
    )


class _Check:
    """One check. `_waiting` are rows that were read before their seal, oldest first."""

    def __init__(self, snapshot: SnapshotHandle, key: bytes | None, head: Head | None) -> None:
        self._snapshot = snapshot
        self._key = key
        self._head = head
        self._rows = _rows(snapshot)
        self._waiting: dict[str, Sealed] = {}
        self._read_until = float("-inf")
        self._last: AuditSeal | None = None
        self._signed = False
        self._known_head = head is None
        self._pruned_to = 0
        self._found = Checked()

    async def run(self) -> Checked:
        """Check the seals in order, then the rows that are in none."""
        await self._read_pruning()
        async for seal in _seals(self._snapshot):
            self._check_chain(seal)
            self._check_signature(seal)
            if seal.pruned_at is None:
                await self._check_rows(seal)
            else:
                self._check_pruned(seal)
            self._last = seal
            self._found.seals += 1
        self._check_head()
        await self._check_rest()
        await self._check_columns()
        self._found.head = "" if self._last is None else f"{self._last.number}:{self._last.hash}"
        return self._found

    async def _read_pruning(self) -> None:
        row = await self._snapshot.run(lambda db: db.first(AuditLog, "by_action", pruning.ACTION, reverse=True))
        if row is None:
            return
        to, count, proof = int(row.metadata["to"]), int(row.metadata["count"]), row.metadata.get("proof")
        seal = await self._snapshot.run(lambda db: db.first(AuditSeal, "by_number", to))
        if seal is None or seal.total != count:
            raise AuditFault("pruning_wrong", row.id, f"row {row.id} about pruning does not agree with seal {to}")
        if self._key is not None and seal.key_id == seals.key_id(self._key):
            text = seals.prune_text(to, seal.hash, count)
            if not seals.is_mac(self._key, text, str(proof)):
                raise AuditFault("pruning_unsigned", row.id, f"row {row.id} about pruning is not signed with the key")
        self._pruned_to = to

    def _check_chain(self, seal: AuditSeal) -> None:
        last = self._last or self._before(seal)
        if seal.number != last.number + 1:
            raise AuditFault("seal_missing", last.number + 1, f"seal {last.number + 1} is missing")
        if seal.prev != last.hash:
            raise AuditFault("chain_broken", seal.number, f"seal {seal.number} does not continue the one before")
        if seal.hash != seals.seal_hash(seal.number, seal.prev, seal.root, seal.count):
            raise AuditFault("seal_changed", seal.number, f"seal {seal.number} was changed")
        if seal.total != last.total + seal.count or seal.until != max(last.until, seal.last_at):
            raise AuditFault("seal_changed", seal.number, f"seal {seal.number} was changed")
        if self._head is not None and seal.number == self._head.number:
            if seal.hash != self._head.hash:
                raise AuditFault("another_head", seal.number, f"seal {seal.number} is another one than the known head")
            self._known_head = True

    def _before(self, seal: AuditSeal) -> "Before":
        """Return what the oldest seal continues: nothing, or the pruned seals that were deleted before it."""
        self._found.first = seal.number
        if seal.number == 1 or seal.number > self._pruned_to:
            return Before(0, seals.GENESIS, 0, float("-inf"))
        if self._head is not None and self._head.number < seal.number:
            message = f"seal {self._head.number}, the known head, is older than the seals that are kept"
            raise AuditFault("head_too_old", self._head.number, message)
        return Before(seal.number - 1, seal.prev, seal.total - seal.count, seal.until)

    def _check_signature(self, seal: AuditSeal) -> None:
        if self._key is None:
            self._found.unsigned += seal.mac is None
            return
        if seal.key_id == seals.key_id(self._key):
            if not seals.is_mac(self._key, seal.hash, seal.mac or ""):
                raise AuditFault("seal_signature", seal.number, f"seal {seal.number} has a wrong signature")
            self._signed = True
        elif self._signed:
            message = f"seal {seal.number} is not signed with the key, and an earlier one is"
            raise AuditFault("seal_unsigned", seal.number, message)
        else:
            self._found.unsigned += 1

    def _check_pruned(self, seal: AuditSeal) -> None:
        if seal.number > self._pruned_to:
            message = f"the rows of seal {seal.number} were deleted without a record of pruning"
            raise AuditFault("rows_deleted", seal.number, message)
        self._found.pruned += 1

    async def _check_rows(self, seal: AuditSeal) -> None:
        await self._read_to(seal.last_at)
        leaves: list[bytes] = []
        for id in seal.ids:
            row = self._waiting.pop(id, None)
            if row is None:
                raise AuditFault("row_missing", id, f"row {id} of seal {seal.number} is missing")
            leaves.append(row.leaf)
        if len(leaves) != seal.count or seals.root(leaves) != seal.root:
            message = f"a row of seal {seal.number} was changed: it has {_named(seal.ids)}"
            raise AuditFault("row_changed", seal.number, message)
        self._found.rows += len(leaves)

    async def _read_to(self, created: float) -> None:
        """Read rows until all up to a creation time are waiting."""
        while self._read_until <= created:
            page = await anext(self._rows, None)
            if page is None:
                self._read_until = float("inf")
                return
            for row in page:
                self._waiting[row.id] = Sealed(seals.leaf(row_bytes(row)), row.creation_time)
            self._read_until = page[-1].creation_time

    def _check_head(self) -> None:
        if not self._known_head and self._head is not None:
            message = f"the chain ends before seal {self._head.number}, the known head"
            raise AuditFault("chain_short", self._head.number, message)

    async def _check_rest(self) -> None:
        settled = float("-inf") if self._last is None else self._last.until - LATE_MS
        await self._read_to(settled)
        strays = [id for id, row in self._waiting.items() if row.created <= settled]
        newer = len(self._waiting) - len(strays)
        async for page in self._rows:
            newer += len(page)
        self._found.strays = strays
        self._found.unsealed = newer

    async def _check_columns(self) -> None:
        """Check that no row or seal is hidden from those who look for it by an index."""
        for kind in (AuditLog, AuditSeal):
            after = ""
            while True:
                start = after
                found, after = await self._snapshot.run(lambda db: misplaced(db, kind, start))  # noqa: B023
                if found:
                    message = f"{found[0]} is not where its index has it: a column was changed"
                    raise AuditFault("column_changed", found[0], message)
                if not after:
                    break
                await asyncio.sleep(0)


async def _rows(snapshot: SnapshotHandle) -> AsyncIterator[list[AuditLog]]:
    cursor: str | None = None
    while True:
        after = cursor
        page = await snapshot.run(lambda db: db.paginate(AuditLog, "by_creation", cursor=after, size=ROWS_AT_ONCE))  # noqa: B023
        if page.items:
            yield page.items
        await asyncio.sleep(0)
        if page.done:
            return
        cursor = page.cursor


async def _seals(snapshot: SnapshotHandle) -> AsyncIterator[AuditSeal]:
    number = 0
    while True:
        after = number
        found = await snapshot.run(lambda db: db.scan(AuditSeal, "by_number", after=after, limit=SEALS_AT_ONCE))  # noqa: B023
        for seal in found:
            yield seal
        await asyncio.sleep(0)
        if len(found) < SEALS_AT_ONCE:
            return
        number = found[-1].number


def _named(ids: tuple[str, ...]) -> str:
    return ids[0] if len(ids) == 1 else f"{ids[0]} to {ids[-1]}"
