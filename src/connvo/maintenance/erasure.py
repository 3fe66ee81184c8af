"""Erasure of a user from outside a server, running or not: in steps, with a report per table."""

import asyncio
from collections.abc import Callable

import msgspec

from connvo.kernel.errors import NotFound
from connvo.maintenance.errors import NoMatch
from connvo.model.erasure import (
    Step,
    close_account,
    erasable_tables,
    erase_step,
    find_people,
    finish_erasure,
    survey_step,
    token_of,
)
from connvo.runtime.function import Function
from connvo.runtime.request_dedup import trim_records
from connvo.runtime.services import Runtime
from connvo.runtime.wire import PaginationOptions
from connvo.schema.users import UserId

RECEIPTS = "receipts"
BATCH = 500


class TableReport(msgspec.Struct, kw_only=True):
    """The number of a user's documents in one table that were deleted, or kept without personal data."""

    deleted: int = 0
    kept: int = 0


class Report(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The result of an erasure. Tables without documents of the user are left out.

    `scrubbed`: as far as the database reports, its files hold no traces of the user either.
    """

    user_id: UserId
    tables: dict[str, TableReport]
    scrubbed: bool = False


async def survey(runtime: Runtime, who: str) -> Report:
    """Return the documents that `erase` would find for a user, given by id or address. Changes nothing.

    Leaving the meetings that are not over deletes some of them already.

    Raises:
        NoMatch: There is no such account, or there are several.
        StoreError: The database cannot be used.
    """
    user_id = await _one_account(runtime, who)
    found = {table: await _each_step(runtime, survey_step, user_id, table) for table in erasable_tables()}
    return _report(user_id, found)


async def erase(
    runtime: Runtime, who: str, on_table: Callable[[str], None] = lambda table: None, pause: float = 0.0
) -> Report:
    """Erase a user, given by id or address, and return the report.

    After an interruption the user is found again by id. `pause` is the time in seconds that running servers get to read
    the commit log before it is deleted.

    Raises:
        NoMatch: There is no such account, or there are several.
        StoreError: The database cannot be used.
    """
    user_id = await _one_account(runtime, who)
    try:
        asker = await runtime.call(token_of, user_id=user_id)
        while not await runtime.call(close_account, user_id=user_id):
            pass
    except NotFound:
        raise NoMatch(f"there is no account {who}") from None
    found: dict[str, TableReport] = {}
    for table in erasable_tables():
        on_table(table)
        found[table] = await _each_step(runtime, erase_step, user_id, table)
    deleted = sum(report.deleted for report in found.values())
    found[RECEIPTS] = TableReport(deleted=await _drop_receipts(runtime, asker))
    await runtime.call(finish_erasure, user_id=user_id, deleted=float(deleted))
    await asyncio.sleep(pause)
    return _report(user_id, found, await runtime.engine.scrub())


def _report(user_id: UserId, found: dict[str, TableReport], scrubbed: bool = False) -> Report:
    tables = {name: one for name, one in found.items() if one.deleted or one.kept}
    return Report(user_id=user_id, tables=tables, scrubbed=scrubbed)


async def _drop_receipts(runtime: Runtime, asker: str) -> int:
    """Delete the idempotency records of an account, and return their number."""
    total = 0
    while dropped := (await runtime.engine.write(lambda db: trim_records(db, asker, 0, BATCH))).value:
        total += dropped
    return total


async def _one_account(runtime: Runtime, who: str) -> UserId:
    found: list[UserId] = await runtime.call(find_people, who=who)
    if not found:
        raise NoMatch(f"there is no account with the id or address {who}")
    if len(found) > 1:
        raise NoMatch(f"{len(found)} accounts have the address {who}: name one by its id: {', '.join(found)}")
    return found[0]


async def _each_step(runtime: Runtime, step: Function[..., Step], user_id: UserId, table: str) -> TableReport:
    report = TableReport()
    cursor: str | None = None
    while True:
        options = PaginationOptions(num_items=0, cursor=cursor)
        done: Step = await runtime.call(step, user_id=user_id, table=table, pagination_opts=options)
        report.deleted += done.deleted
        report.kept += done.kept
        if done.done:
            return report
        cursor = done.cursor or None
