"""The open actions of the last meeting that all members of a meeting attended.

Guarantees:
    An idea about them is read by attendees of that meeting alone.
    It ends when an action is done, changed or deleted, and with the report.
"""

from connvo.model.insights import attendees, reports
from connvo.model.meetings.members import members
from connvo.rules.prompts.openers import Action, fingerprint_of
from connvo.runtime.context import QueryCtx
from connvo.schema.insights import Item, MeetingReport
from connvo.schema.meetings import Meeting, MeetingId, Participant
from connvo.schema.prompts import Prompt
from connvo.schema.users import UserId

# Of the meetings of one member, the newest that are over.
LOOKED_AT = 20


def find(ctx: QueryCtx, meeting: Meeting) -> MeetingId | None:
    """Return the newest meeting that is over and that all members of a meeting attended."""
    people = [one.user_id for one in members(ctx, meeting.id)]
    if not people:
        return None
    over = ctx.db.scan(Participant, "by_user_state", min(people), "concluded", reverse=True, limit=LOOKED_AT)
    shared = (one.meeting_id for one in over if all(_attended(ctx, one.meeting_id, person) for person in people))
    return next(shared, None)


def open_actions(ctx: QueryCtx, meeting_id: MeetingId | None) -> tuple[Action, ...]:
    """Return the actions of a meeting's report that are not done; none without a report."""
    row = None if meeting_id is None else reports.find(ctx, meeting_id)
    return () if row is None else _open(row)


def is_current(ctx: QueryCtx, prompt: Prompt, reader: UserId) -> bool:
    """Return whether a member may see an idea about open actions, and they are all still open."""
    if prompt.origin_id is None or not _attended(ctx, prompt.origin_id, reader):
        return False
    still_open = {one.id for one in open_actions(ctx, prompt.origin_id)}
    return set(prompt.cites) <= still_open


def _attended(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> bool:
    return attendees.attended(ctx, meeting_id, user_id)


def _open(row: MeetingReport) -> tuple[Action, ...]:
    # An action whose words were changed is another one.
    return tuple(
        Action(id=f"{item.id}:{fingerprint_of(item.text)}", text=item.text, people=_people(item))
        for item in row.report.actions
        if not item.done
    )


def _people(item: Item) -> tuple[str, ...]:
    """Return the owner of an action, and the speakers of the words that it rests on."""
    people = {cite.speaker_id for cite in item.cites}
    return tuple(sorted(people if item.owner_id is None else people | {item.owner_id}))
