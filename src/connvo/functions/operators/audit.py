"""The audit trail in the console: the actions to choose from, its check, and its export in pages."""

from typing import Any

from connvo import __version__
from connvo.kernel.errors import Invalid
from connvo.model.access import require_operator
from connvo.model.audit import export_lines
from connvo.model.audit.export_lines import Format
from connvo.model.audit.sealing import newest_seal
from connvo.model.operators import audit_actions, trail_checks
from connvo.model.pagination import PaginationOpts, end_of
from connvo.rules.audit import seals
from connvo.rules.monitoring.shedding import Priority
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import mutation, noted_for_operators, query
from connvo.runtime.normalization import Clamped
from connvo.runtime.wire import Result
from connvo.schema.audit import AuditLog, AuditSeal

PRIORITY: Priority = "low"

ROWS = Clamped(1, 500, default=500)


class TrailVerdict(Result, frozen=True, kw_only=True):
    """The newest check of the trail. `fault` is the code of the first fault, `at` its row or seal; empty: it is whole.

    `checked_at` is in ms. `pruned` and `unsigned` are seals; `unsealed` rows are too new for one.
    """

    checked_at: float
    fault: str
    at: str
    head: str
    rows: float
    seals: float
    pruned: float
    unsigned: float
    unsealed: float
    seconds: float


class TrailEnding(Result, frozen=True, kw_only=True):
    """The last line of JSON Lines, apart from the number of rows: the seals that hold them, and the newest one."""

    first_seal: float | None = None
    last_seal: float | None = None
    head: str


class ExportPage(Result, frozen=True, kw_only=True):
    """A part of an exported trail: the text of so many rows; with the last part of JSON Lines, its `ending`."""

    text: str
    rows: float
    ending: TrailEnding | None = None
    is_done: bool
    continue_cursor: str | None = None


@query
def list_actions(ctx: QueryCtx) -> list[str]:
    """Return the different actions in the audit trail, up to 500, in the order of the alphabet. For operators.

    Raises:
        Forbidden: The caller is no operator.
    """
    require_operator(ctx)
    return audit_actions.different(ctx)


@mutation
def begin_check(ctx: MutationCtx, head: str | None = None) -> None:
    """Let a job check every row and seal of the trail, as `connvo audit verify` does. For operators; it is audited.

    `head` is a seal that is known from elsewhere, as `number:hash`; the chain must still have it. `getCheck` shows the
    result.

    Raises:
        Forbidden: The caller is no operator.
        Invalid: The head is none.
    """
    operator = require_operator(ctx)
    if head is not None:
        try:
            seals.parse_head(head)
        except ValueError:
            raise Invalid("A head is the number of a seal, a colon, and its hash", "head") from None
    trail_checks.begin(ctx, head, None if operator is None else operator.id)


@query
def get_check(ctx: QueryCtx) -> TrailVerdict | None:
    """Return the newest check of the trail, null before the first. For operators.

    Raises:
        Forbidden: The caller is no operator.
    """
    require_operator(ctx)
    done = trail_checks.newest(ctx)
    if done is None:
        return None
    return TrailVerdict.from_row(done.found, checked_at=done.checked_at, seconds=done.seconds)


def _noted(arguments: dict[str, object], answer: Any) -> tuple[str, int]:
    return f"export,{arguments['format']}", 0 if answer is None else int(answer.rows)


@noted_for_operators(_noted)
@query
def export_page(ctx: QueryCtx, format: Format, pagination_opts: PaginationOpts) -> ExportPage:
    """Return the text of up to 500 rows of the trail, the oldest first, in the form of `connvo audit export`.

    The texts of all pages in order are the file. JSON Lines end with a line of the number of rows and the `ending`. For
    operators; it is audited.

    Raises:
        Forbidden: The caller is no operator.
        Invalid: The cursor belongs to another query, or the size is not finite.
    """
    require_operator(ctx)
    size = ROWS.whole(pagination_opts.num_items, "paginationOpts.numItems")
    cursor, end = pagination_opts.cursor, end_of(pagination_opts)
    page = ctx.db.paginate(AuditLog, "by_creation", cursor=cursor, size=size, end=end)
    sources = export_lines.sources_of(ctx.db, page.items)
    lines = [export_lines.line_of(format, row, sources, __version__) for row in page.items]
    if cursor is None:
        lines.insert(0, export_lines.heading(format))
    return ExportPage(
        text=b"".join(lines).decode(),
        rows=len(page.items),
        ending=_ending(ctx) if page.done and format == "jsonl" else None,
        is_done=page.done,
        continue_cursor=None if page.done else page.cursor,
    )


def _ending(ctx: QueryCtx) -> TrailEnding:
    first = next(iter(ctx.db.scan(AuditSeal, "by_pruned", None, limit=1)), None)
    newest = newest_seal(ctx)
    return TrailEnding(
        first_seal=None if first is None else first.number,
        last_seal=None if first is None or newest is None else newest.number,
        head="" if newest is None else f"{newest.number}:{newest.hash}",
    )
