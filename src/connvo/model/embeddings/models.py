"""The models of the database: the active one, and one that takes its place while all texts are made again.

Guarantees:
    At most one model is active, and a search compares vectors of one model only.
    A model becomes active in the commit after which every source has its vectors.
"""

from connvo.kernel.errors import ServiceUnavailable
from connvo.model import embedding_tasks
from connvo.model.embedding_tasks import MS
from connvo.providers.embeddings.factory import can_be_asked, configured_name, least_of
from connvo.rules.embeddings.models import dimensions_of
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.embeddings import Embedding, EmbeddingTask, EmbeddingTotals, VectorIndexMeta
from connvo.schema.meetings import Meeting
from connvo.schema.profiles import Profile
from connvo.schema.transcripts import Segment
from connvo.store.purging import BATCH
from connvo.store.schema import BY_CREATION, Document

WEEK_MS = 7 * 24 * 3600 * MS
FILL_BATCH = 200
# So many tasks of a whole database wait at a time.
MOST_BEHIND = 1_000
MOST_MODELS = 100
TABLES: dict[str, type[Document]] = {"profiles": Profile, "meetings": Meeting, "segments": Segment}
NEXT_TABLE = {"profiles": "meetings", "meetings": "segments", "segments": None}
FIRST_TABLE = "profiles"


def find(ctx: QueryCtx, name: str) -> VectorIndexMeta | None:
    """Return the row of a model, or None."""
    return ctx.db.first(VectorIndexMeta, "by_name", name)


def active(ctx: QueryCtx) -> VectorIndexMeta | None:
    """Return the row of the active model, or None before the first."""
    return ctx.db.first(VectorIndexMeta, "by_status", "active")


def made(ctx: QueryCtx) -> str | None:
    """Return the model with which vectors are made now: the configured one; None if there is none."""
    return configured_name(ctx.settings.embeddings)


def searched(ctx: QueryCtx) -> str | None:
    """Return the model whose vectors are searched: the active one while it can be asked, else the configured one."""
    row = active(ctx)
    if row is not None and made(ctx) is not None and can_be_asked(ctx.settings.embeddings, row.index_name):
        return row.index_name
    return made(ctx)


def required(ctx: QueryCtx) -> str:
    """Return the model whose vectors are searched.

    Raises:
        ServiceUnavailable: No model is configured.
    """
    name = searched(ctx)
    if name is None:
        raise ServiceUnavailable("No embedding model is configured on this server")
    return name


def keep(ctx: MutationCtx) -> None:
    """Make the configured model the active one, or let it take the place of the active one step by step."""
    name = made(ctx)
    if name is None:
        return
    held, current = find(ctx, name), active(ctx)
    if current is not None and current.index_name == name:
        _give_up_others(ctx, name)
    elif held is None or held.status == "inactive":
        _begin(ctx, name, held, first=current is None)
    elif held.status == "migrating" and held.filling is None and not _behind(ctx, 1):
        if current is not None:
            ctx.db.patch(current, status="inactive", filling=None, filled_to=None, updated_at=ctx.now)
        ctx.db.patch(held, status="active", updated_at=ctx.now)


def fill(ctx: MutationCtx) -> bool:
    """Give tasks to the next rows of a database whose model is new; return whether more are left."""
    name = made(ctx)
    row = None if name is None else find(ctx, name)
    if row is None or row.filling is None:
        return False
    if _behind(ctx, MOST_BEHIND) >= MOST_BEHIND:
        return False
    page = ctx.db.paginate(TABLES[row.filling], BY_CREATION, cursor=row.filled_to, size=FILL_BATCH)
    for document in page.items:
        _give_tasks(ctx, document)
    if page.done:
        ctx.db.patch(row, filling=NEXT_TABLE[row.filling], filled_to=None, updated_at=ctx.now)
    else:
        ctx.db.patch(row, filled_to=page.cursor, updated_at=ctx.now)
    return True


def drop_inactive(ctx: MutationCtx) -> bool:
    """Delete a batch of vectors of models that another has replaced a week ago; return whether more are left."""
    for row in ctx.db.scan(VectorIndexMeta, "by_status", "inactive", limit=MOST_MODELS):
        if row.updated_at > ctx.now - WEEK_MS:
            continue
        found = ctx.db.scan(Embedding, "by_model", row.index_name, limit=BATCH)
        for vector in found:
            ctx.db.delete(vector)
        if len(found) < BATCH:
            totals = ctx.db.first(EmbeddingTotals, "by_model", row.index_name)
            if totals is not None:
                ctx.db.delete(totals)
            ctx.db.delete(row)
        return True
    return False


def _begin(ctx: MutationCtx, name: str, held: VectorIndexMeta | None, first: bool) -> None:
    """Have all sources made with a model, which is active at once if there is no other."""
    config: dict[str, str | float | bool] = {
        "dimensions": float(dimensions_of(name)),
        "least": least_of(ctx.settings.embeddings, name),
        "metric": "cosine",
        "exact": True,
    }
    status = "active" if first else "migrating"
    if held is not None:
        ctx.db.patch(held, status=status, config=config, filling=FIRST_TABLE, filled_to=None, updated_at=ctx.now)
        return
    ctx.db.insert(
        VectorIndexMeta(
            provider=name.partition("/")[0],
            index_name=name,
            config=config,
            status="active" if first else "migrating",
            filling=FIRST_TABLE,
            created_at=ctx.now,
            updated_at=ctx.now,
        )
    )


def _give_up_others(ctx: MutationCtx, name: str) -> None:
    """End the migration to a model that is configured no longer."""
    for row in ctx.db.scan(VectorIndexMeta, "by_status", "migrating", limit=MOST_MODELS):
        if row.index_name != name:
            ctx.db.patch(row, status="inactive", filling=None, filled_to=None, updated_at=ctx.now)


def _give_tasks(ctx: MutationCtx, document: Document) -> None:
    match document:
        case Profile():
            embedding_tasks.note(ctx, "profile", document.id, state="behind")
        case Meeting():
            for kind in ("meeting", "note", "report", "chat"):
                embedding_tasks.note(ctx, kind, document.id, document.id, state="behind")
        case Segment():
            embedding_tasks.note(ctx, "transcriptSegment", document.id, document.meeting_id, state="behind")


def _behind(ctx: QueryCtx, limit: int) -> int:
    return ctx.db.count(EmbeddingTask, "by_due", "behind", limit=limit)
