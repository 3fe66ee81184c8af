"""Commands for the data: schema, archives, backups, erasure of a user, sign-ins, reports.

Guarantees:
    Results go to standard output, messages to standard error.
    A command that writes a file writes all of it or leaves none.
"""

import math
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, TypeVar

import typer

from connvo import __version__

from .errors import (
    EXIT_DATA,
    EXIT_FILE,
    EXIT_PENDING,
    EXIT_REFUSED,
    EXIT_SETTING,
    DataOption,
    exit_on_error,
    fail,
    number_of,
    settings_of,
    warn,
)

if TYPE_CHECKING:
    from connvo.maintenance.erasure import Report
    from connvo.runtime.services import Runtime
    from connvo.settings import Settings
    from connvo.store.engine import Engine

T = TypeVar("T")
STREAM = "-"
FOLLOWED = 2  # servers have read the log after this many polls
# An older program would write rows without the new column, or could not write any.
NOT_BESIDE_OLDER = "ALTER TABLE"

JsonOption = Annotated[bool, typer.Option("--json", help="Print the report as JSON.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(migrate)
    app.command("export")(export_archive)
    app.command("import")(import_archive)
    app.command()(backup)
    app.command()(restore)
    app.command()(erase)
    app.command()(sessions)
    app.command()(reports)
    app.command("model-requests")(model_requests)


def migrate(
    check: Annotated[
        bool, typer.Option("--check", help=f"Only print what would be done; exit code {EXIT_PENDING} if there is any.")
    ] = False,
    data: DataOption = None,
) -> None:
    """Bring the database schema up to this version, as `connvo serve` does when it starts.

    It is safe to run several times, on several machines at once, and beside a running server.
    """
    engine = open_engine(settings_of(data=data), made=not check)
    steps = run(engine.pending())
    for step in steps:
        typer.echo(f"{step};")
    if check:
        if steps:
            warn(_advice(steps))
            raise typer.Exit(EXIT_PENDING)
        warn("the schema is up to date: there is nothing to do")
        return
    run(with_open(engine, lambda _: _nothing()))
    warn("the schema is up to date")


def export_archive(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file, or - for standard output.")],
    data: DataOption = None,
) -> None:
    """Write the whole database as JSON Lines, which `connvo import` reads into any kind of database.

    The archive is one snapshot; a server may run meanwhile. It contains personal data but no keys that sign tokens.
    """
    import asyncio

    from connvo.maintenance.archive import export_to, new_file

    engine = open_engine(settings_of(data=data))

    def write(file: IO[bytes]) -> int:
        return asyncio.run(with_open(engine, lambda open: export_to(open, file, __version__, _progress)))

    def write_new() -> int:
        with new_file(file) as opened:
            return write(opened)

    count = _or_leave(write_new if str(file) != STREAM else lambda: write(sys.stdout.buffer))
    warn(f"exported {several(count, 'document')}")


def import_archive(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="An archive of `connvo export`, or - for standard input.")
    ],
    replace: Annotated[
        bool, typer.Option("--replace", help="Delete the contents of the database in the same transaction.")
    ] = False,
    data: DataOption = None,
) -> None:
    """Read an archive into an empty database, all of it or nothing. No server may run on the database.

    Ids, times and all values stay the same, and clients of the old server can continue with the new one.
    """
    from connvo.maintenance.archive import import_from

    settings = settings_of(data=data)
    with _archive(file) as source:
        engine = open_engine(settings)
        count = run(with_open(engine, lambda open: import_from(open, source, replace, settings.node, _progress)))
    warn(f"imported {several(count, 'document')}")


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file, or a folder for a file with a dated name.")],
    keep: Annotated[
        str | None,
        typer.Option("--keep", metavar="NUMBER", help="Keep this many dated backups in the folder; delete older ones."),
    ] = None,
    data: DataOption = None,
) -> None:
    """Copy the SQLite database to a file while the server runs, check the copy, and print its name."""
    from connvo.store.sqlite.backup import back_up, dated, keep_newest

    source = _sqlite_file(settings_of(data=data))
    newest = None if keep is None else int(number_of(keep, "--keep", 1, math.inf, whole=True))
    if newest is not None and not file.is_dir():
        fail(EXIT_SETTING, f"--keep needs a folder, and {file} is not one")
    target = dated(file) if file.is_dir() else file
    size = exit_on_error(lambda: back_up(source, target))
    old = exit_on_error(lambda: keep_newest(file, newest)) if newest is not None else []
    typer.echo(target)
    warn(f"backed up {size:,} bytes" + (f", deleted {several(len(old), 'older backup')}" if old else ""))


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup made by `connvo backup`.")],
    data: DataOption = None,
) -> None:
    """Replace the SQLite database by a backup, and print where the old one was kept. No server may run on it.

    The clock continues from its old value, so that clients that have seen later data resynchronise.
    """
    from connvo.store.factory import data_folder
    from connvo.store.sqlite.backup import restore as put_back

    settings = settings_of(data=data)
    target = _sqlite_file(settings)
    exit_on_error(lambda: data_folder(settings.server.data))
    old = exit_on_error(lambda: put_back(file, target))
    if old is not None:
        typer.echo(old)
    warn(f"restored {target}" + (", the one it replaced is kept" if old is not None else ""))


def erase(
    user: Annotated[str, typer.Argument(metavar="USER", help="The id or the e-mail address of an account.")],
    yes: Annotated[bool, typer.Option("--yes", help="Erase the user; without it, documents are only counted.")] = False,
    json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Erase a user, with a server running or not, and print the number of deleted and kept documents per table.

    Without --yes nothing is changed. The command can be interrupted and run again.
    """
    from connvo.maintenance.erasure import erase as erase_person
    from connvo.maintenance.erasure import survey

    settings = settings_of(data=data)

    async def work(engine: "Engine") -> "Report":
        runtime = runtime_of(engine, settings)
        return await (
            erase_person(runtime, user, lambda table: warn(f"erasing {table}"), FOLLOWED * settings.store.poll_seconds)
            if yes
            else survey(runtime, user)
        )

    report = run(with_open(open_engine(settings), work))
    typer.echo(_as_json(report, yes) if json else _as_text(report, yes))
    if not yes:
        warn("nothing was changed; --yes erases")
    elif not report.scrubbed:
        warn("traces may be left in free space of the database's files: see operating.md, Erasing a person")


def sessions(
    user: Annotated[
        str,
        typer.Argument(metavar="USER", help="The id, e-mail address or name of an account, or the token's subject."),
    ],
    end: Annotated[
        str | None, typer.Option("--end", metavar="ID", help="End the sign-in with this id: its tokens are refused.")
    ] = None,
    end_all: Annotated[
        bool, typer.Option("--end-all", help="Refuse every token issued for the account until now.")
    ] = False,
    json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """List the sign-ins of an account, or end them, with a server running or not.

    A sign-in is listed after its first call; --end-all also refuses tokens that were never used.
    """
    from connvo.maintenance.sign_outs import Account, end_of, one_account

    if end is not None and end_all:
        fail(EXIT_SETTING, "--end and --end-all cannot be combined: give one of them")
    settings = settings_of(data=data)

    async def work(engine: "Engine") -> "Account":
        account = await one_account(runtime_of(engine, settings), user)
        if end is not None or end_all:
            warn(await end_of(account, end))
        return await account.looked_at_again()

    account = run(with_open(open_engine(settings), work))
    typer.echo(account.as_json() if json else account.as_text())


def reports(data: DataOption = None) -> None:
    """Print the reports of users as JSON Lines, newest first, with a server running or not.

    A report has the ids of users, messages and meetings, and the names of users and meetings. `connvo export` has the
    text of the messages.
    """
    import msgspec

    from connvo.maintenance.reports import reports as read

    settings = settings_of(data=data)

    async def work(engine: "Engine") -> int:
        count = 0
        async for row in read(runtime_of(engine, settings)):
            typer.echo(msgspec.json.encode(row).decode())
            count += 1
        return count

    warn(several(run(with_open(open_engine(settings), work)), "report"))


def model_requests(
    meeting: Annotated[str, typer.Argument(metavar="MEETING", help="The id of a meeting with a transcript.")],
    data: DataOption = None,
) -> None:
    """Print the requests about a meeting that the language model gets, as JSON Lines; nothing is sent.

    They are the bodies of the HTTP requests, made from the transcript as it is now. Those of suggestions come first:
    the last one before the call and the last one during it. Earlier ones are stored nowhere.
    """
    import msgspec

    from connvo.maintenance.model_requests import requests_about

    settings = settings_of(data=data)

    async def work(engine: "Engine") -> int:
        bodies = await requests_about(runtime_of(engine, settings), meeting)
        for body in bodies:
            typer.echo(msgspec.json.encode(body).decode())
        return len(bodies)

    warn(several(run(with_open(open_engine(settings), work)), "request"))


def open_engine(settings: "Settings", made: bool = True) -> "Engine":
    """Return the engine of the settings' database; `made` creates the data folder if it is missing."""
    from connvo.maintenance.tables import declare_tables
    from connvo.store.factory import create_engine, data_folder

    declare_tables()
    if made:
        exit_on_error(lambda: data_folder(settings.server.data))
    return exit_on_error(lambda: create_engine(settings))


def runtime_of(engine: "Engine", settings: "Settings") -> "Runtime":
    """Return a runtime of all functions on an open database."""
    from connvo.app import FUNCTIONS
    from connvo.runtime.registry import Registry
    from connvo.runtime.services import Runtime

    return Runtime(Registry(*FUNCTIONS), engine, settings)


def _sqlite_file(settings: "Settings") -> Path:
    from connvo.store.factory import sqlite_file

    if settings.database.url:
        fail(
            EXIT_DATA,
            "the database is PostgreSQL: back it up and restore it with pg_dump and pg_restore, or use export",
        )
    return sqlite_file(settings)


async def with_open(engine: "Engine", work: Callable[["Engine"], Awaitable[T]]) -> T:
    """Open a database, return the result of `work` on it, and close it."""
    await engine.open()
    try:
        return await work(engine)
    finally:
        await engine.close()


async def _nothing() -> None:
    return


def run(work: Coroutine[None, None, T]) -> T:
    """Return the result of `work`; exit with one line on an error that an operator can fix."""
    import asyncio

    return _or_leave(lambda: asyncio.run(work))


def _or_leave(work: Callable[[], T]) -> T:
    """Return the result of `work`; exit with one line on an error that an operator can fix."""
    from connvo.maintenance.errors import NoMatch
    from connvo.store.archive import ArchiveError, Refused

    try:
        return exit_on_error(work)
    except (Refused, NoMatch) as error:
        fail(EXIT_REFUSED, error.message)
    except ArchiveError as error:
        fail(EXIT_FILE, error.message)
    except OSError as error:
        fail(EXIT_FILE, f"the file or stream failed: {error.strerror or error}")


@contextmanager
def _archive(file: Path) -> Iterator[IO[bytes]]:
    """Open an archive. A stream is copied to a temporary file, because it may have to be read more than once."""
    try:
        with tempfile.TemporaryFile() if str(file) == STREAM else file.open("rb") as opened:
            if str(file) == STREAM:
                shutil.copyfileobj(sys.stdin.buffer, opened)
                opened.seek(0)
            yield opened
    except OSError as error:
        fail(EXIT_FILE, f"cannot read {file}: {error.strerror}")


def _advice(steps: list[str]) -> str:
    if any(step.startswith(NOT_BESIDE_OLDER) for step in steps):
        return f"{several(len(steps), 'change')} to make; stop servers of an older version first"
    return f"{several(len(steps), 'change')} to make; servers of an older version may keep running"


def _progress(count: int) -> None:
    warn(f"{count:,} documents ...")


def several(count: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _as_json(report: "Report", done: bool) -> str:
    import json

    tables = {name: {"deleted": one.deleted, "kept": one.kept} for name, one in report.tables.items()}
    found = {"userId": report.user_id, "erased": done, "scrubbed": report.scrubbed, "tables": tables}
    return json.dumps(found, indent=2)


def _as_text(report: "Report", done: bool) -> str:
    lines = [
        f"{report.user_id} {'is erased' if done else 'would be erased'}",
        f"{'':24}{'deleted':>10}{'kept':>10}",
        *(f"  {name:22}{one.deleted:>10,}{one.kept:>10,}" for name, one in report.tables.items()),
    ]
    return "\n".join(lines)
