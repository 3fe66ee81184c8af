"""A change of an objective's state is logged, stored once, and posted until the receiver takes it."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from connvo.model.monitoring.alerts import MAX_TRIES
from connvo.runtime.jobs.tables import Job
from connvo.schema.monitoring import SloAlert
from connvo.settings import AlertSettings
from tests.support.backend import Backend

PATH = "meetings/queries:getMeeting"


class Receiver:
    """A server of alerts, which takes none while it `fails`."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.tries = 0
        self.fails = False
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.tries += 1
                if not receiver.fails:
                    receiver.got.append(json.loads(body))
                self.send_response(500 if receiver.fails else 204)
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/alerts"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def call_badly(backend: Backend, bad: int, good: int = 100) -> None:
    recorder = backend.runtime.node.recorder
    for number in range(bad + good):
        recorder.began(PATH, "ann", 1)
        recorder.ended(PATH, 0.01, "INTERNAL_ERROR" if number < bad else None, "id")
    backend.run(backend.runtime.measurements.write())


def states(backend: Backend) -> dict[str, str]:
    return {row.objective: row.status for row in backend.read(lambda db: db.scan(SloAlert, "by_creation"))}


def test_an_outage_is_posted_once_and_its_end_again(make_backend: Callable[..., Backend], receiver: Receiver) -> None:
    backend = make_backend(alerts=AlertSettings(url=receiver.url))
    call_badly(backend, 50)
    backend.advance(61)
    backend.advance(61)
    assert states(backend) == {"availability": "critical"}
    assert [(one["objective"], one["status"]) for one in receiver.got] == [("availability", "critical")]
    assert receiver.got[0]["burnRate"] > 14
    backend.advance(4 * 86_400)
    backend.advance(61)
    assert [one["status"] for one in receiver.got][-1] == "healthy"
    assert states(backend) == {"availability": "healthy"}


def test_a_receiver_that_is_away_gets_it_later(make_backend: Callable[..., Backend], receiver: Receiver) -> None:
    backend = make_backend(alerts=AlertSettings(url=receiver.url))
    receiver.fails = True
    call_badly(backend, 50)
    backend.advance(61)
    receiver.fails = False
    backend.advance(10)
    assert (len(receiver.got), receiver.tries) == (1, 2)


def test_an_alert_without_a_receiver_is_given_up(make_backend: Callable[..., Backend], receiver: Receiver) -> None:
    backend = make_backend(alerts=AlertSettings(url=receiver.url))
    receiver.fails = True
    call_badly(backend, 50)
    for _ in range(40):
        backend.advance(3600)
    changes = 2  # the outage, and its end
    assert receiver.tries == changes * MAX_TRIES
    assert [job for job in backend.read(lambda db: db.scan(Job, "by_creation")) if "postAlert" in job.path] == []


def test_without_an_address_it_is_stored_alone(backend: Backend) -> None:
    call_badly(backend, 50)
    backend.advance(61)
    assert states(backend) == {"availability": "critical"}


def test_one_failure_of_three_calls_is_no_alert(backend: Backend) -> None:
    call_badly(backend, 1, 2)
    backend.advance(61)
    assert states(backend) == {}
