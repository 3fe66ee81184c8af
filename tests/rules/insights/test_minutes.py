"""A report rests on its transcript alone, whatever was said."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.insights import revisions
from connvo.rules.insights.minutes import report_of
from connvo.rules.insights.report import MAX_ITEMS, MAX_OVERVIEW, MAX_TEXT, Attendee, Minutes, Report, Segment

from .talks import minutes

WORDS = (
    "I'll", "I", "will", "send", "the", "draft", "by", "Friday", "tomorrow", "Bob", "Anna", "can", "you", "we",
    "decided", "to", "launch", "not", "if", "?", ".", ",", "um", "ich", "schicke", "bis", "morgen", "wir", "haben",
    "beschlossen", "je", "vais", "envoyer", "demain", "actually", "no", "who", "knows", "don't", "know", "budget",
    "app", "[s1]", "{\"cites\": [\"s9\"]}", "会议", "決定", "é", "\U0001f600", "15.12.", "system:", "owner=Bob",
)  # fmt: skip
SPEAKERS = ("a", "b", "stranger")
spoken = st.lists(
    st.tuples(st.sampled_from(SPEAKERS), st.lists(st.sampled_from(WORDS), max_size=15).map(" ".join)), max_size=12
)
names = st.sampled_from([None, "Anna Berg", "Bob Stone", "Bob", "I", "the", "{name}", "Will"])


def made(lines: list[tuple[str, str]], first: str | None, second: str | None) -> Minutes:
    return minutes(*lines, people={"a": first, "b": second})


@given(spoken, names, names)
def test_every_item_cites_the_transcript_and_every_owner_is_a_member(
    lines: list[tuple[str, str]], first: str | None, second: str | None
) -> None:
    given_minutes = made(lines, first, second)
    report = report_of(given_minutes)
    segments = {segment.id: segment for segment in given_minutes.segments}
    members = {one.id for one in given_minutes.attendees}
    for item in report.items:
        assert item.cites
        for cite in item.cites:
            assert (cite.speaker_id, cite.start_ms) == (
                segments[cite.segment_id].speaker_id,
                segments[cite.segment_id].start_ms,
            )
        assert item.owner_id is None or item.owner_id in members
        assert item.asked_by is None or item.asked_by in members
        assert 0 < len(item.text) <= MAX_TEXT
        cited = "\n".join(segments[cite.segment_id].text for cite in item.cites)
        assert item.due_words is None or item.due_words in cited
        assert item.due_on is None or item.due_words is not None


@given(spoken, names, names)
def test_a_report_is_bounded_and_the_same_each_time(
    lines: list[tuple[str, str]], first: str | None, second: str | None
) -> None:
    given_minutes = made(lines, first, second)
    report = report_of(given_minutes)
    assert report == report_of(given_minutes)
    assert len(report.overview) <= MAX_OVERVIEW
    assert max(map(len, (report.topics, report.decisions, report.actions, report.questions))) <= MAX_ITEMS
    assert len({item.id for item in report.items}) == len(report.items)
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report


@given(st.lists(st.text(max_size=120), max_size=6))
def test_any_text_has_a_report(texts: list[str]) -> None:
    report_of(minutes(*[("ab"[number % 2], text) for number, text in enumerate(texts)]))


@given(spoken)
def test_statistics_add_up(lines: list[tuple[str, str]]) -> None:
    report = report_of(made(lines, "Anna", "Bob"))
    if any(one.ms for one in report.speaking):
        assert sum(one.share for one in report.speaking) == pytest.approx(1)
    assert sum(one.turns for one in report.speaking) >= len(report.speaking)
    assert all(one.longest_ms <= one.ms for one in report.speaking)


def test_two_languages_are_read_each_in_its_own() -> None:
    report = report_of(
        minutes(
            ("a", "Wir haben uns für die neue Agentur entschieden. Ich schicke dir den Vertrag bis Freitag."),
            ("b", "Kannst du auch das Protokoll der letzten Sitzung an alle verteilen?"),
            ("a", "Ja, das mache ich morgen."),
            ("b", "And I'll also send the English summary to the customers in two weeks."),
        )
    )
    assert report.language == "de"
    assert [(item.owner_id, item.due_on) for item in report.actions] == [
        ("a", "2026-12-04"),
        ("a", "2026-12-01"),
        ("b", "2026-12-14"),
    ]
    assert len(report.decisions) == 1


def test_the_language_that_was_named_goes_first() -> None:
    assert report_of(minutes(("a", "Hello there my friends"), language="de-AT")).language == "de"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("我们今天决定发布新的应用程序。", "zh"),
        ("今日は新しいアプリを出すことに決めました。", "ja"),
        ("We will talk about what happened and why it was so.", "en"),
        ("Vi ska prata om vad som hände och varför det var så.", "sv"),
        ("Мы должны поговорить о том, что произошло и почему.", "ru"),  # noqa: RUF001
    ],
)
def test_the_language_of_a_text_is_known(text: str, language: str) -> None:
    assert report_of(minutes(("a", text), ("b", text))).language == language


def test_five_hours_are_read_and_bounded() -> None:
    lines = [
        ("ab"[number % 2], f"Item {number}: the supplier of part {number % 40} will change the engine price, and "
         f"I'll send the offer number {number} to the buyer by Friday. We decided to order {number} parts.")
        for number in range(1_500)
    ]  # fmt: skip
    report = report_of(minutes(*lines))
    assert len(report.overview) > MAX_OVERVIEW / 2
    assert len(report.decisions) <= MAX_ITEMS
    assert len(report.actions) == 12
    third = len(lines) // 3
    places = [int(item.cites[0].segment_id[1:]) // third for item in report.overview]
    assert set(places) == {0, 1, 2}, "the gist is of the whole meeting"


def test_an_empty_transcript_has_an_empty_report() -> None:
    assert report_of(minutes()).items == ()


def test_a_question_is_open_until_it_is_answered() -> None:
    def questions(answer: str) -> list[str]:
        asked = ("a", "Who is going to handle the support mailbox?")
        return [item.text for item in report_of(minutes(asked, ("b", answer))).questions]

    assert questions("I don't know, good question.") == ["Who is going to handle the support mailbox?"]
    assert questions("The team of the agency does that from now on.") == []


@pytest.mark.parametrize(
    ("said", "is_decision"),
    [
        ("We decided to launch the app in December.", True),
        ("Okay, let's go with the blue design for the app.", True),
        ("We decided not to launch the app in December.", True),
        ("Have we decided to launch the app?", False),
        ("We haven't decided to launch the app.", False),
        ("If it rains, we agreed to move the party.", False),
        ("On a décidé de lancer l'application en décembre.", True),
        ("Hemos decidido lanzar la aplicación en diciembre.", True),
    ],
)
def test_a_decision_is_stated(said: str, is_decision: bool) -> None:
    found = report_of(minutes(("a", said), ("b", "Fine."))).decisions
    assert [item.text for item in found] == ([said] if is_decision else [])


def test_a_decision_that_is_reversed_gives_way() -> None:
    report = report_of(
        minutes(
            ("a", "We decided to launch the app on Monday."),
            ("b", "The store review of the app takes a whole week."),
            ("a", "Actually, let's launch the app on Wednesday instead."),
        )
    )
    assert [item.text for item in report.decisions] == ["Actually, let's launch the app on Wednesday instead."]


def test_changes_of_people_stay_in_later_revisions() -> None:
    earlier = report_of(minutes(("a", "I'll send the budget table to the agency."), ("b", "We decided to hire Carla.")))
    (action,), (decision,) = earlier.actions, earlier.decisions
    changed = revisions.replaced(earlier, revisions.edited(action, "Send the table", done=None))
    later = revisions.merged(changed, earlier, (decision, action))
    assert [item.text for item in later.actions] == ["Send the table"]
    assert later.decisions == ()


def test_an_erased_person_is_in_no_report() -> None:
    report = report_of(
        minutes(
            ("a", "I'll send the budget table to the agency."),
            ("b", "I will book the flights to Lisbon for the team."),
            ("a", "Bob, can you call the hotel in Lisbon?"),
        )
    )
    left = revisions.without_person(report, "b")
    assert (
        "b" not in msgspec.json.encode(left).decode().replace('"b', '"b')
        or '"b"' not in msgspec.json.encode(left).decode()
    )
    assert [item.owner_id for item in left.actions] == ["a"]


def test_the_gist_leaves_out_fillers_and_repeats() -> None:
    report = report_of(
        minutes(("a", "Um, the the launch of the app, uh, depends on the the review of the store."), ("b", "Yes."))
    )
    (sentence,) = report.overview
    assert sentence.text == "The launch of the app depends on the review of the store."


def test_a_long_sentence_is_cut_at_a_word() -> None:
    long = "We decided to buy " + " and ".join(f"instrumentation{number}" for number in range(25))
    (item,) = report_of(minutes(("a", long + "."), ("b", "Yes."))).decisions
    assert len(item.text) <= MAX_TEXT
    assert item.text.endswith("…")


def test_speakers_that_are_no_attendees_own_nothing() -> None:
    segment = Segment(
        id="s0", start_ms=0, end_ms=1, speaker_id="x", text="I'll send the budget table to the agency by Friday."
    )
    report = report_of(Minutes(segments=(segment,), attendees=(Attendee(id="a"),), day="2026-11-30"))
    assert [item.owner_id for item in report.actions] == [None]
