"""Feedback is each person's own: nobody else sees it, and a dismissed prompt is gone for them alone."""

from typing import Any

import pytest

from connvo.schema.prompts import PromptFeedback
from tests.support.prompts import GENERATE, RATE, ideas, stored
from tests.support.scene import Scene


@pytest.fixture
def prompt_id(scene: Scene) -> str:
    """The most relevant idea of the meeting."""
    made: str = scene.host.call(GENERATE, meetingId=scene.meeting_id)["promptIds"][0]
    return made


def own(scene: Scene, person: Any, prompt_id: str) -> dict[str, Any] | None:
    """Returns a prompt as a person sees it."""
    return next((one for one in ideas(person, scene.meeting_id) if one["_id"] == prompt_id), None)


def rows(scene: Scene) -> list[PromptFeedback]:
    return scene.backend.read(lambda db: db.scan(PromptFeedback, "by_creation"))


def test_feedback_is_seen_by_its_author_alone(scene: Scene, prompt_id: str) -> None:
    assert scene.host.call(RATE, promptId=prompt_id, feedback="used") is None
    scene.guest.call(RATE, promptId=prompt_id, feedback="upvoted")
    mine, theirs, others = (own(scene, one, prompt_id) for one in (scene.host, scene.guest, scene.watcher))
    assert mine is not None and mine["feedback"] == "used" and mine["usedAt"] <= scene.backend.now_ms
    assert theirs is not None and theirs["feedback"] == "upvoted" and "usedAt" not in theirs
    assert others is not None and "feedback" not in others and "usedAt" not in others


def test_a_dismissed_prompt_is_gone_for_one_person(scene: Scene, prompt_id: str) -> None:
    scene.guest.call(RATE, promptId=prompt_id, feedback="dismissed")
    assert own(scene, scene.guest, prompt_id) is None
    assert own(scene, scene.host, prompt_id) is not None
    scene.host.call(GENERATE, meetingId=scene.meeting_id, forceRegenerate=True)
    contents = [one["content"] for one in ideas(scene.host, scene.meeting_id)]
    assert own(scene, scene.guest, prompt_id) is None
    assert len(ideas(scene.guest, scene.meeting_id)) == len(contents) - 1, "not even as a new one with the same words"


def test_there_is_one_row_for_each_person_and_prompt(scene: Scene, prompt_id: str) -> None:
    for feedback in ("used", "upvoted", "dismissed", "used"):
        scene.host.call(RATE, promptId=prompt_id, feedback=feedback)
    scene.guest.call(RATE, promptId=prompt_id, feedback="used")
    assert [one.feedback for one in rows(scene)] == ["used", "used"]


def test_the_same_feedback_again_changes_nothing(scene: Scene, prompt_id: str) -> None:
    scene.host.call(RATE, promptId=prompt_id, feedback="used")
    before = rows(scene), stored(scene.backend)
    scene.backend.now_ns += int(1e9)
    scene.host.call(RATE, promptId=prompt_id, feedback="used")
    assert (rows(scene), stored(scene.backend)) == before


def test_the_first_use_is_remembered(scene: Scene, prompt_id: str) -> None:
    scene.host.call(RATE, promptId=prompt_id, feedback="used")
    first = own(scene, scene.host, prompt_id)
    scene.backend.now_ns += int(1e9)
    scene.host.call(RATE, promptId=prompt_id, feedback="upvoted")
    later = own(scene, scene.host, prompt_id)
    assert first is not None and later is not None
    assert (later["feedback"], later["usedAt"]) == ("upvoted", first["usedAt"])


def test_sixty_at_once_are_enough(scene: Scene, prompt_id: str) -> None:
    for number in range(60):
        scene.host.call(RATE, promptId=prompt_id, feedback=("used", "upvoted")[number % 2])
    scene.host.fails(RATE, "RATE_LIMIT_EXCEEDED", promptId=prompt_id, feedback="used")
