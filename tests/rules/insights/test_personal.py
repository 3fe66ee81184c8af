"""What a report says to one person: people to talk to again, things to follow up, and how they spoke."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.insights import affinity, coaching, personal
from connvo.rules.insights.affinity import Pair
from connvo.rules.insights.links import links_in
from connvo.rules.insights.minutes import report_of
from connvo.rules.insights.report import Report, Speaking

from .talks import minutes

MINUTE = 60_000.0
NAME = "{name}"


def spoke(**changes: float) -> Speaking:
    fair = {
        "ms": 5 * MINUTE,
        "share": 0.5,
        "turns": 10,
        "longest_ms": MINUTE,
        "words": 750,
        "fillers": 5,
        "pace": 150.0,
    }
    return Speaking(user_id="a", **{**fair, **changes})  # type: ignore[arg-type]


def pair(**changes: object) -> Pair:
    return Pair(**{"other_id": "b", "least_ms": MINUTE, "replies": 10, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given_pair", "value"),
    [
        (pair(replies=0), 0.3),
        (pair(), 0.55),
        (pair(replies=40), 0.55),
        (pair(replies=4, new=True), 0.5),
        (pair(interests=("chess",)), 0.65),
        (pair(interests=("chess", "tea", "rain")), 0.75),
        (pair(interests=("chess", "tea"), topics=1.0, new=True), 1.0),
        (pair(visible=False), 0.0),
        (pair(least_ms=29_999.0), 0.0),
    ],
)
def test_confidence_adds_up_the_common_ground_of_two_people(given_pair: Pair, value: float) -> None:
    assert affinity.confidence(given_pair) == pytest.approx(value)


@given(
    st.lists(
        st.builds(
            Pair,
            other_id=st.text("bcdefg", min_size=1, max_size=3),
            least_ms=st.floats(0, 1e7),
            replies=st.integers(0, 1000),
            interests=st.lists(st.text(max_size=3), max_size=5).map(tuple),
            topics=st.floats(-1, 2),
            new=st.booleans(),
            visible=st.booleans(),
        ),
        max_size=10,
    )
)
def test_at_most_three_are_recommended_and_no_hidden_person(pairs: list[Pair]) -> None:
    found = affinity.best(pairs)
    assert len(found) <= 3
    assert all(one.visible and 0.5 <= value <= 1 for one, value in found)
    assert [value for _, value in found] == sorted((value for _, value in found), reverse=True)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, None),
        ({"pace": 190.0}, "190 words a minute"),
        ({"pace": 100.0}, "100 words a minute"),
        ({"fillers": 60}, "8% of your words"),
        ({"longest_ms": 5 * MINUTE}, "5 minutes"),
        ({"share": 0.9}, "Invite the others in"),
        ({"share": 0.1}, "Take more room"),
        ({"words": 20, "pace": 300.0}, None),
    ],
)
def test_coaching_names_outliers(changes: dict[str, float], words: str | None) -> None:
    found = [text for text, _ in coaching.advice(spoke(**changes), speakers=2)]
    assert found == [] if words is None else len(found) == 1 and words in found[0]


def test_a_person_follows_up_their_own_actions_and_open_questions_alone() -> None:
    report = report_of(
        minutes(
            ("a", "I'll send the budget table to the agency by Friday."),
            ("b", "I will book the flights to Lisbon for the team."),
            ("a", "Who is going to handle the support mailbox?"),
            ("b", "I don't know, good question."),
        )
    )
    found = personal.advice_for(report, "a", [], NAME)
    assert [one.content for one in found] == [
        "Due 2026-12-04: I'll send the budget table to the agency by Friday.",
        "Your question stayed open: Who is going to handle the support mailbox?",
    ]
    assert personal.actions_of(report, "b") == ("I will book the flights to Lisbon for the team.",)


def test_a_summary_says_that_it_is_made_of_sentences() -> None:
    report = report_of(minutes(("a", "The launch of the mobile app depends on the store review."), ("b", "Yes.")))
    assert personal.summary_of(report) == (
        "Sentences from the transcript: The launch of the mobile app depends on the store review."
    )
    assert personal.summary_of(Report()) == ""


def test_a_connection_says_why_and_leaves_the_name_open() -> None:
    found = personal.advice_for(Report(), "a", [pair(interests=("chess",), new=True)], NAME)
    assert [(one.type, one.other_id) for one in found] == [("connection", "b")]
    assert found[0].content == (
        "Stay in touch with {name}: you answered each other 10 times, and you share an interest in chess, "
        "and you had not met before."
    )


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("See https://example.org/a.", ["https://example.org/a"]),
        ("(https://example.org/a_(b)) and https://example.org/a_(b)", ["https://example.org/a_(b)"]),
        ("javascript:alert(1) ftp://example.org www.example.org", []),
        ("https://user:password@example.org/", []),
        ("https://", []),
        ("http://[", []),
        ("HTTPS://EXAMPLE.ORG/x", ["HTTPS://EXAMPLE.ORG/x"]),
    ],
)
def test_links_are_addresses_that_a_browser_opens(text: str, urls: list[str]) -> None:
    assert [link.url for link in links_in([text], "")] == urls


@given(st.lists(st.text(max_size=100), max_size=5), st.text(max_size=200))
def test_no_link_is_made_up(chat: list[str], notes: str) -> None:
    for link in links_in(chat, notes):
        assert link.url in notes or any(link.url in text for text in chat)
