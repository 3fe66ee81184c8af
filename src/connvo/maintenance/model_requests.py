"""The requests that a language model gets about a meeting, for operators, from outside a server.

Guarantees: they are made by the code that the server sends them with, and nothing is sent.
"""

from typing import Any

from connvo.maintenance.errors import NoMatch
from connvo.model.insights import improvement, reading
from connvo.model.insights.asking_model import limits_of, task_of
from connvo.providers.llm.dialect import Dialect
from connvo.providers.llm.request import request_body
from connvo.rules.insights.improving import Part, PlanRequest, PromptRequest, plan, prepare
from connvo.rules.insights.report import Minutes, Segment
from connvo.runtime.services import Runtime
from connvo.runtime.wire import PaginationOptions
from connvo.schema.meetings import MeetingId

# Where no model is configured yet, in place of its name.
UNNAMED = "MODEL"


async def requests_about(runtime: Runtime, meeting_id: str) -> list[dict[str, Any]]:
    """Return the bodies of the requests about a meeting: of its parts, then of the merges that are still stored.

    Raises:
        NoMatch: There is no such meeting.
    """
    head = await runtime.call(reading.meeting_head, meeting_id=MeetingId(meeting_id))
    if head is None:
        raise NoMatch(f"no meeting has the id {meeting_id}; the page of a meeting has it in its address")
    segments: list[Segment] = []
    cursor, done = None, False
    while not done:
        options = PaginationOptions(num_items=reading.PART, cursor=cursor)
        page = await runtime.call(reading.transcript_part, meeting_id=head.meeting_id, options=options)
        segments += page.segments
        cursor, done = page.cursor, page.done
    minutes = Minutes(segments=tuple(segments), attendees=head.attendees, day=head.day, language=head.language)
    limits = limits_of(runtime.settings)
    parts = [Part(span=span) for span in plan(PlanRequest(minutes=minutes, limits=limits)).spans]
    parts += await runtime.call(improvement.merges, meeting_id=head.meeting_id)
    prompts = [prepare(PromptRequest(minutes=minutes, limits=limits, part=part)).prompt for part in parts]
    name = runtime.settings.ai.model or UNNAMED
    return [request_body(name, task_of(prompt, runtime.settings), Dialect()) for prompt in prompts]
