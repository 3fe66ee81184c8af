"""The requests that a language model gets about a meeting, for operators, from outside a server.

Guarantees: they are made by the code that the server sends them with, and nothing is sent.
"""

from typing import Any

from connvo.maintenance.errors import NoMatch
from connvo.model.insights import improvement, reading
from connvo.model.insights.asking_model import limits_of, task_of
from connvo.model.prompts import requests, suggesting
from connvo.providers.llm.base import Task
from connvo.providers.llm.dialect import Dialect
from connvo.providers.llm.request import request_body
from connvo.rules.insights.improving import plan, prepare
from connvo.rules.insights.messages import Part, PlanRequest, PromptRequest
from connvo.rules.insights.report import Minutes, Segment
from connvo.rules.prompts import suggestions
from connvo.rules.prompts.suggestion_messages import SuggestionRequest
from connvo.runtime.services import Runtime
from connvo.runtime.wire import PaginationOptions
from connvo.schema.meetings import MeetingId

# Where no model is configured yet, in place of its name.
UNNAMED = "MODEL"


async def requests_about(runtime: Runtime, meeting_id: str) -> list[dict[str, Any]]:
    """Return the bodies of the requests about a meeting: those of suggestions, then those of its report.

    Raises:
        NoMatch: There is no such meeting.
    """
    of_report = await _of_report(runtime, meeting_id)
    name = runtime.settings.ai.model or UNNAMED
    tasks = [*await _of_suggestions(runtime, meeting_id), *of_report]
    return [request_body(name, task, Dialect()) for task in tasks]


async def _of_suggestions(runtime: Runtime, meeting_id: str) -> list[Task[Any]]:
    """Return the last request before the call and the last one during it."""
    tasks: list[Task[Any]] = []
    for material in await runtime.call(requests.materials, meeting_id=MeetingId(meeting_id)):
        prompt = suggestions.prepare(SuggestionRequest(material=material))
        tasks.append(suggesting.task_of(prompt, material, runtime.settings.ai.call_seconds))
    return tasks


async def _of_report(runtime: Runtime, meeting_id: str) -> list[Task[Any]]:
    """Return the requests about the parts of a meeting, then the merges that are still stored."""
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
    return [task_of(prompt, runtime.settings) for prompt in prompts]
