"""Every way in which a language model fails reports is told, in words that repair it."""

import asyncio
from typing import Any

import pytest

from connvo.doctor.language_model import MODEL, model_checks
from connvo.doctor.report import Finding, told
from connvo.settings import AiSettings
from tests.support.llm_fixtures import LlmDouble, llm, llm_server

__all__ = ["llm", "llm_server"]


def ask(settings: AiSettings) -> Finding:
    """Returns what the doctor finds."""
    [check] = model_checks(settings)
    return asyncio.run(told(check, 1.0))


def test_without_a_model_nothing_is_checked() -> None:
    assert model_checks(AiSettings()) == []


def test_one_that_works_is_said_to(llm: LlmDouble) -> None:
    found = ask(llm.settings())
    assert (found.check, found.state) == (MODEL, "ok"), found
    assert "held to a schema" in found.says


def test_the_context_is_filled_as_a_request_fills_it(llm: LlmDouble) -> None:
    ask(llm.settings(context_tokens=8192))
    longest = max(len(body["messages"][-1]["content"]) for body in llm.bodies())
    assert longest > (8192 - 1500) * 3


@pytest.mark.parametrize(
    ("play", "state", "advice"),
    [
        ({"status": 429}, "failed", "wait"),
        ({"status": 500}, "failed", "CONNVO_AI_URL"),
        ({"status": 403}, "failed", "CONNVO_AI_KEY"),
        ({"answer": "prose"}, "failed", "JSON"),
        ({"finish": "length"}, "failed", "CONNVO_AI_OUTPUT_TOKENS"),
        ({"context": 2048}, "failed", "CONNVO_AI_CONTEXT_TOKENS"),
        ({"answer": "forgetful"}, "warning", "CONNVO_AI_CONTEXT_TOKENS"),
    ],
    ids=str,
)
def test_each_failure_comes_with_its_repair(llm: LlmDouble, play: dict[str, Any], state: str, advice: str) -> None:
    llm.play(play)
    found = ask(llm.settings())
    assert (found.state, advice in found.advice) == (state, True), found


def test_a_wrong_key_and_model_are_told_and_no_key_is_printed(llm: LlmDouble) -> None:
    found = ask(llm.settings(key="sk-not-the-key"))
    assert (found.state, "CONNVO_AI_KEY" in found.advice) == ("failed", True)
    assert "sk-not-the-key" not in str(found)
    assert "CONNVO_AI_MODEL" in ask(llm.settings(model="other")).advice


def test_a_server_that_ignores_a_schema_is_told(llm: LlmDouble) -> None:
    llm.play({}, {}, {"answer": "prose"})
    found = ask(llm.settings())
    assert (found.state, "not held to a schema" in found.says) == ("warning", True), found


def test_a_server_that_is_down_is_told() -> None:
    found = ask(AiSettings(url="http://127.0.0.1:9/v1", model="m"))
    assert (found.state, "CONNVO_AI_URL" in found.advice) == ("failed", True)
