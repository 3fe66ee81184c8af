"""The adapter to OpenAI-compatible servers, with the SDK unmodified, against a scripted server in another process.

Each failure of a server ends in time, in the reason that the port names for it, and holds no content.
"""

import asyncio
import resource
import time
from typing import Any

import msgspec
import pytest

from connvo.providers.llm.base import Answer, LlmError, Task
from connvo.providers.llm.factory import language_model
from connvo.providers.llm.openai_compatible import OpenAiCompatible
from connvo.providers.llm.strict_schema import AnswerShape
from connvo.rules.insights.attempts import CallFailure
from connvo.settings import AiSettings
from tests.support.llm_fixtures import LlmDouble
from tests.support.llm_plays import CANARY

SHORT = 0.3
LINES = [["s1", "p1", "I will send the plan – très bientôt – tomorrow, łódź 東京 🎉."], ["s2", "p2", "Can we ship it?"]]
DATA = msgspec.json.encode({"members": [["p1", "Ana"]], "lines": LINES}).decode()
SECRET_WORDS = "łódź"


class Said(msgspec.Struct):
    text: str
    cites: list[str]


class Heard(msgspec.Struct):
    overview: list[Said]
    decisions: list[Said]
    language: str | None = None


SHAPE = AnswerShape(Heard, "heard")


def ask(settings: AiSettings, data: str = DATA, seconds: float = 10.0, model: OpenAiCompatible | None = None) -> Any:
    """Returns what came of a task: the answer, or the error."""
    task = Task(instructions="Summarise.", data=data, schema=SHAPE, max_output_tokens=300, deadline=seconds)

    async def call() -> Answer[Any] | LlmError:
        try:
            return await (model or OpenAiCompatible(settings)).complete(task)
        except LlmError as error:
            return error

    return asyncio.run(call())


def reason(settings: AiSettings, **more: Any) -> CallFailure:
    """Returns the reason of the failure that a task ends in."""
    found = ask(settings, **more)
    assert isinstance(found, LlmError)
    told: CallFailure = found.reason
    return told


def test_an_answer_is_read_from_its_pieces_and_its_tokens_are_those_that_the_server_counted(llm: LlmDouble) -> None:
    found = ask(llm.settings())
    assert found.value.overview == [Said(text=LINES[0][2], cites=["s1"])], "whatever bytes a piece ended in"
    assert found.tokens_in > 50 and found.tokens_out > 20


def test_the_request_has_the_task_and_nothing_else(llm: LlmDouble) -> None:
    ask(llm.settings())
    [request] = llm.seen()["requests"]
    body = request["body"]
    assert set(body) == {
        "model", "messages", "stream", "stream_options", "max_completion_tokens", "temperature", "response_format",
    }  # fmt: skip
    assert [one["content"] for one in body["messages"]] == ["Summarise.", DATA]
    assert body["response_format"]["json_schema"]["strict"] is True
    headers = {name.lower(): value for name, value in request["headers"].items()}
    assert set(headers) == {
        "host", "accept", "authorization", "content-type", "content-length", "user-agent",
        "accept-encoding", "connection",
    }  # fmt: skip
    assert headers["user-agent"] == "connvo"


def test_variables_of_the_sdk_change_nothing(llm: LlmDouble, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_BASE_URL", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_API_KEY"):
        monkeypatch.setenv(name, "http://elsewhere.example")
    ask(llm.settings())
    [request] = llm.seen()["requests"]
    assert "elsewhere" not in str(request)


@pytest.mark.parametrize(
    ("play", "expected"),
    [
        ({"status": 429}, "rate_limited"),
        ({"status": 500}, "unreachable"),
        ({"status": 503, "message": "overloaded"}, "unreachable"),
        ({"status": 403}, "refused"),
        ({"status": 404}, "refused"),
        ({"status": 302, "headers": {"location": "http://127.0.0.1:9/v1"}}, "refused"),
        ({"status": 400, "message": "This model's maximum context length is 2048 tokens"}, "context_cut"),
        ({"status": 413}, "context_cut"),
        ({"kind": "lost"}, "unreachable"),
        ({"kind": "half"}, "unreachable"),
        ({"kind": "cut_character"}, "unreachable"),
        ({"kind": "error"}, "unreachable"),
        ({"finish": None}, "unreachable"),
        ({"finish": "length"}, "cut"),
        ({"finish": "content_filter"}, "declined"),
        ({"refusal": "I cannot help with that"}, "declined"),
        ({"text": ""}, "unusable"),
        ({"text": "   "}, "unusable"),
        ({"answer": "prose"}, "unusable"),
        ({"answer": "other_shape"}, "unusable"),
        ({"text": "[" * 20_000, "size": 900}, "unusable"),
        ({"kind": "blanks"}, "unusable"),
        ({"kind": "gzip"}, "unusable"),
        ({"usage": [1, 5]}, "context_cut"),
    ],
    ids=str,
)
def test_each_failure_has_its_reason_and_no_content(llm: LlmDouble, play: dict[str, Any], expected: str) -> None:
    llm.play(play)
    found = ask(llm.settings())
    assert found.reason == expected
    assert SECRET_WORDS not in f"{found} {found.fault} {found.data}"
    assert len(llm.bodies()) == 1 or play.get("status") == 400, "the SDK repeats nothing"


def test_a_wrong_key_is_refused_without_a_word_of_it(llm: LlmDouble) -> None:
    found = ask(llm.settings(key="sk-wrong-key"))
    assert (found.reason, found.http_status) == ("refused", 401)
    assert "sk-wrong-key" not in f"{found} {found.data}"


def test_an_unknown_model_and_an_unknown_path_are_refused(llm: LlmDouble) -> None:
    assert reason(llm.settings(model="other")) == "refused"
    assert reason(llm.settings(url=llm.url + "/v2")) == "refused"


def test_a_server_that_is_down_is_unreachable() -> None:
    assert reason(AiSettings(url="http://127.0.0.1:9/v1", model="m")) == "unreachable"


def test_the_pause_that_a_server_asks_for_is_passed_on(llm: LlmDouble) -> None:
    llm.play({"status": 429, "headers": {"retry-after": "17"}})
    assert ask(llm.settings()).retry_after == 17.0
    llm.play({"status": 429, "headers": {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}})
    assert ask(llm.settings()).retry_after is None


@pytest.mark.parametrize(
    ("play", "limits"),
    [
        ({"kind": "silent"}, {"first_token_seconds": SHORT}),
        ({"kind": "hang"}, {"idle_seconds": SHORT}),
        ({"kind": "drip"}, {}),
    ],
    ids=str,
)
def test_a_server_that_stalls_is_left(llm: LlmDouble, play: dict[str, Any], limits: dict[str, Any]) -> None:
    llm.play(play)
    assert reason(llm.settings(**limits), seconds=10.0 if limits else SHORT) == "slow"


@pytest.mark.parametrize("kind", ["line", "endless"])
def test_a_gigabyte_is_not_taken(llm: LlmDouble, kind: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    llm.play({"kind": kind})
    assert reason(llm.settings()) == "unusable"
    assert llm.seen()["sent"] < 64 * 1024 * 1024
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 96 * 1024


def test_tokens_of_a_useless_answer_are_told(llm: LlmDouble) -> None:
    llm.play({"answer": "prose", "usage": [200, 31]})
    found = ask(llm.settings())
    assert (found.tokens_in, found.tokens_out) == (200, 31)


def test_a_fault_names_the_field_and_no_words(llm: LlmDouble) -> None:
    llm.play({"answer": "other_shape"})
    assert (
        ask(llm.settings()).fault
        == "The answer did not match the schema: Expected `array`, got `str` - at `$.decisions`."
    )
    llm.play({"answer": "prose"})
    assert ask(llm.settings()).fault == "The answer was not JSON."


def test_a_server_without_usage_is_answered_with_no_count(llm: LlmDouble) -> None:
    llm.play({"usage": []})
    found = ask(llm.settings())
    assert (found.tokens_in, found.tokens_out) == (None, None)


@pytest.mark.parametrize(
    "refuses",
    [
        ("max_completion_tokens",),
        ("temperature",),
        ("stream_options",),
        ("json_schema",),
        ("json_schema", "json_object"),
        ("max_completion_tokens", "temperature", "stream_options", "json_schema", "json_object"),
    ],
    ids=len,
)
def test_a_dialect_is_learned_from_refusals_and_kept(llm: LlmDouble, refuses: tuple[str, ...]) -> None:
    llm.play(refuses=refuses)
    model = OpenAiCompatible(llm.settings())
    assert isinstance(ask(llm.settings(), model=model), Answer)
    assert len(llm.bodies()) == len(refuses) + 1
    assert isinstance(ask(llm.settings(), model=model), Answer)
    assert len(llm.bodies()) == len(refuses) + 2, "it is not learned again"
    last = llm.bodies()[-1]
    assert not set(refuses) & (set(last) | {last.get("response_format", {}).get("type")})
    if "json_schema" in refuses:
        assert '"overview"' in last["messages"][0]["content"], "the schema is told in words"


def test_a_server_that_refuses_everything_is_left_after_a_few_requests(llm: LlmDouble) -> None:
    llm.play({"status": 400, "message": "bad request"})
    assert reason(llm.settings()) == "refused"
    assert len(llm.bodies()) <= 6


@pytest.mark.parametrize("frame", ["```json\n{}\n```", "<think>Let me {think}</think>\n{}", "  {}\n"])
def test_the_frame_of_some_models_is_taken_off(llm: LlmDouble, frame: str) -> None:
    answer = '{"overview": [], "decisions": []}'
    llm.play({"text": frame.replace("{}", answer)})
    assert ask(llm.settings()).value == Heard(overview=[], decisions=[])


def test_no_log_line_has_content(llm: LlmDouble, capfd: pytest.CaptureFixture[str]) -> None:
    for play in ({"answer": "prose"}, {"status": 500, "message": SECRET_WORDS}, {"answer": "lying"}):
        llm.play(play)
        ask(llm.settings())
    out = "".join(capfd.readouterr())
    assert "llm_failed" in out
    assert SECRET_WORDS not in out and CANARY not in out and "Sure!" not in out


def test_there_is_a_model_exactly_where_one_is_configured(llm: LlmDouble) -> None:
    assert language_model(AiSettings()) is None
    assert language_model(llm.settings()) is language_model(llm.settings()), "what it learned is kept"


def test_a_call_that_is_given_up_ends_at_once(llm: LlmDouble) -> None:
    llm.play({"kind": "hang"})

    async def give_up() -> float:
        task = Task(instructions="x", data=DATA, schema=SHAPE, max_output_tokens=9, deadline=60)
        call = asyncio.create_task(OpenAiCompatible(llm.settings()).complete(task))
        await asyncio.sleep(SHORT)
        since = time.monotonic()
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        return time.monotonic() - since

    assert asyncio.run(give_up()) < 2.0
