"""A server with OpenAI's embeddings API that answers as a test says."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from connvo.settings import EmbeddingSettings

SIZE = 8
# Answers come at once, but not on a busy machine.
PATIENCE_SECONDS = 60.0


class VectorServer(ThreadingHTTPServer):
    """Answers every request with `status`, `headers` and `body`, or with what `body` makes of the request."""

    daemon_threads = True
    status = 200
    headers: dict[str, str] = {}
    body: Any = None
    requests: list[dict[str, Any]]


class Handler(BaseHTTPRequestHandler):
    """Plays what the test said."""

    server: VectorServer

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


@contextmanager
def vector_server() -> Iterator[VectorServer]:
    """Run a server of vectors."""
    made = VectorServer(("127.0.0.1", 0), Handler)
    made.requests = []
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def settings_of(server: VectorServer, **more: Any) -> EmbeddingSettings:
    """Return settings that name a server."""
    found: dict[str, Any] = {
        "engine": "http",
        "url": f"http://127.0.0.1:{server.server_address[1]}/v1",
        "model": "tiny",
        "key": "secret",
        "dimensions": SIZE,
        "connect_seconds": PATIENCE_SECONDS,
        "call_seconds": PATIENCE_SECONDS,
        **more,
    }
    return EmbeddingSettings(**found)


def rows(*vectors: Any, reverse: bool = False) -> dict[str, Any]:
    """Return an answer with these vectors."""
    listed = [{"object": "embedding", "index": place, "embedding": one} for place, one in enumerate(vectors)]
    return {"object": "list", "data": listed[::-1] if reverse else listed, "model": "tiny", "usage": {}}
