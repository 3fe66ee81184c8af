"""Prompts as they are stored: created with the users on whom they rest, closed, and deleted with their feedback."""

from collections.abc import Iterable

from connvo.rules.prompts import nudges
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.meetings import MeetingId
from connvo.schema.prompts import Prompt, PromptFeedback, PromptId, PromptSource, PromptType
from connvo.schema.users import UserId

# More than members can collect by rating ideas between two forced sets.
MAX_READ = 500


def insert(ctx: MutationCtx, prompt: Prompt, sources: Iterable[str]) -> Prompt:
    """Store a prompt with the users on whom it rests; return it."""
    stored = ctx.db.insert(prompt)
    for user_id in sources:
        ctx.db.insert(PromptSource(meeting_id=prompt.meeting_id, prompt_id=stored.id, user_id=UserId(user_id)))
    return stored


def remove(ctx: MutationCtx, prompt: Prompt) -> None:
    """Delete a prompt with its feedback and its sources."""
    for row in (*feedback_on(ctx, prompt.id), *sources_of(ctx, prompt.id)):
        ctx.db.delete(row)
    ctx.db.delete(prompt)


def forget_source(ctx: MutationCtx, source: PromptSource) -> None:
    """Delete the prompt that rests on a user who is erased; the row itself was deleted."""
    prompt = ctx.db.get(Prompt, source.prompt_id)
    if prompt is not None:
        remove(ctx, prompt)


def close(ctx: MutationCtx, prompt: Prompt) -> None:
    """End a nudge. Words of a transcript and names do not outlive it."""
    content = nudges.OVER.get(prompt.kind, prompt.content)
    ctx.db.patch(prompt, open=False, content=content, cites=(), updated_at=ctx.now)
    if content != prompt.content:
        for source in sources_of(ctx, prompt.id):
            ctx.db.delete(source)


def open_prompts(ctx: QueryCtx, meeting_id: MeetingId, kind: PromptType) -> list[Prompt]:
    """Return the ideas of a meeting, or its nudges that are not over: the most relevant first, then the newest."""
    found = ctx.db.scan(Prompt, "by_meeting", meeting_id, kind, True, reverse=True, limit=MAX_READ)
    return sorted(found, key=lambda one: (-one.relevance, -one.created_at, one.id))


def feedback_on(ctx: QueryCtx, prompt_id: PromptId) -> list[PromptFeedback]:
    """Return all feedback on a prompt."""
    return ctx.db.scan(PromptFeedback, "by_prompt", prompt_id)


def feedback_of(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> list[PromptFeedback]:
    """Return a member's feedback in a meeting."""
    return ctx.db.scan(PromptFeedback, "by_member", meeting_id, user_id)


def sources_of(ctx: QueryCtx, prompt_id: PromptId) -> list[PromptSource]:
    """Return the users on whom a prompt rests."""
    return ctx.db.scan(PromptSource, "by_prompt", prompt_id)


def sources_in(ctx: QueryCtx, meeting_id: MeetingId) -> dict[PromptId, list[UserId]]:
    """Return the users on whom each prompt of a meeting rests."""
    found: dict[PromptId, list[UserId]] = {}
    for source in ctx.db.scan(PromptSource, "by_meeting", meeting_id):
        found.setdefault(source.prompt_id, []).append(source.user_id)
    return found
