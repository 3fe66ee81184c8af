"""A trace leads from a request over its function and commit to the push of what changed, and tells nothing personal."""

import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import ValidationError
from starlette.testclient import TestClient

from connvo.app import Backend, served
from connvo.settings import IdentitySettings, ServerSettings, Settings, TracesSettings
from connvo.telemetry.traces import OpenTelemetryTraces, open_traces
from connvo.transport.auth.local_issuer import LocalIssuer

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SIGN_UP = "users/mutations:upsertUser"
NAME = "ann.secret"


class Traced:
    """A whole server whose spans stay in memory."""

    def __init__(self, folder: Path) -> None:
        self._spans = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self._spans))
        backend = Backend(Settings(server=ServerSettings(data=folder)))
        self.traces = backend.runtime.node.traces = OpenTelemetryTraces(provider)
        backend.router._traces = self.traces
        token = LocalIssuer.open(folder).mint(NAME, IdentitySettings(), time.time(), 60, email=f"{NAME}@example.org")
        self.headers = {"Authorization": f"Bearer {token}"}
        self.http = TestClient(served(backend), "http://localhost", raise_server_exceptions=False)

    def ask(self, path: str, headers: dict[str, str] | None = None, **args: Any) -> Any:
        kind = "mutation" if path == SIGN_UP else "query"
        body = {"path": path, "args": args}
        return self.http.post(f"/api/{kind}", json=body, headers={**self.headers, **(headers or {})}).json()

    def spans(self) -> list[ReadableSpan]:
        return list(self._spans.get_finished_spans())

    def named(self, name: str) -> ReadableSpan:
        (found,) = [span for span in self.spans() if span.name == name]
        return found


@pytest.fixture
def traced(tmp_path: Path) -> Iterator[Traced]:
    made = Traced(tmp_path)
    with made.http:
        yield made


def parent_of(span: ReadableSpan) -> int | None:
    return span.parent.span_id if span.parent else None


def test_a_mutation_is_one_trace_from_the_request_to_the_push(traced: Traced) -> None:
    assert traced.ask(SIGN_UP, {"traceparent": CALLER}, workosUserId=NAME, email=f"{NAME}@example.org")
    request, call = traced.named("POST /api/mutation"), traced.named(SIGN_UP)
    assert call.context is not None
    # The request also notes the sign-in, which is a commit of its own.
    (commit,) = [one for one in traced.spans() if one.name == "commit" and parent_of(one) == call.context.span_id]
    assert commit.attributes is not None
    ts = commit.attributes["connvo.commit"]
    assert isinstance(ts, int)
    traced.traces.pushed(ts, ts + 1_000_000)
    push = traced.named("push")
    assert request.parent is not None and request.context is not None
    assert f"{request.parent.span_id:016x}" in CALLER and f"{request.context.trace_id:032x}" in CALLER
    for child, parent in ((call, request), (commit, call), (push, commit)):
        assert child.context is not None and parent.context is not None
        assert parent_of(child) == parent.context.span_id
        assert child.context.trace_id == request.context.trace_id
    assert (push.start_time, push.end_time) == (ts, ts + 1_000_000)


def test_questions_of_monitors_are_not_traced(traced: Traced) -> None:
    assert traced.http.get("/readyz").status_code == 200
    assert traced.spans() == []


def test_a_push_of_an_unknown_commit_is_not_traced(traced: Traced) -> None:
    traced.traces.pushed(17, 18)
    assert traced.spans() == []


def test_a_refusal_has_its_code_and_no_message(traced: Traced) -> None:
    assert traced.ask("meetings/queries:getMeeting", meetingId="nothing")["status"] == "error"
    call = traced.named("meetings/queries:getMeeting")
    assert call.attributes is not None
    assert call.attributes["error.type"] == "VALIDATION_ERROR"
    assert not call.status.is_ok
    assert call.status.description is None
    assert call.events == ()


def test_spans_hold_no_personal_data_and_no_names_of_callers(traced: Traced) -> None:
    traced.ask(SIGN_UP, workosUserId=NAME, email=f"{NAME}@example.org")
    traced.ask(f"no/such:{NAME}")
    traced.http.get(f"/{NAME}?token={NAME}")
    assert len(traced.spans()) > 3
    assert NAME not in "".join(span.to_json() for span in traced.spans())


class Collector(BaseHTTPRequestHandler):
    """Takes traces, and keeps the names of their spans."""

    names: list[str] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        asked = ExportTraceServiceRequest.FromString(body)
        self.names += [span.name for one in asked.resource_spans for scope in one.scope_spans for span in scope.spans]
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_a_collector_gets_the_spans() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        traces = open_traces(f"http://127.0.0.1:{server.server_port}/v1/traces", 1.0, "connvo", "1")
        traces.call("notes/queries:getNote", "query").end(None, "r1")
        traces.close()
        assert Collector.names == ["notes/queries:getNote"]
    finally:
        server.shutdown()
        server.server_close()


def test_nothing_is_traced_without_a_collector() -> None:
    traces = open_traces(None, 1.0, "connvo", "1")
    with traces.request("GET", "/", {}) as span, traces.call("a:b", "query").current():
        span.answered(200)
        traces.committed(1, 2)
        traces.pushed(2, 3)
    traces.close()


def test_a_share_of_none_records_nothing_of_its_own() -> None:
    traces = open_traces("http://127.0.0.1:9/v1/traces", 0.0, "connvo", "1")
    assert isinstance(traces, OpenTelemetryTraces)
    with traces.call("a:b", "query").current() as span:
        assert not getattr(span, "is_recording", lambda: True)()
    traces.close()


@pytest.mark.parametrize("wrong", [{"url": "localhost:4318"}, {"share": 1.5}, {"share": -1}, {"service": ""}])
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TracesSettings(**wrong)
    assert json.loads(TracesSettings().model_dump_json())["url"] is None
