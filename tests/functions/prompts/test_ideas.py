"""Ideas before a call: one set for all members, made of what they show, and never of what they hide."""

from typing import Any

import pytest

from tests.support.backend import Backend
from tests.support.people import seed_catalogue
from tests.support.prompts import GENERATE, IDEAS, RATE, ideas, introduce, kinds, stored
from tests.support.scene import Scene

SECRET = "Cryptanalysis"


@pytest.fixture
def acquainted(scene: Scene) -> Scene:
    """The host and the guest have profiles and an interest in common."""
    seed_catalogue(scene.backend)
    introduce(scene.host, ["music", "art"], field="Law", goals="Learn to listen.")
    introduce(scene.guest, ["music"], field="Physics")
    return scene


def generate(scene: Scene, person: Any = None, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (person or scene.host).call(GENERATE, meetingId=scene.meeting_id, **more)
    return answer


def test_ideas_rest_on_public_profiles(acquainted: Scene) -> None:
    made = generate(acquainted)
    assert (made["generated"], made["fromCache"]) == (True, False)
    found = ideas(acquainted.guest, acquainted.meeting_id)
    assert [one["_id"] for one in found] == made["promptIds"]
    assert kinds(found) == ["interests", "fields", "decision", "goals", "general"]
    assert [one["relevance"] for one in found] == [0.9, 0.85, 0.8, 0.75, 0.6]
    assert "“Music”" in found[0]["content"], "by its label, not by its key"
    assert "“Planning”" in found[2]["content"]
    assert "Learn to listen" not in str(found), "the words of a goal are its owner's"


def test_two_callers_get_one_set(acquainted: Scene) -> None:
    first, second = generate(acquainted), generate(acquainted, acquainted.guest)
    assert second == {"promptIds": first["promptIds"], "generated": False, "fromCache": True}
    assert len(stored(acquainted.backend)) == len(first["promptIds"])


def test_a_set_is_made_again_when_its_basis_changes(acquainted: Scene) -> None:
    first = generate(acquainted)
    introduce(acquainted.guest, field="Medicine")
    second = generate(acquainted)
    assert second["generated"]
    assert not set(first["promptIds"]) & set(second["promptIds"])
    assert "Medicine" in str(ideas(acquainted.guest, acquainted.meeting_id))
    third = acquainted.backend.sign_in("cy")
    introduce(third, ["music"], field="Chess")
    acquainted.add(third)
    assert generate(acquainted)["generated"]
    assert "Chess" in str(ideas(third, acquainted.meeting_id))
    assert len(stored(acquainted.backend)) == len(ideas(third, acquainted.meeting_id))


def test_nothing_of_a_hidden_profile_is_in_an_idea(scene: Scene) -> None:
    seed_catalogue(scene.backend)
    introduce(scene.host, ["music"], field="Law")
    introduce(scene.guest, ["music"], field=SECRET, goals="Break the code.")
    scene.guest.call("settings/mutations:updateSettings", profileVisibility=False)
    generate(scene)
    found = ideas(scene.host, scene.meeting_id)
    assert kinds(found) == ["decision", "general"]
    assert SECRET not in str(found)


def test_ideas_about_a_profile_end_with_its_visibility(acquainted: Scene) -> None:
    generate(acquainted)
    acquainted.guest.call("settings/mutations:updateSettings", profileVisibility=False)
    for person in (acquainted.host, acquainted.guest):
        assert kinds(ideas(person, acquainted.meeting_id)) == ["decision", "goals", "general"]
    acquainted.guest.call("settings/mutations:updateSettings", profileVisibility=True)
    assert "fields" in kinds(ideas(acquainted.host, acquainted.meeting_id))


def test_ideas_about_a_member_end_with_the_membership(acquainted: Scene) -> None:
    generate(acquainted)
    acquainted.of(acquainted.host, "removeParticipant", userId=acquainted.guest.user_id)
    assert kinds(ideas(acquainted.host, acquainted.meeting_id)) == ["decision", "goals", "general"]


def test_a_member_without_consent_gives_no_ideas(scene: Scene) -> None:
    seed_catalogue(scene.backend)
    stranger = scene.backend.sign_in("sten")
    introduce(stranger, ["music"], field=SECRET)
    introduce(scene.host, ["music"], field="Law")
    add = {"userId": stranger.user_id, "role": "participant"}
    scene.of(scene.host, "addParticipant", **add)
    generate(scene)
    assert kinds(ideas(scene.host, scene.meeting_id)) == ["decision", "general"]
    stranger.call("meetings/invitations:acceptInvitation", meetingId=scene.meeting_id)
    generate(scene)
    assert "fields" in kinds(ideas(scene.host, scene.meeting_id))


def test_a_forced_set_replaces_ideas_without_feedback(acquainted: Scene) -> None:
    first = generate(acquainted)["promptIds"]
    acquainted.guest.call(RATE, promptId=first[0], feedback="upvoted")
    forced = generate(acquainted, forceRegenerate=True)
    assert forced["generated"]
    assert set(forced["promptIds"]) & set(first) == {first[0]}
    assert len(forced["promptIds"]) == len(first), "an idea with feedback is not asked a second time"
    contents = [one["content"] for one in ideas(acquainted.host, acquainted.meeting_id)]
    assert len(contents) == len(set(contents)) == len(first)
    assert not generate(acquainted)["generated"]


@pytest.mark.parametrize("end", ["cancelMeeting", "endMeeting"])
def test_a_meeting_that_is_over_needs_no_ideas(scene: Scene, end: str) -> None:
    generate(scene)
    if end == "endMeeting":
        scene.start()
    scene.of(scene.host, end)
    error = scene.host.fails(GENERATE, "VALIDATION_ERROR", meetingId=scene.meeting_id)
    assert error.metadata["field"] == "meetingId"
    assert ideas(scene.host, scene.meeting_id), "those that there are can still be read"


def test_ten_calls_in_five_minutes_are_enough(scene: Scene) -> None:
    for _ in range(10):
        generate(scene)
    error = scene.host.fails(GENERATE, "RATE_LIMIT_EXCEEDED", meetingId=scene.meeting_id)
    assert 0 < error.metadata["retryAfterSeconds"] <= 30
    generate(scene, scene.guest)
    scene.backend.now_ns += int(30e9)
    generate(scene)


@pytest.mark.parametrize(("limit", "count"), [(None, 5), (2, 2), (0, 1), (-5, 1), (1e9, 5), (2.9, 2)])
def test_the_most_relevant_come_first_within_the_limit(acquainted: Scene, limit: float | None, count: int) -> None:
    generate(acquainted)
    found = ideas(acquainted.host, acquainted.meeting_id, **({} if limit is None else {"limit": limit}))
    assert kinds(found) == ["interests", "fields", "decision", "goals", "general"][:count]


def test_names_and_labels_of_members_are_shown_as_they_are(scene: Scene) -> None:
    introduce(scene.host, field="<b>Law</b>\u202e")
    introduce(scene.guest, field="Physics")
    generate(scene)
    (found,) = [one for one in ideas(scene.host, scene.meeting_id) if one["tags"][0] == "fields"]
    assert "<b>Law</b>" in found["content"]
    assert "\u202e" not in found["content"]


def test_a_meeting_of_many_is_looked_at_within_the_limits(backend: Backend) -> None:
    scene = Scene(backend)
    seed_catalogue(backend)
    for number in range(60):
        person = backend.sign_in(f"guest{number}")
        introduce(person, ["music", "art", "film"], field=f"Field {number}")
        scene.add(person)
    assert generate(scene)["generated"]
    assert len(ideas(scene.host, scene.meeting_id)) >= 4


def test_the_aliases_answer_alike(acquainted: Scene) -> None:
    made = acquainted.host.call("prompts/index:generatePreCallIdeas", meetingId=acquainted.meeting_id)
    listed = acquainted.host.call("prompts/index:getPreCallPrompts", meetingId=acquainted.meeting_id)
    assert [one["_id"] for one in listed] == made["promptIds"]
    assert acquainted.host.call(IDEAS, meetingId=acquainted.meeting_id) == listed
