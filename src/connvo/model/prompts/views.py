"""The prompts of a meeting as a member sees them: those meant for them, with their own feedback alone."""

from typing import NamedTuple

from connvo.rules.prompts.rests import is_spared
from connvo.runtime.context import QueryCtx
from connvo.runtime.wire import Result
from connvo.schema.meetings import Participant
from connvo.schema.prompts import Feedback, Prompt, PromptFeedback, PromptId, PromptType

from . import records
from .basis import may_rest_on
from .last_meeting import is_current

DISMISSED: Feedback = "dismissed"


class PromptView(Result, frozen=True, kw_only=True):
    """A prompt as the caller sees it; `feedback` and `used_at` are their own. Times in milliseconds."""

    id: PromptId
    content: str
    tags: list[str]
    relevance: float
    used_at: float | None = None
    feedback: Feedback | None = None
    created_at: float


class Seen(NamedTuple):
    """A prompt that a member sees, with their feedback."""

    prompt: Prompt
    feedback: PromptFeedback | None

    @property
    def changed_at(self) -> float:
        """The time of the newest change."""
        return max(self.prompt.updated_at, 0.0 if self.feedback is None else self.feedback.updated_at)

    def view(self) -> PromptView:
        """Return the prompt as the member sees it."""
        own = self.feedback
        return PromptView(
            id=self.prompt.id,
            content=self.prompt.content,
            tags=list(self.prompt.tags),
            relevance=self.prompt.relevance,
            used_at=None if own is None else own.used_at,
            feedback=None if own is None else own.feedback,
            created_at=self.prompt.created_at,
        )


def is_for(prompt: Prompt, member: Participant) -> bool:
    """Return whether a prompt is meant for a member."""
    if prompt.audience == "person":
        return prompt.person_id == member.user_id
    return prompt.audience == "all" or member.role == "host"


def seen_by(ctx: QueryCtx, member: Participant, kind: PromptType) -> list[Seen]:
    """Return the prompts that a member sees, the most relevant first, then the newest."""
    own = {one.prompt_id: one for one in records.feedback_of(ctx, member.meeting_id, member.user_id)}
    found = [one for one in records.open_prompts(ctx, member.meeting_id, kind) if is_for(one, member)]
    found = [one for one in found if one.id not in own or own[one.id].feedback != DISMISSED]
    if kind == "precall":
        found = _shown_ideas(ctx, member, found)
    else:
        found = [one for one in found if not spares(list(own.values()), one.kind, one.created_at)]
    return [Seen(one, own.get(one.id)) for one in found]


def may_see(ctx: QueryCtx, member: Participant, prompt: Prompt) -> bool:
    """Return whether a prompt is meant for a member, and rests on nothing that they may not see now."""
    if prompt.meeting_id != member.meeting_id or not is_for(prompt, member):
        return False
    return prompt.type == "incall" or bool(_shown_ideas(ctx, member, [prompt]))


def spares(feedback: list[PromptFeedback], kind: str, at: float) -> bool:
    """Return whether nudges of a kind rest for the member who gave this feedback."""
    dismissals = [one.dismissed_at for one in feedback if one.kind == kind and one.dismissed_at is not None]
    return is_spared(dismissals, at)


def _shown_ideas(ctx: QueryCtx, member: Participant, found: list[Prompt]) -> list[Prompt]:
    """Return the ideas that rest on public profiles of members, or on open actions of a meeting that they attended.

    Profiles may have been hidden since the ideas were made, and actions done.
    """
    sources = records.sources_in(ctx, member.meeting_id)
    people = {one for prompt in found if prompt.origin_id is None for one in sources.get(prompt.id, [])}
    hidden = {one for one in people if not may_rest_on(ctx, member.meeting_id, one)}
    return [
        one
        for one in found
        if (
            hidden.isdisjoint(sources.get(one.id, []))
            if one.origin_id is None
            else is_current(ctx, one, member.user_id)
        )
    ]
