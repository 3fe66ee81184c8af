"""The way from a changed source to its passages and vectors.

A sweep has due tasks worked on. A claim stores the passages and returns the texts whose vectors are missing; the model
is asked outside of any transaction; storing reads the source again, so that only vectors of its present text are kept.

Guarantees:
    A node that dies at any point costs a repeated call, never a second row; its claims are taken again.
    A vector is stored only for the text that the source has in that transaction.
    A text that no model takes rests with a reason, and delays no other.
"""

import msgspec
import structlog

from connvo.model import embedding_rows, embedding_tasks
from connvo.model.embedding_tasks import MS
from connvo.providers.embeddings.base import BATCH, EmbeddingError
from connvo.providers.embeddings.factory import model_of
from connvo.rules.embeddings.models import OF_THE_SERVER, EmbeddingFailure, digest, dimensions_of
from connvo.rules.transcripts import finding
from connvo.runtime.context import ActionCtx, MutationCtx, QueryCtx
from connvo.runtime.function import every, internal_action, internal_mutation
from connvo.runtime.wire import Result
from connvo.schema.embeddings import Embedding, EmbeddingTask, EmbeddingTaskId, Passage
from connvo.telemetry.instruments import EMBEDDING_SECONDS, EMBEDDING_TEXTS

from . import health, models, sources
from .sources import Piece, Source

log = structlog.get_logger()
SWEEP_SECONDS = 5.0
DAY = 86_400.0
MAX_TRIES = 8
FIRST_PAUSE_MS = 2 * MS
MAX_PAUSE_MS = 300 * MS
# A claim counts as lost this long after the deadline of its call.
SLACK_SECONDS = 30.0
# The batches of one action, which ends within the time limit of actions.
MAX_BATCHES = 40
WORK_SECONDS = 20.0
# A claim goes on until it has read so many documents. Storing reads about twice as many, which one call may.
CLAIM_ROWS = 6_000
RETRY_BATCH = 500


class Work(Result, frozen=True, kw_only=True):
    """Claimed tasks, and the texts that the model is to be asked about, by their digests."""

    model: str
    tasks: list[EmbeddingTaskId]
    texts: dict[str, str]


@every(seconds=SWEEP_SECONDS)
@internal_mutation
def sweep_sources(ctx: MutationCtx) -> None:
    """Keep the models as they are configured, and have due tasks worked on."""
    models.keep(ctx)
    models.fill(ctx)
    if any(ctx.db.scan(EmbeddingTask, "by_due", state, until=ctx.now, limit=1) for state in ("waiting", "behind")):
        ctx.scheduler.run_after(0, make_vectors)


@internal_action
async def make_vectors(ctx: ActionCtx) -> None:
    """Work on due tasks until there are none, or for some seconds."""
    until = ctx.now() + WORK_SECONDS * MS
    for _ in range(MAX_BATCHES):
        work = await ctx.run_mutation(claim_sources)
        if work is None or (work.texts and not await _make(ctx, work)) or ctx.now() > until:
            return


@internal_mutation
def claim_sources(ctx: MutationCtx) -> Work | None:
    """Claim due tasks and store their passages; return None if there is nothing to do now."""
    due = _due(ctx)
    model = models.made(ctx)
    # Without the model, passages are still found by their words.
    asks = model is not None and health.closed_until(ctx, model) is None
    room = BATCH if model is None or not model_of(ctx.settings.embeddings, model).sends else health.left_today(ctx)
    texts: dict[str, str] = {}
    claimed: list[EmbeddingTaskId] = []
    least = ctx.db.budget.rows - CLAIM_ROWS
    for task in due:
        if ctx.db.budget.rows < least:
            break  # the rest is claimed next
        source = sources.read(ctx, task.kind, task.source_id)
        if source is None:
            _forget(ctx, task)
            continue
        _store_passages(ctx, source)
        if model is None:
            ctx.db.delete(task)
            continue
        _, missing = _compared(ctx, model, source)
        if not missing:
            ctx.db.delete(task)
            continue
        wanted = missing[: max(0, min(BATCH, room) - len(texts))]
        if not asks or not wanted:
            ctx.db.patch(task, due_at=_look_again(ctx, model, room))
            continue
        texts |= {digest(model, piece.text): piece.text for piece in wanted}
        ctx.db.patch(task, due_at=ctx.now + (ctx.settings.embeddings.call_seconds + SLACK_SECONDS) * MS)
        claimed.append(task.id)
    if texts and model is not None:
        health.admit(ctx, model)
        if model_of(ctx.settings.embeddings, model).sends:
            health.count_sent(ctx, len(texts))
    return Work(model=model or "", tasks=claimed, texts=texts) if due else None


@internal_mutation
def store_vectors(
    ctx: MutationCtx, model: str, tasks: list[EmbeddingTaskId], vectors: dict[str, bytes], milliseconds: float
) -> None:
    """Store the vectors of those texts that their sources still have, and end the tasks that lack none."""
    health.note_success(ctx, model)
    ctx.record(EMBEDDING_TEXTS, len(vectors), outcome="made")
    ctx.record(EMBEDDING_SECONDS, milliseconds / MS)
    totals = embedding_rows.totals(ctx, model)
    made, spent = totals.made + len(vectors), totals.making_ms + milliseconds
    embedding_rows.change(ctx, msgspec.structs.replace(totals, made=made, making_ms=spent))
    if model != models.made(ctx):
        return  # another model was configured meanwhile: the tasks are claimed again for it
    for task_id in tasks:
        task = ctx.db.get(EmbeddingTask, task_id)
        if task is None:
            continue
        source = sources.read(ctx, task.kind, task.source_id)
        if source is None:
            _forget(ctx, task)
            continue
        held, missing = _compared(ctx, model, source)
        digests = [(piece, digest(model, piece.text)) for piece in missing]
        found = [_row(ctx, model, source, piece, vectors[one]) for piece, one in digests if one in vectors]
        embedding_rows.put_each(ctx, found, held)
        if len(found) == len(missing):
            ctx.db.delete(task)
        else:
            # A source that has lost all the texts that were asked about is being changed right now.
            pause = 0.0 if found else embedding_tasks.delay_of(task.kind)
            ctx.db.patch(task, due_at=ctx.now + pause, tries=0, because=None)


@internal_mutation
def note_failure(
    ctx: MutationCtx,
    model: str,
    tasks: list[EmbeddingTaskId],
    texts: int,
    reason: EmbeddingFailure,
    retry_after: float | None,
) -> None:
    """Have tasks wait after a failed call; one whose text fails too often rests."""
    health.note_failure(ctx, model, reason)
    ctx.record(EMBEDDING_TEXTS, texts, outcome=reason)
    if reason == "unusable":
        totals = embedding_rows.totals(ctx, model)
        embedding_rows.change(ctx, msgspec.structs.replace(totals, refused=totals.refused + 1))
    for task_id in tasks:
        task = ctx.db.get(EmbeddingTask, task_id)
        if task is None:
            continue
        if reason in OF_THE_SERVER:
            pause = FIRST_PAUSE_MS if retry_after is None else retry_after * MS
            ctx.db.patch(task, because=reason, due_at=ctx.now + pause)
        elif task.tries + 1 >= MAX_TRIES:
            ctx.db.patch(task, state="resting", tries=task.tries + 1, because=reason)
        else:
            pause = min(FIRST_PAUSE_MS * 2.0**task.tries, MAX_PAUSE_MS)
            ctx.db.patch(task, tries=task.tries + 1, because=reason, due_at=ctx.now + pause)


@internal_mutation
def retry_resting(ctx: MutationCtx) -> int:
    """Have a batch of resting tasks worked on again; return their number."""
    found = ctx.db.scan(EmbeddingTask, "by_due", "resting", limit=RETRY_BATCH)
    for task in found:
        ctx.db.patch(task, state="waiting", tries=0, because=None, due_at=ctx.now)
    return len(found)


@every(seconds=DAY)
@internal_mutation
def drop_old_models(ctx: MutationCtx) -> None:
    """Delete a batch of vectors of former models, and of old counts; run again while there are more."""
    if any([models.drop_inactive(ctx), health.drop_old_usage(ctx)]):
        ctx.scheduler.run_after(0, drop_old_models)


async def _make(ctx: ActionCtx, work: Work) -> bool:
    """Ask the model and store its vectors; return False after a failure of the model."""
    since = ctx.now()
    digests = list(work.texts)
    try:
        found = await model_of(ctx.settings.embeddings, work.model).embed([work.texts[one] for one in digests])
    except EmbeddingError as error:
        log.warning("embedding_failed", model=work.model, reason=error.reason)
        await ctx.run_mutation(
            note_failure,
            model=work.model,
            tasks=work.tasks,
            texts=len(digests),
            reason=error.reason,
            retry_after=error.retry_after,
        )
        return error.reason not in OF_THE_SERVER
    await ctx.run_mutation(
        store_vectors,
        model=work.model,
        tasks=work.tasks,
        vectors=dict(zip(digests, found, strict=True)),
        milliseconds=ctx.now() - since,
    )
    return True


def _due(ctx: QueryCtx) -> list[EmbeddingTask]:
    """Return due tasks, fresh ones first. One whose text has failed comes alone, so that it fails no others."""
    due = ctx.db.scan(EmbeddingTask, "by_due", "waiting", until=ctx.now, limit=BATCH)
    if not due:
        due = ctx.db.scan(EmbeddingTask, "by_due", "behind", until=ctx.now, limit=BATCH)
    untried = [task for task in due if task.tries == 0]
    return untried or due[:1]


def _compared(ctx: MutationCtx, model: str, source: Source) -> tuple[dict[int, Embedding], list[Piece]]:
    """Return the vectors of a source by their parts, and the parts without one of their text.

    Vectors of parts that are gone are deleted.
    """
    held = {
        row.part: row
        for row in embedding_rows.of_source(ctx, source.source_type, source.source_id)
        if row.model == model and source.first <= row.part < source.end
    }
    parts = {piece.part for piece in source.pieces}
    for part, row in held.items():
        if part not in parts:
            embedding_rows.remove(ctx, row)
    missing = [
        piece
        for piece in source.pieces
        if piece.part not in held or held[piece.part].digest != digest(model, piece.text)
    ]
    spared = len(source.pieces) - len(missing)
    if spared:
        totals = embedding_rows.totals(ctx, model)
        embedding_rows.change(ctx, msgspec.structs.replace(totals, spared=totals.spared + spared))
    return held, missing


def _row(ctx: QueryCtx, model: str, source: Source, piece: Piece, vector: bytes) -> Embedding:
    return Embedding(
        source_type=source.source_type,
        source_id=source.source_id,
        vector=vector,
        model=model,
        dimensions=dimensions_of(model),
        version=version_of(model),
        part=piece.part,
        digest=digest(model, piece.text),
        scope=source.scope,
        owner_id=piece.owner_id,
        meeting_id=source.meeting_id,
        created_at=ctx.now,
        updated_at=ctx.now,
    )


def version_of(model: str) -> str:
    """Return the revision that a model's name states."""
    return model.rpartition("/")[0].rpartition("@")[2]


def _store_passages(ctx: MutationCtx, source: Source) -> None:
    """Store the passages of a source that is no segment; those are found as they are."""
    if source.kind is None or source.meeting_id is None:
        return
    kind, meeting_id = source.kind, source.meeting_id
    most = embedding_tasks.MOST_PASSAGES
    held = {row.part: row for row in ctx.db.scan(Passage, "by_meeting", meeting_id, kind, limit=most)}
    for piece in source.pieces:
        row = held.pop(piece.part, None)
        place = {"owner_id": piece.owner_id, "item_id": piece.item_id, "at": piece.at}
        if row is not None and row.text == piece.text and all(getattr(row, name) == place[name] for name in place):
            continue
        terms = " ".join([finding.scope_of(meeting_id), *finding.terms_of(piece.text)])
        if row is not None:
            ctx.db.patch(row, text=piece.text, terms=terms, **place)
            continue
        ctx.db.insert(
            Passage(
                meeting_id=meeting_id,
                kind=kind,
                part=piece.part,
                text=piece.text,
                terms=terms,
                owner_id=piece.owner_id,
                item_id=piece.item_id,
                at=piece.at,
            )
        )
    for row in held.values():
        ctx.db.delete(row)


def _forget(ctx: MutationCtx, task: EmbeddingTask) -> None:
    """End the task of a source that is gone. Its rows went with it, unless an operator stored one meanwhile."""
    if task.kind in ("profile", "transcriptSegment"):
        embedding_rows.remove_of(ctx, task.kind, task.source_id)
    ctx.db.delete(task)


def _look_again(ctx: QueryCtx, model: str, room: int) -> float:
    """Return when to look again at a task that cannot be worked on now."""
    pause = FIRST_PAUSE_MS if room > 0 else MAX_PAUSE_MS
    return max(ctx.now + pause, health.closed_until(ctx, model) or 0.0)
