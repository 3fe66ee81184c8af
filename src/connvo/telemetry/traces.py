"""Traces of calls: from a request over its function and commit to the push that shows the change.

Off unless an operator names a collector. Spans tell functions, routes, outcomes, times and request ids; no arguments,
results, tokens, addresses or ids of users.

Guarantees: without a collector, a call costs a few comparisons. A collector that is away delays nothing: spans wait in
a bounded queue, and are dropped beyond it.
Does not know: functions, databases, connections.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from time import time_ns
from typing import Any, Protocol

# The commits whose pushes can still be added to their trace.
MAX_COMMITS = 1_000
EXPORT_SECONDS = 10
# Programs ask for these every few seconds.
UNTRACED = frozenset({"/livez", "/metrics", "/readyz"})


class CallSpan(Protocol):
    """The span of one call of a function."""

    def current(self) -> AbstractContextManager[object]:
        """Make the span the parent of those that begin in the block."""
        ...

    def end(self, code: str | None, request_id: str | Callable[[], str]) -> None:
        """End the span; `code` is that of the error with which the call failed."""
        ...


class Traces(Protocol):
    """The traces of this process."""

    def request(self, method: str, route: str, headers: Mapping[bytes, bytes]) -> AbstractContextManager["RequestSpan"]:
        """Trace an HTTP request while the block runs; it continues the trace that its headers name."""
        ...

    def call(self, path: str, kind: str) -> CallSpan:
        """Begin the span of a call of a function."""
        ...

    def committed(self, ran_at: int, ts: int) -> None:
        """Add the commit of a mutation to the current span: from the end of its run, in ns, until now."""
        ...

    def pushed(self, ts: int, now: int) -> None:
        """Add the push that shows a client the commit at `ts` to the trace of that commit; times in ns."""
        ...

    def close(self) -> None:
        """Send the spans that wait."""
        ...


class RequestSpan(Protocol):
    """The span of an HTTP request."""

    def answered(self, status: int) -> None:
        """Note the status of the response."""
        ...


class _NoSpan:
    """The span of a call or request that is not traced."""

    def current(self) -> AbstractContextManager[object]:
        return _NOTHING

    def end(self, code: str | None, request_id: str | Callable[[], str]) -> None:
        pass

    def answered(self, status: int) -> None:
        pass


_NO_SPAN = _NoSpan()
_NOTHING: AbstractContextManager[_NoSpan] = nullcontext(_NO_SPAN)


class NoTraces:
    """Traces nothing."""

    def request(self, method: str, route: str, headers: Mapping[bytes, bytes]) -> AbstractContextManager[RequestSpan]:
        """Return a block that traces nothing."""
        return _NOTHING

    def call(self, path: str, kind: str) -> CallSpan:
        """Return a span that traces nothing."""
        return _NO_SPAN

    def committed(self, ran_at: int, ts: int) -> None:
        """Do nothing."""

    def pushed(self, ts: int, now: int) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


NO_TRACES = NoTraces()


class OpenTelemetryTraces:
    """Traces by the SDK of OpenTelemetry. `provider` is its tracer provider."""

    def __init__(self, provider: Any) -> None:
        from opentelemetry import trace
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._trace = trace
        self._provider = provider
        self._tracer = provider.get_tracer("connvo")
        self._propagator = TraceContextTextMapPropagator()
        self._commits: OrderedDict[int, Any] = OrderedDict()

    @contextmanager
    def request(self, method: str, route: str, headers: Mapping[bytes, bytes]) -> Iterator[RequestSpan]:
        """Trace an HTTP request while the block runs; it continues the trace that its headers name."""
        if route in UNTRACED:
            yield _NO_SPAN
            return
        carrier = {"traceparent": headers.get(b"traceparent", b"").decode("latin-1")}
        with self._tracer.start_as_current_span(
            f"{method} {route}",
            context=self._propagator.extract(carrier),
            kind=self._trace.SpanKind.SERVER,
            attributes={"http.request.method": method, "http.route": route},
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            yield _OpenRequest(self._trace, span)

    def call(self, path: str, kind: str) -> CallSpan:
        """Begin the span of a call of a function."""
        span = self._tracer.start_span(path, attributes={"connvo.function": path, "connvo.kind": kind})
        return _OpenCall(self._trace, span)

    def committed(self, ran_at: int, ts: int) -> None:
        """Add the commit of a mutation to the current span: from the end of its run, in ns, until now."""
        if not self._trace.get_current_span().is_recording():
            return  # a job of the server
        span = self._tracer.start_span("commit", start_time=ran_at, attributes={"connvo.commit": ts})
        span.end()
        self._commits[ts] = span.get_span_context()
        if len(self._commits) > MAX_COMMITS:
            self._commits.popitem(last=False)

    def pushed(self, ts: int, now: int) -> None:
        """Add the push that shows a client the commit at `ts` to the trace of that commit; times in ns."""
        parent = self._commits.get(ts)
        if parent is None:
            return
        context = self._trace.set_span_in_context(self._trace.NonRecordingSpan(parent))
        self._tracer.start_span("push", context=context, start_time=min(ts, now), attributes={"connvo.commit": ts}).end(
            end_time=now
        )

    def close(self) -> None:
        """Send the spans that wait."""
        self._provider.shutdown()


class _OpenCall:
    def __init__(self, trace: Any, span: Any) -> None:
        self._trace = trace
        self._span = span

    def current(self) -> AbstractContextManager[object]:
        found: AbstractContextManager[object] = self._trace.use_span(
            self._span, record_exception=False, set_status_on_exception=False
        )
        return found

    def end(self, code: str | None, request_id: str | Callable[[], str]) -> None:
        self._span.set_attribute("connvo.request_id", request_id if isinstance(request_id, str) else request_id())
        if code is not None:
            self._span.set_attribute("error.type", code)
            self._span.set_status(self._trace.StatusCode.ERROR)
        self._span.end(time_ns())


class _OpenRequest:
    def __init__(self, trace: Any, span: Any) -> None:
        self._trace = trace
        self._span = span

    def answered(self, status: int) -> None:
        self._span.set_attribute("http.response.status_code", status)
        if status >= 500:
            self._span.set_status(self._trace.StatusCode.ERROR)


def open_traces(url: str | None, share: float, service: str, version: str) -> Traces:
    """Return the traces that go to a collector by OTLP over HTTP, or none without its address.

    `share` is the part of the traces that begin here and are recorded; those that a caller began keep its decision.
    """
    if url is None:
        return NO_TRACES
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio

    resource = Resource.create({"service.name": service, "service.version": version})
    provider = TracerProvider(sampler=ParentBasedTraceIdRatio(share), resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url, timeout=EXPORT_SECONDS)))
    return OpenTelemetryTraces(provider)
