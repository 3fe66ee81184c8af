"""Vectors that operators have made of texts of their own."""

import math

from connvo.kernel.errors import Invalid, NotFound
from connvo.model import embedding_rows
from connvo.model.access import require_operator
from connvo.rules.embeddings.models import SourceType, digest, dimensions_of
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import internal_mutation, internal_query
from connvo.runtime.wire import Result
from connvo.schema.embeddings import Embedding, EmbeddingId
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.notes import MeetingNotes
from connvo.schema.profiles import Profile
from connvo.schema.transcripts import Segment
from connvo.schema.users import User, UserId

from . import models
from .pipeline import version_of
from .sources import meeting_scope, user_scope

MAX_METADATA = 16
MAX_METADATA_CHARACTERS = 200


class Stored(Result, frozen=True, kw_only=True):
    """A vector as it is stored."""

    id: EmbeddingId
    vector: bytes


class Prepared(Result, frozen=True, kw_only=True):
    """The model to ask, and the vector if this text has one already."""

    model: str
    stored: Stored | None = None


@internal_query
def prepare(ctx: QueryCtx, source_type: SourceType, source_id: str, content: str, model: str | None) -> Prepared:
    """Check a request of an operator, and return what is there already.

    Raises:
        Unauthorized: The call has no token.
        Forbidden: The caller is no operator.
        NotFound: There is no such source.
        Invalid: The model is not the configured one.
    """
    require_operator(ctx)
    _scope(ctx, source_type, source_id)
    configured = models.made(ctx)
    if configured is None:
        raise Invalid("No embedding model is configured: set CONNVO_EMBEDDING_ENGINE", "model")
    if model not in (None, configured):
        raise Invalid(f"The model of this server is {configured}", "model", configured=configured)
    held = ctx.db.first(Embedding, "by_source", source_type, source_id, configured, 0)
    if held is None or held.digest != digest(configured, content):
        return Prepared(model=configured)
    return Prepared(model=configured, stored=Stored(id=held.id, vector=held.vector))


@internal_mutation
def store(
    ctx: MutationCtx,
    source_type: SourceType,
    source_id: str,
    content: str,
    model: str,
    vector: bytes,
    metadata: dict[str, str | float | bool],
) -> EmbeddingId:
    """Store the vector of a source in place of all that it had of this model; return its id.

    Raises:
        NotFound: The source is gone.
    """
    require_operator(ctx)
    scope, owner, meeting = _scope(ctx, source_type, source_id)
    for row in embedding_rows.of_source(ctx, source_type, source_id, model):
        if row.part > 0 and source_type != "meeting":
            embedding_rows.remove(ctx, row)
    return embedding_rows.put(
        ctx,
        Embedding(
            source_type=source_type,
            source_id=source_id,
            vector=vector,
            model=model,
            dimensions=dimensions_of(model),
            version=version_of(model),
            metadata=metadata,
            digest=digest(model, content),
            scope=scope,
            owner_id=owner,
            meeting_id=meeting,
            created_at=ctx.now,
            updated_at=ctx.now,
        ),
    ).id


def accepted_metadata(given: dict[str, str | float | bool] | None) -> dict[str, str | float | bool]:
    """Return metadata as stored.

    Raises:
        Invalid: It has too many fields, or one that is too long or not finite.
    """
    found = given or {}
    if len(found) > MAX_METADATA:
        raise Invalid(f"metadata has {MAX_METADATA} fields at most", "metadata", maximum=MAX_METADATA)
    for name, value in found.items():
        if len(name) > MAX_METADATA_CHARACTERS or (isinstance(value, str) and len(value) > MAX_METADATA_CHARACTERS):
            raise Invalid(
                f"A field of metadata has {MAX_METADATA_CHARACTERS} characters at most",
                "metadata",
                maximum=MAX_METADATA_CHARACTERS,
            )
        if isinstance(value, float) and not math.isfinite(value):
            raise Invalid("A number of metadata needs to be finite", "metadata")
    return found


def _scope(ctx: QueryCtx, source_type: SourceType, source_id: str) -> tuple[str, UserId | None, MeetingId | None]:
    """Return the scope, the owner and the meeting of a source.

    Raises:
        NotFound: There is no such source.
    """
    match source_type:
        case "user":
            user = ctx.db.get(User, source_id)
            if user is not None:
                return user_scope(user.id), user.id, None
        case "profile":
            profile = ctx.db.get(Profile, source_id)
            if profile is not None:
                return user_scope(profile.user_id), profile.user_id, None
        case "meeting":
            meeting = ctx.db.get(Meeting, source_id)
            if meeting is not None:
                return meeting_scope(meeting.id), None, meeting.id
        case "note":
            head = ctx.db.get(MeetingNotes, source_id)
            if head is not None:
                return meeting_scope(head.meeting_id), None, head.meeting_id
        case "transcriptSegment":
            segment = ctx.db.get(Segment, source_id)
            if segment is not None:
                return meeting_scope(segment.meeting_id), segment.speaker_id, segment.meeting_id
    raise NotFound("Source", source_id, sourceType=source_type)
