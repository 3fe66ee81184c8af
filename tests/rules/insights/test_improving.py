"""The steps of an improvement as pure functions: the plan, a request, and the check of an answer."""

from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.insights.chunking import halved
from connvo.rules.insights.improving import check, plan, prepare
from connvo.rules.insights.messages import CheckRequest, Limits, Part, PlanRequest, PromptRequest, Span
from connvo.rules.insights.model_report import ModelReport, Said
from connvo.rules.insights.report import Attendee, Minutes, Segment
from connvo.rules.insights.tokens import estimate

LIMITS = Limits(context_tokens=4096, output_tokens=512)
SPOKEN = "I think that we should look at the numbers of quarter {} again before we decide about the new office. "


def minutes(lines: int = 150) -> Minutes:
    """Returns a meeting with so many lines."""
    segments = tuple(
        Segment(
            id=f"id{place}",
            start_ms=place * 1e4,
            end_ms=place * 1e4 + 9e3,
            speaker_id=f"u{place % 2}",
            text=SPOKEN.format(place),
            language="en",
        )
        for place in range(lines)
    )
    people = (Attendee(id="u0", name="Ana"), Attendee(id="u1", name="Ben"))
    return Minutes(segments=segments, attendees=people, day="2026-11-30", language="en")


def test_the_plan_covers_every_line_once_and_knows_its_cost() -> None:
    meeting = minutes()
    found = plan(PlanRequest(minutes=meeting, limits=LIMITS))
    assert len(found.spans) > 2
    assert [place for span in found.spans for place in range(span.new, span.end)] == list(range(150))
    prompts = [prepare(PromptRequest(minutes=meeting, limits=LIMITS, part=Part(span=span))) for span in found.spans]
    each = [estimate(one.prompt.instructions, one.prompt.data) + LIMITS.output_tokens for one in prompts]
    assert max(each) <= LIMITS.context_tokens
    assert found.tokens == sum(each)
    assert {one.fingerprint for one in prompts} == {found.fingerprint}


def test_a_meeting_that_changed_has_another_fingerprint_and_equal_parts_keep_their_hash() -> None:
    before, after = minutes(150), minutes(151)
    first = plan(PlanRequest(minutes=before, limits=LIMITS))
    span = first.spans[0]
    one, other = (
        prepare(PromptRequest(minutes=meeting, limits=LIMITS, part=Part(span=span))) for meeting in (before, after)
    )
    assert one.fingerprint != other.fingerprint
    assert one.hash == other.hash


def test_a_fault_changes_the_request_and_not_its_hash() -> None:
    part = Part(span=Span(0, 0, 5))
    first, again = (
        prepare(PromptRequest(minutes=minutes(), limits=LIMITS, part=part, fault=fault)) for fault in (None, "Bad.")
    )
    assert first.hash == again.hash and first.prompt != again.prompt


def answer(text: str, cites: list[str]) -> ModelReport:
    """Returns minutes with one statement."""
    return ModelReport(overview=[Said(text, cites)], topics=[], decisions=[], actions=[], questions=[])


def ask(found: ModelReport, part: Part) -> tuple[int, str | None]:
    """Returns how many statements of an answer hold, and its fault."""
    checked = check(CheckRequest(minutes=minutes(), limits=LIMITS, part=part, answer=found, source="m"))
    assert len(checked.report.overview) == len(checked.minutes.overview)
    return len(checked.minutes.overview), checked.fault


def test_a_part_can_only_cite_its_own_lines() -> None:
    text = "We look at the numbers of quarter 3 again before we decide about the office."
    part = Part(span=Span(0, 0, 10))
    assert ask(answer(text, ["s4"]), part) == (1, None)
    assert ask(answer(text, ["s44"]), part)[0] == 0


def test_a_merge_can_only_cite_the_cites_of_its_parts() -> None:
    text = "We look at the numbers of quarter 3 again before we decide about the office."
    parts = Part(parts=(answer(text, ["s4"]), answer(text, ["s5"])))
    assert ask(answer(text, ["s4", "s5", "s6"]), parts) == (1, None)
    assert ask(answer(text, ["s6"]), parts)[0] == 0


def test_an_answer_of_which_nothing_holds_has_a_fault_and_an_empty_one_has_none() -> None:
    part = Part(span=Span(0, 0, 10))
    assert ask(answer("The weather was wonderful on the whole weekend.", ["s1"]), part)[1] is not None
    empty = ModelReport(overview=[], topics=[], decisions=[], actions=[], questions=[])
    assert ask(empty, part) == (0, None)


@given(first=st.integers(0, 50), repeated=st.integers(0, 4), new=st.integers(1, 50))
def test_halves_have_the_same_new_lines_and_are_smaller(first: int, repeated: int, new: int) -> None:
    span = Span(first, first + repeated, first + repeated + new)
    parts = halved(span)
    assert [place for part in parts for place in range(part.new, part.end)] == list(range(span.new, span.end))
    assert len(parts) == (1 if new < 2 else 2)
    assert all(part.first <= part.new < part.end for part in parts)
    assert new < 2 or all(part.end - part.first < span.end - span.first for part in parts)
