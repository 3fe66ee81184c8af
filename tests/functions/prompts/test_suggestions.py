"""A model's questions beside the prompts by rules: checked, bounded, and never in the way, at a scripted server."""

from collections.abc import Callable
from typing import Any

import pytest

from connvo.model.prompts import asks, suggesting
from connvo.providers.reports import process
from connvo.rules.prompts.suggestion_messages import MAX_TOKENS, CheckedSuggestions, SuggestionCheck
from connvo.runtime.call_request import CallRequest
from connvo.runtime.context import ActionCtx
from connvo.schema.ai import AiUsage
from connvo.schema.prompts import PromptAsk
from tests.support.backend import Backend
from tests.support.insights import ENABLE
from tests.support.llm_fixtures import LlmDouble
from tests.support.llm_plays import CANARY
from tests.support.people import seed_catalogue
from tests.support.prompts import GENERATE, Hinted, ideas, introduce, kinds, stored
from tests.support.scene import Scene
from tests.support.store import ENGINES

Make = Callable[..., Hinted]

MINUTE = 60.0
LINES = (
    "The launch of the mobile app depends on the review of the store and on the pictures of the agency in Vienna.",
    "Then we should talk about the pictures first, because the agency has been late with everything this year.",
)
LEASE_SECONDS = 100.0


@pytest.fixture
def make(make_backend: Callable[..., Backend], llm: LlmDouble) -> Make:
    """Makes calls at a server whose model may suggest."""

    def made(engine: str = "sqlite", **settings: Any) -> Hinted:
        return Hinted(make_backend(ENGINES[engine], ai=llm.settings(**{"live": True, **settings})))

    return made


@pytest.fixture
def lobby(make_backend: Callable[..., Backend], llm: LlmDouble) -> Scene:
    """A meeting before its call, of members with profiles."""
    scene = Scene(make_backend(ai=llm.settings(live=True)))
    seed_catalogue(scene.backend)
    introduce(scene.host, ["music", "art"], field="Law", goals="Learn to listen.")
    introduce(scene.guest, ["music"], field="Physics")
    return scene


def talk(call: Hinted, minutes: float, number: int = 0) -> None:
    """Has both talk by turns, without a pause."""
    for step in range(int(minutes * 6)):
        call.wait(10)
        call.say_now((call.host, call.guest)[step % 2], LINES[step % 2], seconds=8)


def used(backend: Backend, meeting_id: str) -> AiUsage | None:
    """Returns the tokens of the meeting."""
    return backend.read(lambda db: db.first(AiUsage, "by_scope", "meeting", meeting_id, ""))


@pytest.mark.parametrize("engine", ENGINES)
def test_after_some_talk_all_see_one_question_about_it(make: Make, llm: LlmDouble, engine: str) -> None:
    call = make(engine)
    talk(call, 2.5)
    seen = call.nudges(call.host)
    assert kinds(seen) == ["suggestion"] and seen == call.nudges(call.guest)
    assert seen[0]["content"].startswith("How does “")
    [row] = stored(call.backend)
    assert row.cites and set(row.cites) <= {segment.id for segment in call.segments()}
    [body] = llm.bodies()
    assert body["max_completion_tokens"] < MAX_TOKENS
    found = used(call.backend, call.meeting_id)
    assert found is not None and (found.reserved, found.calls) == (0, 1)
    assert 0 < found.used <= MAX_TOKENS
    call.wait(2.5 * MINUTE)
    [row] = [one for one in stored(call.backend) if one.kind == "suggestion"]
    assert (row.open, row.cites) == (False, ()) and "change" not in row.content, "words do not outlive it"


def test_calls_are_four_minutes_apart(make: Make, llm: LlmDouble) -> None:
    llm.play({"answer": "lying"})  # a question that is shown rests longer
    call = make()
    talk(call, 11)
    assert len(llm.bodies()) == 3
    assert MINUTE * 60_000 / asks.APART_MS == 15


def test_without_the_setting_nothing_leaves(make: Make, llm: LlmDouble) -> None:
    call = make(live=False)
    call.host.call(GENERATE, meetingId=call.meeting_id)
    talk(call, 3)
    assert llm.bodies() == []
    assert call.backend.read(lambda db: db.scan(PromptAsk, "by_creation")) == []


def test_with_reports_switched_off_no_words_leave(make: Make, llm: LlmDouble) -> None:
    call = make()
    call.host.call(ENABLE, meetingId=call.meeting_id, enabled=False)
    talk(call, 3)
    assert llm.bodies() == []


def test_nothing_personal_leaves(make: Make, llm: LlmDouble) -> None:
    call = make()
    talk(call, 2.5)
    sent = str(llm.seen()["requests"])
    assert "pictures of the agency" in sent
    for person in (call.host, call.guest):
        assert person.user_id not in sent
    for word in ("@example.org", call.meeting_id, "Hanna", "Gustav", *(segment.id for segment in call.segments())):
        assert word not in sent


@pytest.mark.parametrize(
    "play",
    [
        {"answer": "lying"}, {"answer": "prose"}, {"answer": "other_shape"}, {"text": ""}, {"finish": "length"},
        {"refusal": "No."}, {"status": 401}, {"status": 429}, {"status": 500}, {"kind": "half"}, {"kind": "blanks"},
        {"usage": [3, 3]},
    ],
    ids=str,
)  # fmt: skip
def test_a_model_that_lies_or_fails_shows_nothing_and_is_asked_once(
    make: Make, llm: LlmDouble, play: dict[str, Any]
) -> None:
    llm.play(play)
    call = make()
    talk(call, 3)
    assert [one.kind for one in stored(call.backend)] == []
    assert len(llm.bodies()) == 1
    found = used(call.backend, call.meeting_id)
    assert found is not None and (found.reserved, found.calls) == (0, 1)
    call.wait(20)
    assert call.seen(call.host) == ["silence"], "the rules go on"


def test_a_stalling_model_holds_nothing_up(make: Make, llm: LlmDouble) -> None:
    llm.play({"kind": "hang"})
    call = make(idle_seconds=0.2)
    talk(call, 3)
    assert stored(call.backend) == []
    assert call.backend.read(lambda db: db.scan(PromptAsk, "by_creation"))[0].state == "done"


def test_the_report_keeps_its_part_of_the_budget(make: Make, llm: LlmDouble) -> None:
    call = make(meeting_tokens=4 * MAX_TOKENS)
    talk(call, 11)
    found = used(call.backend, call.meeting_id)
    assert found is not None and found.used <= (1 - suggesting.REPORT_SHARE) * 4 * MAX_TOKENS
    assert len(llm.bodies()) == 1


class Killed(BaseException):
    """The process of a server ends here, as far as its data can tell."""


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", ["claim_ask", "reserve_ask", "record_suggestions"])
def test_a_server_that_dies_at_any_step_shows_no_second_question_and_charges_its_call(
    make: Make, llm: LlmDouble, monkeypatch: pytest.MonkeyPatch, name: str, after: bool
) -> None:
    real = ActionCtx.run_mutation
    deaths: list[str] = []

    async def run_mutation(ctx: ActionCtx, function: Any, **given: Any) -> Any:
        dies = function.name == name and not deaths
        if dies and not after:
            deaths.append(name)
            raise Killed
        value = await real(ctx, function, **given)
        if dies and (name != "claim_ask" or value is not None):
            deaths.append(name)
            raise Killed
        return value

    monkeypatch.setattr(ActionCtx, "run_mutation", run_mutation)
    call = make()
    talk(call, 3)
    call.backend.advance(LEASE_SECONDS)
    assert deaths == [name]
    assert len([one for one in stored(call.backend) if one.kind == "suggestion"]) <= 1
    found = used(call.backend, call.meeting_id)
    sent = len(llm.bodies())
    assert sent <= 1
    if found is not None:
        assert (found.reserved, found.calls >= sent) == (0, True)
        assert found.used <= MAX_TOKENS
    [row] = call.backend.read(lambda db: db.scan(PromptAsk, "by_creation"))
    assert row.state == "done" and row.reserved == 0


def test_two_nodes_ask_once(make: Make, llm: LlmDouble) -> None:
    call = make()
    node = call.backend.add_node()
    for step in range(15):
        call.wait(10)
        call.backend.run(node.scheduler.settle())
        call.say_now((call.host, call.guest)[step % 2], LINES[step % 2], seconds=8)
    assert len(llm.bodies()) == 1
    assert kinds(call.nudges(call.host)) == ["suggestion"]


def test_words_that_are_deleted_meanwhile_are_not_quoted(
    make: Make, llm: LlmDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = make()
    about = {"meetingId": call.meeting_id}
    people = (call.host, call.guest)
    found: list[CheckedSuggestions] = []
    real = process.check_suggestions

    async def check(request: SuggestionCheck) -> CheckedSuggestions:
        for person in people:
            deletion = CallRequest("transcripts/editing:deleteMine", about, person.identity, None, "test")
            assert (await call.backend.runtime.run(deletion)).error is None
        found.append(await real(request))
        return found[-1]

    monkeypatch.setattr(process, "check_suggestions", check)
    talk(call, 2)
    assert [len(one.kept) for one in found] == [1], "the answer was good"
    assert [one for one in stored(call.backend) if one.kind == "suggestion"] == []


def test_before_a_call_a_models_ideas_stand_beside_those_by_rules(lobby: Scene, llm: LlmDouble) -> None:
    made = lobby.host.call(GENERATE, meetingId=lobby.meeting_id)
    assert "suggestion" not in kinds(ideas(lobby.host, lobby.meeting_id)), "nobody waits for a model"
    lobby.backend.advance(10)
    found = ideas(lobby.guest, lobby.meeting_id)
    assert kinds(found).count("suggestion") == 1
    assert {one["_id"] for one in found} > set(made["promptIds"])
    assert len(found) <= 6
    again = lobby.guest.call(GENERATE, meetingId=lobby.meeting_id)
    assert (again["generated"], len(again["promptIds"])) == (False, len(found))
    lobby.backend.advance(10)
    assert len(llm.bodies()) == 1


def test_before_a_call_a_model_sees_public_facts_and_no_names(lobby: Scene, llm: LlmDouble) -> None:
    lobby.host.call(GENERATE, meetingId=lobby.meeting_id)
    lobby.backend.advance(10)
    sent = str(llm.bodies())
    assert "Music" in sent and "Planning" in sent and "Physics" in sent
    for word in ("Art", "Learn to listen", lobby.host.user_id, "@example.org", "Hanna"):
        assert word not in sent


def test_an_idea_of_a_model_goes_with_the_profile_that_it_rests_on(lobby: Scene) -> None:
    lobby.host.call(GENERATE, meetingId=lobby.meeting_id)
    lobby.backend.advance(10)
    assert "suggestion" in kinds(ideas(lobby.guest, lobby.meeting_id))
    lobby.host.call("settings/mutations:updateSettings", profileVisibility=False)
    assert "suggestion" not in kinds(ideas(lobby.guest, lobby.meeting_id))


@pytest.mark.parametrize("answer", ["lying", "prose"])
def test_before_a_call_nothing_invented_gets_through(lobby: Scene, llm: LlmDouble, answer: str) -> None:
    llm.play({"answer": answer})
    lobby.host.call(GENERATE, meetingId=lobby.meeting_id)
    lobby.backend.advance(10)
    found = ideas(lobby.guest, lobby.meeting_id)
    assert kinds(found) == ["interests", "fields", "decision", "goals", "general"]
    assert CANARY not in str(found)
