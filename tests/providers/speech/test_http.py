"""A server with OpenAI's API: its words are taken, and every way in which it fails is told apart."""

import asyncio
import io
import math
import wave
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.providers.speech.base import EngineError, Transcription
from connvo.providers.speech.http import HttpRecogniser, read_answer
from connvo.settings import SpeechSettings
from tests.support.transcriber_double import Answer, Transcriber, transcribing

AUDIO = b"\1\2" * 8000


@pytest.fixture
def server() -> Iterator[Transcriber]:
    with transcribing() as server:
        yield server


def recognise(server: Transcriber, language: str | None = None, **settings: Any) -> Transcription:
    async def ask() -> Transcription:
        recogniser = HttpRecogniser(SpeechSettings(**({"url": server.url} | settings)))
        await recogniser.start()
        try:
            return await recogniser.recognise(AUDIO, language)
        finally:
            await recogniser.stop()

    return asyncio.run(ask())


def failure(server: Transcriber, **settings: Any) -> EngineError:
    with pytest.raises(EngineError) as caught:
        recognise(server, **settings)
    return caught.value


def test_an_utterance_is_sent_as_a_file_and_answered_with_its_words(server: Transcriber) -> None:
    found = recognise(server, "de", key="sk-1", model="large")
    assert (found.text, found.language, found.confidence) == ("Hello there", "en", 0.5)
    (asked,) = server.asked
    with wave.open(io.BytesIO(asked.pop("file"))) as file:
        assert (file.getframerate(), file.getnchannels(), file.readframes(9000)) == (16_000, 1, AUDIO)
    assert asked == {
        "path": "/v1/audio/transcriptions",
        "model": "large",
        "language": "de",
        "response_format": "verbose_json",
        "temperature": "0",
    }
    assert server.authorisation == ["Bearer sk-1"]


def test_without_a_language_none_is_sent_and_without_a_key_none(server: Transcriber) -> None:
    recognise(server)
    assert "language" not in server.asked[0]
    assert server.authorisation == [None]


def test_the_doubts_of_a_server_are_kept(server: Transcriber) -> None:
    segments = [{"avg_logprob": -0.2, "no_speech_prob": 0.1}, {"avg_logprob": -0.4, "no_speech_prob": 0.7}]
    server.answers = [Answer(body=msgspec.json.encode({"text": " Hi ", "segments": segments}))]
    found = recognise(server)
    assert found.no_speech == 0.7
    assert found.log_probability == pytest.approx(-0.3)
    assert found.confidence == pytest.approx(math.exp(-0.3))


@pytest.mark.parametrize(
    ("answer", "cause", "again"),
    [
        (Answer(status=500), "away", True),
        (Answer(status=502, body=b"<html>"), "away", True),
        (Answer(status=503), "busy", True),
        (Answer(status=429), "busy", True),
        (Answer(status=401), "refused", True),
        (Answer(status=404), "refused", True),
        (Answer(status=400), "nonsense", False),
        (Answer(status=413), "nonsense", False),
        (Answer(status=204, body=b""), "nonsense", False),
        (Answer(status=302, headers=(("location", "http://127.0.0.1:1/"),)), "nonsense", False),
        (Answer(body=b""), "nonsense", False),
        (Answer(body=b"Hello"), "nonsense", False),
        (Answer(body=b"[]"), "nonsense", False),
        (Answer(body=b"{}"), "nonsense", False),
        (Answer(body=b'{"text": null}'), "nonsense", False),
        (Answer(body=b'{"text": 5}'), "nonsense", False),
        (Answer(body=b'{"text": "\xff"}'), "nonsense", False),
        (Answer(body=b"[" * 100_000), "nonsense", False),
        (Answer(body=b'{"text": "' + b"a" * 300_000 + b'"}'), "nonsense", False),
        (Answer(half=True), "away", True),
    ],
)
def test_a_server_that_fails_is_told_apart(server: Transcriber, answer: Answer, cause: str, again: bool) -> None:
    server.answers = [answer]
    error = failure(server)
    assert (error.cause, error.again) == (cause, again)


@pytest.mark.parametrize(("value", "seconds"), [("7", 7.0), ("soon", None), ("-1", None), ("nan", None), ("", None)])
def test_the_time_to_wait_is_taken(server: Transcriber, value: str, seconds: float | None) -> None:
    server.answers = [Answer(status=429, headers=(("retry-after", value),))]
    assert failure(server).retry_after == seconds


def test_a_server_that_says_nothing_is_slow(server: Transcriber) -> None:
    server.answers = [Answer(after_seconds=1.0)]
    assert failure(server, timeout_seconds=0.2).cause == "slow"


def test_a_server_that_is_not_there_is_away(server: Transcriber) -> None:
    assert failure(server, url="http://127.0.0.1:1/v1").cause == "away"


def test_health_tells_the_last_answer(server: Transcriber) -> None:
    server.answers = [Answer(status=500), Answer()]

    async def ask() -> list[bool]:
        recogniser = HttpRecogniser(SpeechSettings(url=server.url))
        await recogniser.start()
        with pytest.raises(EngineError):
            await recogniser.recognise(AUDIO, None)
        found = [recogniser.health().passed]
        await recogniser.recognise(AUDIO, None)
        found.append(recogniser.health().passed)
        await recogniser.stop()
        return found

    assert asyncio.run(ask()) == [False, True]


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["text", "language", "segments", "avg_logprob", "no_speech_prob", "x"]), inner
            )
        ),
    )
)
def test_any_answer_is_read_or_refused(answer: Any) -> None:
    try:
        found = read_answer(msgspec.json.encode(answer))
    except EngineError:
        return
    assert isinstance(found.text, str)
    assert 0 <= found.confidence <= 1
    assert found.language is None or len(found.language) in (2, 3)
