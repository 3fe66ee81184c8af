"""A request to a model: it fits into the context, and holds nothing about people but names, words and the day."""

import json

from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.insights.keyed import Keyed
from connvo.rules.insights.keying import keyed
from connvo.rules.insights.model_report import ModelReport, Promised, Said
from connvo.rules.insights.report import Attendee, Minutes, Segment
from connvo.rules.insights.requests import chunks_of, map_prompt, merge_groups, merge_prompt, room
from connvo.rules.insights.tokens import estimate

CONTEXT, OUTPUT = 8192, 1500


def meeting(words: list[str], language: str | None = "de") -> Keyed:
    """Returns the material of a meeting, with ids and times that must not leave."""
    segments = tuple(
        Segment(
            id=f"kh7secret{place}",
            start_ms=1.8e12 + place,
            end_ms=1.8e12 + place,
            speaker_id=f"user-{place % 2}",
            text=text,
        )
        for place, text in enumerate(words)
    )
    people = (Attendee(id="user-0", name="Ana"), Attendee(id="user-1"))
    return keyed(Minutes(segments=segments, attendees=people, day="2026-11-30", language=language))


def test_nothing_leaves_but_names_day_language_and_words_under_keys() -> None:
    found = meeting(["Guten Tag", "Hallo"])
    [chunk] = chunks_of(found, CONTEXT, OUTPUT)
    prompt = map_prompt(found, chunk)
    assert json.loads(prompt.data) == {
        "members": [["p1", "Ana"], ["p2", None]],
        "day": "2026-11-30",
        "language": "de",
        "lines": [["s1", "p1", "Guten Tag"], ["s2", "p2", "Hallo"]],
    }
    assert "secret" not in prompt.instructions + prompt.data and "user-" not in prompt.data


def test_the_language_is_named_and_a_setting_goes_before_the_words() -> None:
    found = meeting(["Guten Tag"])
    assert "Write in German," in map_prompt(found, chunks_of(found, CONTEXT, OUTPUT)[0]).instructions
    segment = Segment(id="1", start_ms=0, end_ms=1, speaker_id="u", text="Guten Tag")
    set_to = keyed(Minutes(segments=(segment,), attendees=(), day="2026-11-30", language="de"), "fr")
    assert "Write in French," in map_prompt(set_to, chunks_of(set_to, CONTEXT, OUTPUT)[0]).instructions


def test_a_fault_is_named_and_the_refused_answer_is_not_sent_back() -> None:
    found = meeting(["Hi"])
    [chunk] = chunks_of(found, CONTEXT, OUTPUT)
    first, again = map_prompt(found, chunk), map_prompt(found, chunk, "The answer was not JSON.")
    assert again.data == first.data
    assert again.instructions.startswith(first.instructions) and "The answer was not JSON." in again.instructions


@given(words=st.lists(st.text(max_size=1_200), min_size=1, max_size=30), context=st.integers(4096, 32_768))
def test_each_request_and_its_answer_fit_into_the_context(words: list[str], context: int) -> None:
    found = meeting(words)
    for chunk in chunks_of(found, context, OUTPUT):
        prompt = map_prompt(found, chunk, "The answer was not JSON.")
        assert estimate(prompt.instructions, prompt.data) + OUTPUT <= context


def test_an_hour_of_talk_costs_as_many_tokens_as_estimated() -> None:
    sentence = "so I think that we should really look at the numbers again before we decide about the new office "
    found = meeting([sentence * 3] * 175, "en")
    chunks = chunks_of(found, CONTEXT, OUTPUT)
    prompts = [map_prompt(found, chunk) for chunk in chunks]
    assert len(chunks) <= 8
    assert sum(estimate(one.instructions, one.data) for one in prompts) < 45_000


def part(size: int) -> ModelReport:
    """Returns minutes with so many statements of each kind."""
    said = [Said(f"Statement {number} says something of some length.", [f"s{number}"]) for number in range(size)]
    promised = [Promised(one.text, "p1", "tomorrow", one.cites) for one in said]
    return ModelReport(overview=said, topics=[], decisions=said, actions=promised, questions=[])


def test_parts_are_joined_in_groups_that_fit_and_become_fewer() -> None:
    found = meeting(["Hi"])
    space = room(found, CONTEXT, OUTPUT)
    parts = [part(size) for size in (5, 40, 3, 200, 1, 30, 30)]
    groups = merge_groups(parts, space)
    assert len(groups) < len(parts)
    assert all(len(group) >= 2 for group in groups[:-1])
    for group in groups:
        prompt = merge_prompt(found, group)
        assert estimate(prompt.instructions, prompt.data) + OUTPUT <= CONTEXT
