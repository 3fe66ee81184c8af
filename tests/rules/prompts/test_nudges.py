"""Nudges: what makes each one due, who sees it, and that nothing is concluded from speech that was not heard."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.prompts import nudges
from connvo.rules.prompts.nudges import MINUTE_MS, SECOND_MS, Member, Nudge, Room, Turn, due, has_passed

NOW = 100 * MINUTE_MS


def member(name: str, **more: Any) -> Member:
    known = {"name": name.capitalize(), "joined_at": 0.0, "heard": True}
    return Member(id=name, **{**known, **more})


def turn(speaker: str, ago: float, seconds: float, text: str = "Words.") -> Turn:
    """Return a turn that began `ago` seconds before now."""
    start = NOW - ago * SECOND_MS
    return Turn(id=f"{speaker}-{ago}", speaker=speaker, start_ms=start, end_ms=start + seconds * SECOND_MS, text=text)


def room(*members: Member, quiet: float = 0.0, **more: Any) -> Room:
    """Return a call in which the last word fell `quiet` seconds ago."""
    last = NOW - quiet * SECOND_MS
    return Room(**{"now": NOW, "members": members, "active_at": last, "spoke_at": last, **more})


def only(found: list[Nudge], kind: str) -> Nudge | None:
    return next((one for one in found if one.kind == kind), None)


ADA, BEN, CY = member("ada", is_host=True), member("ben"), member("cy")


@st.composite
def rooms(draw: st.DrawFn) -> Room:
    """Calls of up to ten people who speak in any order, some of whom cannot be heard."""
    size = draw(st.integers(0, 10))
    members = tuple(
        member(
            f"p{number}",
            is_host=number == 0,
            heard=draw(st.booleans()),
            muted=draw(st.booleans()),
            joined_at=NOW - draw(st.integers(0, 30)) * MINUTE_MS,
        )
        for number in range(size)
    )
    texts = st.sampled_from(["Words.", "When do we ship the engine?", "I'll send it."])
    spoken = st.tuples(st.integers(0, 11), st.integers(0, 900), st.integers(1, 60), texts)
    turns = [
        turn(f"p{one}", ago, min(seconds, ago), text) for one, ago, seconds, text in draw(st.lists(spoken, max_size=30))
    ]
    quiet = draw(st.integers(0, 400))
    return room(
        *members,
        quiet=quiet,
        turns=tuple(sorted(turns, key=lambda one: one.start_ms)),
        screen_shared=draw(st.booleans()),
        planned=draw(st.sampled_from([None, 5 * MINUTE_MS, 60 * MINUTE_MS])),
        planned_end=draw(st.sampled_from([None, NOW - 1, NOW + 4 * MINUTE_MS, NOW + 20 * MINUTE_MS])),
    )


@given(rooms())
def test_a_nudge_is_for_members_of_the_call_and_coaching_for_one(scene: Room) -> None:
    found = due(scene)
    present = {one.id for one in scene.members}
    assert [one.relevance for one in found] == sorted((one.relevance for one in found), reverse=True)
    for one in found:
        assert (one.person is not None) == (one.audience == "person") == (one.kind == "imbalance")
        assert one.person is None or one.person in present
        assert 0 < one.relevance < 1
        assert set(one.cites) <= {said.id for said in scene.turns}


@given(rooms())
def test_a_member_without_heard_words_is_never_called_silent(scene: Room) -> None:
    found = due(scene)
    silent = only(found, "silent_member")
    unheard = {one.id for one in scene.members if not one.heard}
    if silent is not None:
        assert not set(silent.sources) & unheard
    if any(not one.heard and not one.muted for one in scene.members):
        assert only(found, "silence") is None
        assert only(found, "imbalance") is None


@given(rooms())
def test_names_and_words_come_with_their_people_and_not_after_the_end(scene: Room) -> None:
    for one in due(scene):
        quotes = {said.speaker for said in scene.turns if said.text in one.content}
        assert not quotes or quotes & set(one.sources)
        if one.sources:
            assert nudges.OVER[one.kind] != one.content


@given(rooms())
def test_a_member_alone_in_the_call_gets_no_nudge(scene: Room) -> None:
    assert due(msgspec.structs.replace(scene, members=scene.members[:1])) == []


@pytest.mark.parametrize(
    ("quiet", "relevance"), [(14, None), (15, 0.7), (29, 0.7), (30, 0.8), (60, 0.9), (300, 0.9), (301, None)]
)
def test_silence_is_worth_more_the_longer_it_lasts(quiet: float, relevance: float | None) -> None:
    found = only(due(room(ADA, BEN, quiet=quiet)), "silence")
    assert (found and found.relevance) == relevance
    assert found is None or found.audience == "all"


def test_silence_counts_from_the_last_thing_that_happened() -> None:
    assert only(due(room(ADA, BEN, quiet=60, screen_shared=True)), "silence") is None
    assert only(due(room(ADA, BEN, quiet=60, active_at=NOW - SECOND_MS)), "silence") is None
    newcomer = member("cy", joined_at=NOW - 5 * SECOND_MS)
    assert only(due(room(ADA, BEN, newcomer, quiet=60)), "silence") is None
    muted = member("cy", heard=False, muted=True)
    assert only(due(room(ADA, BEN, muted, quiet=60)), "silence") is not None
    assert only(due(room(muted, muted, quiet=60)), "silence") is None


@pytest.mark.parametrize(
    ("size", "share", "fires"),
    [(2, 0.79, False), (2, 0.8, True), (3, 0.8, True), (4, 0.59, False), (4, 0.61, True), (10, 0.25, True)],
)
def test_an_imbalance_is_judged_by_the_number_of_people(size: int, share: float, fires: bool) -> None:
    people = [member(f"p{number}") for number in range(size)]
    whole = 200.0
    rest = (1 - share) * whole / (size - 1)
    turns = [turn("p0", 290, share * whole), *(turn(f"p{n}", 290, rest) for n in range(1, size))]
    found = only(due(room(*people, turns=tuple(turns))), "imbalance")
    assert (found is not None) == fires
    assert found is None or (found.person, found.audience) == ("p0", "person")


def test_two_minutes_of_speech_are_needed_to_judge_shares() -> None:
    assert only(due(room(ADA, BEN, turns=(turn("ada", 200, 119),))), "imbalance") is None
    assert only(due(room(ADA, BEN, turns=(turn("ada", 200, 120),))), "imbalance") is not None
    left = turn("dora", 200, 150)
    assert only(due(room(ADA, BEN, turns=(left,))), "imbalance") is None, "the speaker is gone"


def test_hosts_are_told_of_members_silent_for_ten_minutes() -> None:
    talk = tuple(turn("ada", 500 - 60 * number, 50) for number in range(5))
    found = only(due(room(ADA, BEN, CY, turns=(*talk, turn("cy", 20, 10)))), "silent_member")
    assert found is not None
    assert found.content == "Ben has not spoken for ten minutes. Would they like to add something?"
    assert (found.audience, found.sources) == ("hosts", ("ben",))
    assert only(due(room(ADA, BEN, turns=())), "silent_member") is None, "no one speaks at all"
    fresh = member("ben", joined_at=NOW - 9 * MINUTE_MS)
    assert only(due(room(ADA, fresh, turns=talk)), "silent_member") is None
    crowd = [member(f"p{number}") for number in range(8)]
    assert only(due(room(ADA, *crowd, turns=talk)), "silent_member") is None


def test_a_question_waits_a_minute_for_its_answer() -> None:
    asked = turn("ada", 70, 5, "Good. When do we ship the engine?")
    for quiet, fires in ((59, False), (60, True), (179, True), (180, False)):
        found = only(due(room(ADA, BEN, quiet=quiet, turns=(asked,))), "question")
        assert (found is not None) == fires, quiet
    found = only(due(room(ADA, BEN, quiet=65, turns=(asked,))), "question")
    assert found is not None
    assert found.content == "This question has no answer yet: “When do we ship the engine?”"
    assert (found.cites, found.sources, found.audience) == ((asked.id,), ("ada",), "all")
    answered = (asked, turn("ben", 62, 2, "In May."))
    assert only(due(room(ADA, BEN, quiet=60, turns=answered)), "question") is None
    unheard = member("ben", heard=False)
    assert only(due(room(ADA, unheard, quiet=65, turns=(asked,))), "question") is None


def test_silence_after_a_question_is_time_to_think() -> None:
    asked = turn("ada", 70, 5, "When do we ship the engine?")
    found = due(room(ADA, BEN, quiet=65, turns=(asked,)))
    assert [one.kind for one in found] == ["question"]


def test_the_last_five_minutes_ask_for_the_next_step() -> None:
    plan: dict[str, Any] = {"planned": 30 * MINUTE_MS, "turns": (turn("ada", 20, 10),)}
    for left, fires in ((301, False), (300, True), (1, True), (0, False), (-60, False)):
        scene = room(ADA, BEN, planned_end=NOW + left * SECOND_MS, **plan)
        assert (only(due(scene), "time") is not None) == fires, left
    soon: dict[str, Any] = {"planned_end": NOW + 200 * SECOND_MS}
    assert only(due(room(ADA, BEN, **plan, **soon, acted=True)), "time") is None
    assert only(due(room(ADA, BEN, **{**plan, **soon, "planned": 9 * MINUTE_MS})), "time") is None
    assert only(due(room(ADA, BEN, **{**plan, **soon, "turns": ()})), "time") is None, "nothing was heard"


def test_a_nudge_is_over_when_its_cause_is() -> None:
    shown = NOW - 30 * SECOND_MS
    assert not has_passed("silence", room(ADA, BEN, quiet=60), shown, [])
    assert has_passed("silence", room(ADA, BEN, quiet=10), shown, [])
    asker, answer = turn("ada", 20, 5), turn("ben", 20, 5)
    assert not has_passed("question", room(ADA, BEN, turns=(asker,)), shown, ["ada"])
    assert has_passed("question", room(ADA, BEN, turns=(answer,)), shown, ["ada"])
    assert not has_passed("silent_member", room(ADA, BEN, turns=(asker,)), shown, ["ben"])
    assert has_passed("silent_member", room(ADA, BEN, turns=(answer,)), shown, ["ben"])
    assert not has_passed("imbalance", room(ADA, BEN, turns=(answer,)), shown, [])
