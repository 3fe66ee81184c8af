"""Operators read the requests for suggestions as they were sent, from what is stored."""

from collections.abc import Callable
from typing import Any

from connvo.maintenance.model_requests import requests_about
from tests.support.backend import Backend
from tests.support.insights import ENABLE
from tests.support.llm_fixtures import LlmDouble
from tests.support.prompts import GENERATE, Hinted, introduce
from tests.support.scene import Scene

# Enough words in a row for a question about them.
TALK = "We want to move the launch to May, because the pictures of the agency in Vienna are still late. " * 5


def printed(scene: Scene) -> list[dict[str, Any]]:
    """Returns the requests for suggestions that operators read."""
    found: list[dict[str, Any]] = scene.backend.run(requests_about(scene.backend.runtime, scene.meeting_id))
    return [one for one in found if '"facts"' in one["messages"][1]["content"]]


def test_the_last_request_during_a_call_is_printed_as_it_was_sent(
    make_backend: Callable[..., Backend], llm: LlmDouble
) -> None:
    call = Hinted(make_backend(ai=llm.settings(live=True)))
    for person in (call.host, call.guest):
        call.say_now(person, TALK, seconds=8)
        call.wait(10)
    [sent] = llm.bodies()
    # The paragraph goes on, and others follow.
    call.say_now(call.guest, "And it goes on.", seconds=9)
    call.say_now(call.host, "Then something else.")
    before, during = printed(call)
    assert during == sent
    assert "Planning" in str(before) and "launch" not in str(before)
    call.host.call(ENABLE, meetingId=call.meeting_id, enabled=False)
    assert printed(call) == [sent], "no more is sent, and this was"


def test_the_request_before_a_call_is_printed_as_it_was_sent(
    make_backend: Callable[..., Backend], llm: LlmDouble
) -> None:
    lobby = Scene(make_backend(ai=llm.settings(live=True)))
    introduce(lobby.host, field="Law")
    introduce(lobby.guest, field="Physics")
    expected = printed(lobby)
    lobby.host.call(GENERATE, meetingId=lobby.meeting_id)
    lobby.backend.advance(10)
    assert llm.bodies() == expected == printed(lobby)
    assert "Physics" in str(expected)


def test_nothing_is_printed_that_may_not_be_sent(make_backend: Callable[..., Backend], llm: LlmDouble) -> None:
    call = Hinted(make_backend(ai=llm.settings(live=False)))
    assert printed(call) == []
