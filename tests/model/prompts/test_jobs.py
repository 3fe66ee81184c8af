"""Prompts are kept as long as the settings say, and nothing of an erased person is left in them."""

from collections.abc import Callable
from typing import Any

import pytest

from connvo.maintenance.erasure import erase
from connvo.model.prompts import jobs
from connvo.runtime.call_request import CallRequest
from connvo.schema.prompts import Prompt, PromptFeedback, PromptSource
from connvo.settings import RetentionSettings
from connvo.store.snapshot import Snapshot
from tests.support.backend import Backend
from tests.support.people import seed_catalogue
from tests.support.prompts import GENERATE, IDEAS, RATE, Hinted, ideas, introduce, kinds, stored
from tests.support.scene import Scene
from tests.support.store import ENGINES

DAY = 86_400.0


def sizes(backend: Backend) -> tuple[int, int, int]:
    """Returns how many prompts, rows of feedback and sources there are."""

    def work(db: Snapshot) -> tuple[int, int, int]:
        tables = (Prompt, PromptFeedback, PromptSource)
        found = [len(db.scan(table, "by_creation")) for table in tables]
        return (found[0], found[1], found[2])

    return backend.read(work)


@pytest.mark.parametrize("engine", ENGINES)
def test_prompts_without_feedback_are_kept_for_days_and_those_with_some_for_longer(
    engine: str, make_backend: Callable[..., Backend]
) -> None:
    retention = RetentionSettings(prompt_days=2, rated_prompt_days=4)
    scene = Scene(make_backend(ENGINES[engine], retention=retention))
    introduce(scene.host, field="Law")
    introduce(scene.guest, field="Physics")
    made = scene.host.call(GENERATE, meetingId=scene.meeting_id)["promptIds"]
    scene.guest.call(RATE, promptId=made[0], feedback="dismissed")
    scene.backend.advance(DAY)
    assert sizes(scene.backend) == (3, 1, 2)
    scene.backend.advance(1.5 * DAY)
    assert sizes(scene.backend) == (1, 1, 2)
    scene.backend.advance(2 * DAY)
    assert sizes(scene.backend) == (0, 0, 0)


def test_many_prompts_are_forgotten_in_batches(
    make_backend: Callable[..., Backend], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BATCH", 1)
    scene = Scene(make_backend())
    scene.host.call(GENERATE, meetingId=scene.meeting_id)
    scene.backend.advance(8 * DAY)
    assert sizes(scene.backend) == (0, 0, 0)


@pytest.mark.parametrize("engine", ENGINES)
def test_an_erased_person_leaves_no_idea_and_no_feedback(engine: str, make_backend: Callable[..., Backend]) -> None:
    scene = Scene(make_backend(ENGINES[engine]))
    seed_catalogue(scene.backend)
    introduce(scene.host, ["music"], field="Law")
    introduce(scene.guest, ["music"], field="Cryptanalysis", goals="Break the code.")
    made = scene.host.call(GENERATE, meetingId=scene.meeting_id)["promptIds"]
    for person in (scene.host, scene.guest):
        person.call(RATE, promptId=made[0], feedback="used")
    scene.backend.run(erase(scene.backend.runtime, scene.guest.user_id))
    assert kinds(ideas(scene.host, scene.meeting_id)) == ["decision", "general"]
    assert sizes(scene.backend) == (2, 0, 0)
    assert "Cryptanalysis" not in str(stored(scene.backend))


@pytest.mark.parametrize("engine", ENGINES)
def test_coaching_goes_with_its_person(engine: str, make_backend: Callable[..., Backend]) -> None:
    call = Hinted(make_backend(ENGINES[engine]))
    for _ in range(36):
        call.wait(5)
        call.say_now(call.guest, "And then we turn the handle.", seconds=5)
    call.wait(5)
    assert "imbalance" in {one.kind for one in stored(call.backend)}
    call.backend.run(erase(call.backend.runtime, call.guest.user_id))
    assert "imbalance" not in {one.kind for one in stored(call.backend)}


def test_a_meeting_without_other_members_takes_its_prompts_along(backend: Backend) -> None:
    host = backend.sign_in("ada")
    meeting = host.call("meetings/lifecycle:createMeeting", title="Alone")["meetingId"]
    host.call(GENERATE, meetingId=meeting)
    backend.run(erase(backend.runtime, host.user_id))
    assert sizes(backend) == (0, 0, 0)


def test_past_ideas_are_read_by_the_rights_of_now(backend: Backend) -> None:
    scene = Scene(backend)
    introduce(scene.host, field="Law")
    introduce(scene.guest, field="Cryptanalysis")
    scene.host.call(GENERATE, meetingId=scene.meeting_id)
    at = backend.run(backend.runtime.latest_ts(scene.host.identity))
    asked = {"meetingId": scene.meeting_id}

    def past() -> list[dict[str, Any]]:
        outcome = backend.run(backend.runtime.run(CallRequest(IDEAS, asked, scene.host.identity, "query", "test", at)))
        assert outcome.error is None
        return list(outcome.value)

    assert "Cryptanalysis" in str(past())
    scene.guest.call("settings/mutations:updateSettings", profileVisibility=False)
    assert kinds(past()) == ["decision", "general"]
