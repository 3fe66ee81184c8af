"""Reports are started, stopped and removed, beside the end of a meeting, by hosts, deletion of words, and erasure."""

from connvo.kernel.errors import Invalid
from connvo.model import embedding_tasks
from connvo.model.audit import audit
from connvo.model.transcripts import speech, transcription
from connvo.rules.insights import revisions
from connvo.rules.insights.states import is_over
from connvo.runtime.context import MutationCtx
from connvo.runtime.function import internal_mutation
from connvo.schema.insights import InsightRun, Recommendation
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.users import UserId

from . import pipeline, reports, runs, steps

OFF = "A host has switched reports off for this meeting"
NOT_OVER = "The meeting is not over: its report is made at its end"
MOST_PEOPLE = 200
# Words are deleted in batches; a run that begins again must not read them.
DELETION_MS = 5_000.0


def at_end(ctx: MutationCtx, meeting: Meeting) -> None:
    """Begin the run of a meeting that ends now; a recogniser may still deliver its last words."""
    session = transcription.find(ctx, meeting.id)
    recognises = session is not None and session.mode == "transcript"
    pipeline.begin(ctx, meeting, speech.FLUSH_MS if recognises else 0.0)


def at_reopening(ctx: MutationCtx, meeting: Meeting) -> None:
    """Take back the run of a meeting that goes on; a report that exists stays until its next end."""
    run = runs.find(ctx, meeting.id)
    if run is None or run.state == "off":
        return
    steps.drop_all(ctx, meeting.id)
    if reports.find(ctx, meeting.id) is None:
        ctx.db.delete(run)
    elif not is_over(run.state):
        runs.finish(ctx, run, "ready")


@internal_mutation
def transcript_is_final(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Queue a run that waits for the last words, which have arrived."""
    run = runs.find(ctx, meeting_id)
    if run is not None and run.state == "waiting":
        runs.begin(ctx, meeting_id, "queued", ctx.now)
        ctx.scheduler.run_after(0, pipeline.sweep)


def request(ctx: MutationCtx, meeting: Meeting, again: bool) -> InsightRun:
    """Return the run of a meeting, begun if there is none or the last one failed, or `again`.

    Raises:
        Invalid: The meeting is not over, or its reports are off.
    """
    if meeting.state != "concluded":
        raise Invalid(NOT_OVER, "meetingId", meetingId=meeting.id, state=meeting.state)
    run = runs.find(ctx, meeting.id)
    if run is not None and run.state == "off":
        raise Invalid(OFF, "meetingId", meetingId=meeting.id, reason="insights_off")
    if run is None or run.state == "failed" or (again and is_over(run.state)):
        pipeline.begin(ctx, meeting)
    found = runs.find(ctx, meeting.id)
    if found is None:
        raise LookupError(f"meeting {meeting.id} has no run")
    return found


def set_enabled(ctx: MutationCtx, meeting: Meeting, enabled: bool, actor: UserId) -> None:
    """Switch the report of a meeting on, or off with everything that was made."""
    run = runs.find(ctx, meeting.id)
    if enabled == (run is None or run.state != "off"):
        return
    audit(ctx, "insights.on" if enabled else "insights.off", "meetings", meeting.id, actor)
    if enabled:
        if run is not None:
            ctx.db.delete(run)
        if meeting.state == "concluded":
            pipeline.begin(ctx, meeting)
        return
    steps.drop_all(ctx, meeting.id)
    reports.drop(ctx, meeting.id)
    runs.begin(ctx, meeting.id, "off", ctx.now)


def forget_transcript(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Delete what was made from a transcript that is deleted."""
    steps.drop_all(ctx, meeting_id)
    reports.drop(ctx, meeting_id)
    run = runs.find(ctx, meeting_id)
    if run is not None and run.state != "off":
        runs.finish(ctx, run, "empty", "transcript_deleted")


def forget_words(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Remove what rests on the words of one speaker alone, which are deleted."""
    _reduce(ctx, meeting_id, user_id, owned=False)


def forget_person(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Remove an erased person from the report of a meeting, and from the recommendations of others."""
    _reduce(ctx, meeting_id, user_id, owned=True)
    for found in ctx.db.scan(Recommendation, "by_other", meeting_id, user_id, limit=MOST_PEOPLE):
        ctx.db.delete(found)


def _reduce(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId, owned: bool) -> None:
    # Steps that run have read the words; a run that loses its step begins again.
    steps.drop_all(ctx, meeting_id)
    run, row = runs.find(ctx, meeting_id), reports.find(ctx, meeting_id)
    if run is not None and run.state == "running":
        due_at = ctx.now + DELETION_MS
        runs.begin(ctx, meeting_id, "queued", due_at)
        ctx.scheduler.run_at(due_at, pipeline.sweep)
    if row is None:
        return
    reduced = revisions.without_person(row.report, user_id, owned)
    removed = tuple(item for item in row.removed if any(cite.speaker_id != user_id for cite in item.cites))
    row = ctx.db.patch(row, report=reduced, removed=removed, updated_at=ctx.now)
    # The rest is made findable again, but items that are gone must not wait for that.
    embedding_tasks.report_deleted(ctx, meeting_id)
    embedding_tasks.report_changed(ctx, meeting_id)
    ctx.scheduler.run_after(0, pipeline.write_insights, meeting_id=meeting_id, revision=row.revision)
