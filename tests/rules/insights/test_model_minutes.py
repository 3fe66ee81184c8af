"""A report of checked minutes: ids of people and segments in place of keys, and days read from words."""

from connvo.rules.insights.grounding import ground
from connvo.rules.insights.keying import keyed
from connvo.rules.insights.model_minutes import report_from
from connvo.rules.insights.model_report import Asked, ModelReport, Promised, Said
from connvo.rules.insights.report import Attendee, Minutes, Segment


def line(key: str, start: float, speaker: str, text: str) -> Segment:
    """Returns a segment of a second."""
    return Segment(id=key, start_ms=start, end_ms=start + 1_000.0, speaker_id=speaker, text=text, language="en")


MINUTES = Minutes(
    segments=(
        line("x1", 1_000.0, "u1", "I will send the plan by Friday."),
        line("x2", 3_000.0, "u2", "Who pays for the plan?"),
    ),
    attendees=(Attendee(id="u1", name="Ana"), Attendee(id="u2", name="Ben")),
    day="2026-11-30",
    language="en",
)
MATERIAL = keyed(MINUTES)
WRITTEN = ModelReport(
    overview=[Said("Ana will send the plan.", ["s1"])],
    topics=[Said("The plan", ["s1", "s2"])],
    decisions=[],
    actions=[Promised("Send the plan", "p1", "by Friday", ["s1"])],
    questions=[Asked("Who pays for the plan?", "p2", ["s2"])],
)


def test_a_report_names_people_segments_and_days() -> None:
    checked = ground(WRITTEN, MATERIAL, ["s1", "s2"]).report
    report = report_from(checked, MINUTES, MATERIAL, "double-1")
    assert (report.source, report.language) == ("double-1", "en")
    [action], [question], [topic] = report.actions, report.questions, report.topics
    assert (action.owner_id, action.due_words, action.due_on) == ("u1", "by Friday", "2026-12-04")
    assert question.asked_by == "u2"
    assert [(cite.segment_id, cite.start_ms) for cite in topic.cites] == [("x1", 1_000.0), ("x2", 3_000.0)]


def test_the_same_minutes_give_the_same_ids() -> None:
    checked = ground(WRITTEN, MATERIAL, ["s1", "s2"]).report
    first, again = (report_from(checked, MINUTES, MATERIAL, "double-1") for _ in range(2))
    assert first == again
    assert len({item.id for item in first.items}) == len(first.items)
