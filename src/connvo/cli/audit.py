"""Commands for the audit trail: checking its seals, and exporting it.

Guarantees:
    Results go to standard output, messages to standard error.
"""

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from connvo import __version__
from connvo.kernel.clock import MS
from connvo.rules.audit import seals

from .data import open_engine, run, runtime_of, several, with_open
from .errors import EXIT_FAILED, EXIT_SETTING, DataOption, fail, settings_of, warn

if TYPE_CHECKING:
    from connvo.maintenance.audit_check import Checked, Head
    from connvo.runtime.services import Runtime
    from connvo.store.engine import Engine

ADOPTED_AT_ONCE = 500

app = typer.Typer(name="audit", help="Check the audit trail, and export it.", no_args_is_help=True)


def add_to(parent: typer.Typer) -> None:
    """Add the commands to the command line."""
    parent.add_typer(app)


@app.command()
def verify(
    head: Annotated[
        str | None,
        typer.Option(
            "--head", metavar="N:HASH", help="A seal that is known from elsewhere; the chain must still have it."
        ),
    ] = None,
    adopt: Annotated[
        bool, typer.Option("--adopt", help="Seal old rows that are in no seal, and record that in the trail.")
    ] = False,
    data: DataOption = None,
) -> None:
    """Check every row of the audit trail against its seal, with a server running or not, and print the newest seal.

    Exit code 0: the trail is whole; 1: it is not, and the first fault is printed. A log or `getAuditHead` has earlier
    seals for --head. With CONNVO_AUDIT_KEY the signatures are checked too.
    """
    from connvo.maintenance.audit_check import AuditFault, check

    settings = settings_of(data=data)
    known = None if head is None else _head(head)

    async def work(engine: "Engine") -> "Checked":
        found = await check(engine, settings.audit.key_bytes, known)
        if adopt and found.strays:
            await _adopt(runtime_of(engine, settings), found.strays)
            found = await check(engine, settings.audit.key_bytes, known)
        return found

    try:
        found = run(with_open(open_engine(settings), work))
    except AuditFault as fault:
        fail(EXIT_FAILED, fault.message)
    if found.strays:
        fail(EXIT_FAILED, f"{several(len(found.strays), 'old row')} in no seal, the first is {found.strays[0]}")
    typer.echo(found.head)
    warn(
        f"{several(found.rows, 'row')} in {several(found.seals, 'seal')} from {found.first:,} on, "
        f"{found.pruned:,} of them pruned and "
        f"{found.unsigned:,} not signed; {several(found.unsealed, 'row')} not sealed yet"
    )


@app.command()
def export(
    format: Annotated[str, typer.Option("--format", metavar="FORMAT", help="jsonl, csv or ocsf.")] = "jsonl",
    since: Annotated[
        str | None,
        typer.Option("--from", metavar="TIME", help="First time, ISO 8601: 2026-01-31 or 2026-01-31T08:00Z."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="Last time, ISO 8601; a day counts from its beginning.")
    ] = None,
    data: DataOption = None,
) -> None:
    """Print the audit trail, oldest row first, with a server running or not; the export itself is recorded.

    JSON Lines have the exact text that the seals cover, and end with a line about the seals. OCSF events are of the
    class API Activity (6003). CSV and OCSF have addresses and user agents, as long as these are kept.
    """
    from connvo.maintenance.audit_export import export as write_rows
    from connvo.model.audit.export_lines import FORMATS
    from connvo.model.audit.upkeep import note_export

    settings = settings_of(data=data)
    chosen = next((one for one in FORMATS if one == format), None)
    if chosen is None:
        fail(EXIT_SETTING, f"--format takes {', '.join(FORMATS)}, not {format!r}")
    first, last = _time(since, "--from"), _time(until, "--to")

    async def work(engine: "Engine") -> int:
        count = await write_rows(engine, chosen, first, last, __version__, sys.stdout.buffer.write)
        sys.stdout.buffer.flush()
        await runtime_of(engine, settings).call(note_export, rows=float(count), format=chosen)
        return count

    warn(f"exported {several(run(with_open(open_engine(settings), work)), 'row')}")


async def _adopt(runtime: "Runtime", strays: list[str]) -> None:
    from connvo.model.audit.upkeep import adopt_rows

    for start in range(0, len(strays), ADOPTED_AT_ONCE):
        await runtime.call(adopt_rows, ids=strays[start : start + ADOPTED_AT_ONCE])


def _head(text: str) -> "Head":
    from connvo.maintenance.audit_check import Head

    try:
        return Head(*seals.parse_head(text))
    except ValueError:
        fail(EXIT_SETTING, f"--head takes the number of a seal and its hash, 12:9f…, not {text!r}")


def _time(text: str | None, option: str) -> float | None:
    """Return a time in ms; one without a zone is UTC."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        fail(EXIT_SETTING, f"{option} takes a time such as 2026-01-31 or 2026-01-31T08:00Z, not {text!r}")
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * MS
