"""The doctor gives a sentence to the model of vectors, and says which one it is, what is wrong, and what waits."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connvo.doctor.embeddings import INSTALL, embedding_finding
from connvo.doctor.report import Finding
from connvo.rules.embeddings.models import LEXICAL, SENTENCES
from connvo.schema.embeddings import EmbeddingTask, TaskState
from connvo.settings import DatabaseSettings, EmbeddingSettings, ServerSettings, Settings
from connvo.store.engine import Engine
from connvo.store.factory import create_engine
from connvo.store.transaction import Transaction
from tests.support.outside import needs
from tests.support.postgres import database_of
from tests.support.vector_server import SIZE, VectorServer, rows, settings_of, vector_server


@pytest.fixture
def server() -> Iterator[VectorServer]:
    with vector_server() as made:
        yield made


def look(folder: Path, embeddings: EmbeddingSettings, url: str | None = None) -> Finding:
    settings = Settings(server=ServerSettings(data=folder), database=DatabaseSettings(url=url), embeddings=embeddings)
    return asyncio.run(embedding_finding(settings))


def test_the_model_of_shared_words_is_said_to_be_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = look(tmp_path, EmbeddingSettings(engine="lexical"))
    assert (chosen.state, chosen.says.startswith(f"{LEXICAL}: a sentence in ")) == ("ok", True)
    monkeypatch.setattr(EmbeddingSettings, "missing", "numpy")
    fallen = look(tmp_path, EmbeddingSettings(engine="auto"))
    assert (fallen.state, fallen.advice) == ("warning", INSTALL)
    assert "numpy missing" in fallen.says


def test_the_embedded_model_is_asked(tmp_path: Path) -> None:
    needs("processes to kill")
    if EmbeddingSettings().missing:
        pytest.skip("the extra embeddings is not installed")
    found = look(tmp_path, EmbeddingSettings(engine="local", call_seconds=60))
    assert (found.state, found.says.startswith(f"{SENTENCES}: a sentence in ")) == ("ok", True)


def test_without_a_model_nothing_is_asked(tmp_path: Path) -> None:
    assert look(tmp_path, EmbeddingSettings(engine="off")).state == "skipped"


@pytest.mark.parametrize(
    ("status", "body", "advice"),
    [
        (401, b"", "CONNVO_EMBEDDING_KEY"),
        (429, b"", "raise its limit"),
        (500, b"", "see the log"),
        (400, b"", "CONNVO_EMBEDDING_SHORTEN"),
        (200, b"<html>", "CONNVO_EMBEDDING_DIMENSIONS"),
    ],
)
def test_a_server_that_fails_is_told_with_advice(
    server: VectorServer, tmp_path: Path, status: int, body: Any, advice: str
) -> None:
    server.status, server.body = status, body
    found = look(tmp_path, settings_of(server))
    assert found.state == "failed"
    assert advice in found.advice
    assert "secret" not in str(found)


def test_a_server_that_answers_is_fine_and_one_that_is_away_is_told(server: VectorServer, tmp_path: Path) -> None:
    server.body = rows([1.0] * SIZE)
    assert look(tmp_path, settings_of(server)).state == "ok"
    away = look(tmp_path, settings_of(server, url="http://127.0.0.1:9/v1"))
    assert (away.state, "CONNVO_EMBEDDING_URL" in away.advice) == ("failed", True)


async def filled(engine: Engine, states: list[TaskState]) -> None:
    def fill(db: Transaction) -> None:
        for number, state in enumerate(states):
            db.insert(EmbeddingTask(kind="note", source_id=str(number), state=state, due_at=0))

    await engine.open()
    await engine.write(fill)
    await engine.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_the_texts_that_wait_and_those_that_rest_are_counted(kind: str, tmp_path: Path) -> None:
    url = database_of(tmp_path) if kind == "postgres" else None
    settings = Settings(server=ServerSettings(data=tmp_path), database=DatabaseSettings(url=url))
    asyncio.run(filled(create_engine(settings), ["waiting", "behind", "waiting"]))
    lexical = EmbeddingSettings(engine="lexical")
    waiting = look(tmp_path, lexical, url)
    assert (waiting.state, waiting.says.endswith("; 3 texts wait")) == ("ok", True), waiting
    asyncio.run(filled(create_engine(settings), ["resting"]))
    resting = look(tmp_path, lexical, url)
    assert (resting.state, resting.says.endswith("; 3 texts wait, 1 rest")) == ("warning", True), resting
    assert "connvo embeddings retry" in resting.advice
