"""Ideas before a call, made once for all members of a meeting.

Guarantees:
    Looking for a set and storing one are a single transaction, so two callers get the same set.
    A set is made again when what it rests on has changed, or for a host who asks for it; rated ideas stay.
"""

from connvo.kernel.errors import Invalid
from connvo.model.access import require_meeting, require_permission
from connvo.model.rate_limits import charge
from connvo.rules.meeting_states import is_open
from connvo.rules.prompts import openers
from connvo.rules.prompts.openers import Opener
from connvo.runtime.context import MutationCtx
from connvo.runtime.function import internal_mutation
from connvo.runtime.wire import Result
from connvo.schema.meetings import MeetingId
from connvo.schema.prompts import Prompt, PromptId

from . import asks, last_meeting, records
from .basis import basis_of
from .views import seen_by

ACTION = "preCallIdeas"
BURST = 10.0
RATE = 10.0 / 300.0


class Ideas(Result, frozen=True, kw_only=True):
    """The ideas of a meeting, the most relevant first. `generated`: this call made them."""

    prompt_ids: list[PromptId]
    generated: bool
    from_cache: bool


@internal_mutation
def make_ideas(ctx: MutationCtx, meeting_id: MeetingId, force: bool = False) -> Ideas:
    """Return the ideas of a meeting that is not over; make them if there are none, or those there are out of date.

    Raises:
        Forbidden: The caller is not a member.
        InsufficientRole: The caller forces a new set, and is not a host.
        Invalid: The meeting is over.
        RateLimited: The caller has asked too often.
    """
    caller, member = require_permission(ctx, meeting_id, "prompts", "manage" if force else "read")
    meeting = require_meeting(ctx, meeting_id)
    if not is_open(meeting.state):
        raise Invalid("The meeting is over: it needs no ideas", "meetingId", meetingId=meeting_id, state=meeting.state)
    charge(ctx, caller.id, ACTION, meeting_id, BURST, RATE)
    last = last_meeting.find(ctx, meeting)
    basis = basis_of(ctx, meeting, last_meeting.open_actions(ctx, last))
    mark = openers.fingerprint(basis)
    held = records.open_prompts(ctx, meeting_id, "precall")
    is_fresh = force or all(one.basis != mark for one in held)
    if is_fresh:
        drafts = [(_prompt(ctx, meeting_id, one, mark, last), one) for one in openers.openers(basis)]
        _replace(ctx, held, drafts)
        asks.queue(ctx, meeting_id, "precall", mark)
    found = seen_by(ctx, member, "precall")
    return Ideas(prompt_ids=[one.prompt.id for one in found], generated=is_fresh, from_cache=not is_fresh)


def _replace(ctx: MutationCtx, held: list[Prompt], drafts: list[tuple[Prompt, Opener]]) -> None:
    """Store new ideas in place of those without feedback; one with feedback is not asked a second time."""
    kept: dict[str, Prompt] = {}
    for prompt in held:
        if prompt.rated:
            kept[prompt.content] = prompt
        else:
            records.remove(ctx, prompt)
    for draft, opener in drafts:
        if draft.content in kept:
            ctx.db.patch(kept[draft.content], basis=draft.basis)
        else:
            records.insert(ctx, draft, opener.sources)


def _prompt(ctx: MutationCtx, meeting_id: MeetingId, opener: Opener, mark: str, last: MeetingId | None) -> Prompt:
    return Prompt(
        meeting_id=meeting_id,
        type="precall",
        kind=opener.kind,
        content=opener.content,
        tags=(opener.kind, *opener.tags),
        relevance=opener.relevance,
        basis=mark,
        origin_id=last if opener.actions else None,
        cites=opener.actions,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
