"""A server with OpenAI's transcription API that answers as a test tells it to."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

BAD_REQUEST = 400


class Answer(NamedTuple):
    """What to answer: a status, a body, header fields. `half`: the body is announced as twice as long."""

    status: int = 200
    body: bytes = b'{"text": "Hello there", "language": "english"}'
    headers: tuple[tuple[str, str], ...] = ()
    half: bool = False
    after_seconds: float = 0.0


class Transcriber:
    """The server. `answers` are given in order, and the last again and again. `asked` are the forms it got."""

    def __init__(self) -> None:
        self.answers = [Answer()]
        self.asked: list[dict[str, Any]] = []
        self.authorisation: list[str | None] = []
        self.url = ""

    def next(self) -> Answer:
        """Returns the next answer."""
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def transcribing() -> Iterator[Transcriber]:
    """Runs such a server."""
    double = Transcriber()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            double.authorisation.append(self.headers.get("authorization"))
            double.asked.append(form_of(self.headers, body) | {"path": self.path})
            answer = double.next()
            time.sleep(answer.after_seconds)
            self.send_response(answer.status)
            self.send_header("content-length", str(len(answer.body) * (2 if answer.half else 1)))
            for name, value in answer.headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)
            if answer.half:
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    double.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield double
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def form_of(headers: Message, body: bytes) -> dict[str, Any]:
    """Returns the fields of a multipart form."""
    head = f"content-type: {headers['content-type']}\r\n\r\n".encode()
    parts = BytesParser().parsebytes(head + body).get_payload()
    assert isinstance(parts, list)
    found: dict[str, Any] = {}
    for part in parts:
        assert isinstance(part, Message)
        name = str(part.get_param("name", header="content-disposition"))
        data = part.get_payload(decode=True)
        assert isinstance(data, bytes)
        found[name] = data if part.get_filename() else data.decode()
    return found
