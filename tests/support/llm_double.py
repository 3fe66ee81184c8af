"""A language model's server that plays what a test tells it: `python -m tests.support.llm_double` prints its address.

It is a process of its own and speaks the real protocol: HTTP with chunks, server-sent events, and the errors that real
servers send. A play is one answer; the last one is repeated. A test hands over the plays and reads the requests at
`/control`.
"""

import json
import math
import socket
import struct
import sys
import time
from collections.abc import Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any

from .llm_plays import ANSWERS

KEY = "double-key"
MODEL = "double-1"
BYTES_PER_TOKEN = 3.25
BLOCK = b"x" * 65_536
GIGABYTE = 1024**3
HANG_SECONDS = 600.0
DRIP_SECONDS = 0.05


class State:
    """What the server does next, and what it was asked."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.plays: list[dict[str, Any]] = [{}]
        self.refuses: list[str] = []
        self.requests: list[dict[str, Any]] = []
        self.tokens = 0
        self.sent = 0

    def next_play(self) -> dict[str, Any]:
        """Returns the next play; the last one stays."""
        with self.lock:
            return self.plays.pop(0) if len(self.plays) > 1 else self.plays[0]


STATE = State()


def tokens_of(text: str) -> int:
    """Returns how many tokens this model makes of a text."""
    return math.ceil(len(text.encode()) / BYTES_PER_TOKEN)


def event(value: object) -> bytes:
    """Returns a server-sent event."""
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    """Returns a piece of an answer, in the protocol's form."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": [choice]}


class Handler(BaseHTTPRequestHandler):
    """Answers requests as the plays say."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Stays quiet."""

    def do_GET(self) -> None:
        """Tells a test what was asked."""
        with STATE.lock:
            self._json(200, {"requests": STATE.requests, "tokens": STATE.tokens, "sent": STATE.sent})

    def do_POST(self) -> None:
        """Takes plays, or answers a request to the model."""
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path == "/control":
            with STATE.lock:
                STATE.plays, STATE.refuses = body["plays"], body["refuses"]
                STATE.requests, STATE.tokens, STATE.sent = [], 0, 0
            self._json(200, {})
            return
        with STATE.lock:
            STATE.requests.append({"path": self.path, "headers": dict(self.headers), "body": body})
        if self.headers.get("authorization") != f"Bearer {KEY}":
            self._error(401, f"Incorrect API key provided: {self.headers.get('authorization')}")
        elif self.path != "/v1/chat/completions":
            self._error(404, "Not found")
        elif body["model"] != MODEL:
            self._error(404, f"The model {body['model']} does not exist")
        else:
            refused = next((one for one in STATE.refuses if self._has(body, one)), None)
            if refused is None:
                self._play(STATE.next_play(), body)
            else:
                self._error(400, f"Unsupported parameter: '{refused}' is not supported with this model.", param=refused)

    @staticmethod
    def _has(body: dict[str, Any], parameter: str) -> bool:
        return parameter in body or body.get("response_format", {}).get("type") == parameter

    def _json(self, status: int, value: object, headers: dict[str, str] | None = None) -> None:
        text = json.dumps(value).encode()
        self.send_response(status)
        for name, each in (headers or {}).items():
            self.send_header(name, each)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _error(self, status: int, message: str, headers: dict[str, str] | None = None, **more: object) -> None:
        self._json(status, {"error": {"message": message, "type": "error", **more}}, headers)

    def _play(self, play: dict[str, Any], body: dict[str, Any]) -> None:
        if "status" in play:
            self._error(play["status"], play.get("message", "told to fail"), play.get("headers"))
            return
        try:
            self._stream(play, body)
        except OSError:
            self.close_connection = True

    def _stream(self, play: dict[str, Any], body: dict[str, Any]) -> None:
        kind = play.get("kind", "say")
        if kind == "silent":
            time.sleep(HANG_SECONDS)
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        if kind == "gzip":
            self.send_header("content-encoding", "gzip")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for piece in self._pieces(kind, play, body):
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            with STATE.lock:
                STATE.sent += len(piece)
        if kind == "lost":
            self._reset()
        elif kind in ("half", "cut_character"):
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def _pieces(self, kind: str, play: dict[str, Any], body: dict[str, Any]) -> Iterator[bytes]:
        answers = {
            "hang": self._hang,
            "drip": self._drip,
            "blanks": self._blanks,
            "line": self._line,
            "endless": self._endless,
        }
        if kind in answers:
            yield from answers[kind]()
            return
        if kind == "cut_character":
            yield event(chunk({"role": "assistant", "content": ""}))
            yield b'data: {"choices": [{"index": 0, "delta": {"content": "\xc3'
            return
        if kind == "error":
            yield event({"error": {"message": "the engine died", "code": 500}})
            return
        text = play["text"] if "text" in play else ANSWERS[play.get("answer", "obedient")](body)
        yield from self._say(text, kind, play, body)

    def _say(self, text: str, kind: str, play: dict[str, Any], body: dict[str, Any]) -> Iterator[bytes]:
        yield event(chunk({"role": "assistant", "content": ""}))
        if play.get("refusal"):
            yield event(chunk({"refusal": play["refusal"]}))
        size = play.get("size", 7)
        whole = b"".join(event(chunk({"content": text[at : at + size]})) for at in range(0, len(text), size))
        # Pieces of the transport end anywhere, inside characters too.
        step = play.get("step", 50)
        yield from (whole[at : at + step] for at in range(0, len(whole), step))
        if kind in ("lost", "half"):
            return
        yield event(chunk({}, play.get("finish", "stop")))
        asked = tokens_of("".join(message["content"] for message in body["messages"]))
        tokens_in, tokens_out = play.get("usage") or (min(asked, play.get("context", asked)), tokens_of(text))
        with STATE.lock:
            STATE.tokens += tokens_in + tokens_out
        if "stream_options" in body and play.get("usage") != []:
            usage = {
                "prompt_tokens": tokens_in,
                "completion_tokens": tokens_out,
                "total_tokens": tokens_in + tokens_out,
            }
            yield event({**chunk({}), "choices": [], "usage": usage})
        yield b"data: [DONE]\n\n"

    def _hang(self) -> Iterator[bytes]:
        yield event(chunk({"role": "assistant", "content": ""}))
        yield event(chunk({"content": "{"}))
        time.sleep(HANG_SECONDS)

    def _drip(self) -> Iterator[bytes]:
        """Says a letter now and then, so that it is never idle and never ends."""
        for _ in range(int(HANG_SECONDS / DRIP_SECONDS)):
            yield event(chunk({"content": "a"}))
            time.sleep(DRIP_SECONDS)

    def _blanks(self) -> Iterator[bytes]:
        yield event(chunk({"content": '{"overview": ['}))
        for _ in range(20_000):
            yield event(chunk({"content": " \n "}))

    def _line(self) -> Iterator[bytes]:
        """Sends one event of a gigabyte, without an end."""
        yield b"data: "
        yield from blocks(GIGABYTE)

    def _endless(self) -> Iterator[bytes]:
        """Sends a gigabyte of proper events."""
        said = event(chunk({"content": "word " * 10}))
        for _ in range(GIGABYTE // len(said)):
            yield said


def blocks(size: int) -> Iterable[bytes]:
    """Yields so many bytes."""
    return (BLOCK for _ in range(size // len(BLOCK)))


def main() -> None:
    """Serves until it is killed."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    sys.stdout.write(f"http://127.0.0.1:{server.server_address[1]}/v1\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
