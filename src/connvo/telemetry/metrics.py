"""Count and time the work of the server, for Prometheus.

Guarantees: every name starts with `connvo_`; no label holds personal data, only function paths and codes.
Does not know: requests and documents.
"""

import logging
from collections.abc import Callable
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from . import instruments
from .instruments import Instrument, Measurement
from .log_lines import LineBudget, SuppressedLines

CONTENT_TYPE = CONTENT_TYPE_LATEST
UNKNOWN_FUNCTION = "unknown"
LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
GROUP_BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


def _line_budget() -> LineBudget | None:
    filters = [each for handler in logging.getLogger().handlers for each in handler.filters]
    return next((each for each in filters if isinstance(each, LineBudget)), None)


class Metrics:
    """The metrics of one server; label values come from the registry of functions, so their number is bounded."""

    def __init__(self, version: str) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
        registry.register(SuppressedLines(_line_budget))
        Gauge("connvo_info", "Version of this server.", ["version"], registry=registry).labels(version).set(1)
        self._calls = Counter(
            "connvo_calls_total", "Calls of functions by outcome.", ["function", "outcome"], registry=registry
        )
        self._seconds = Histogram(
            "connvo_call_seconds", "Time of calls.", ["function"], buckets=LATENCY_BUCKETS, registry=registry
        )
        self._replies = Counter(
            "connvo_http_replies_total", "HTTP replies.", ["route", "method", "status"], registry=registry
        )
        self.running = Gauge("connvo_calls_running", "Calls under way.", registry=registry)
        self._commits = Counter("connvo_commits_total", "Mutations committed.", registry=registry)
        self._groups = Histogram(
            "connvo_commit_group_size", "Mutations per commit.", buckets=GROUP_BUCKETS, registry=registry
        )
        self._webhooks = Counter(
            "connvo_webhooks_total", "Webhooks received, by type and outcome.", ["type", "outcome"], registry=registry
        )
        self._refused = Counter(
            "connvo_refused_total", "What a limit refused, closed or cut off.", ["reason"], registry=registry
        )
        self._instruments = {each.name: self._create(each) for each in instruments.ALL}
        self._children: dict[tuple[str, ...], Any] = {}

    def called(self, function: str, outcome: str, seconds: float) -> None:
        """Count a call; `outcome` is `success` or the code of the error."""
        self._child(self._calls, function, outcome).inc()
        self._child(self._seconds, function).observe(seconds)

    def replied(self, route: str, method: str, status: int) -> None:
        """Count an HTTP reply."""
        self._child(self._replies, route, method, str(status)).inc()

    def committed(self, group_size: int) -> None:
        """Count the mutations of one commit."""
        self._commits.inc(group_size)
        self._groups.observe(group_size)

    def webhook(self, event: str, outcome: str) -> None:
        """Count a webhook; only those with a valid signature have their type as a label, which bounds the values."""
        self._child(self._webhooks, event, outcome).inc()

    def refused(self, reason: str) -> None:
        """Count a refusal by a limit; `reason` is one of a few fixed words."""
        self._child(self._refused, reason).inc()

    def record(self, measures: list[Measurement]) -> None:
        """Record the measurements of a transaction that is on disk."""
        for measure in measures:
            instrument = measure.instrument
            child = self._child(self._instruments[instrument.name], *measure.labels)
            if instrument.buckets:
                child.observe(measure.value)
            else:
                child.inc(measure.value)

    def _create(self, instrument: Instrument) -> Counter | Histogram:
        name, text, labels = f"connvo_{instrument.name}", instrument.description, instrument.labels
        if instrument.buckets:
            return Histogram(name, text, labels, buckets=instrument.buckets, registry=self.registry)
        return Counter(f"{name}_total", text, labels, registry=self.registry)

    def watch(self, name: str, text: str, read: Callable[[], float]) -> None:
        """Add a gauge whose value is read at each scrape."""
        Gauge(f"connvo_{name}", text, registry=self.registry).set_function(read)

    def text(self) -> bytes:
        """Return every metric in the Prometheus text format."""
        return generate_latest(self.registry)

    def _child(self, metric: Counter | Histogram, *labels: str) -> Any:
        key = (metric._name, *labels)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = metric.labels(*labels) if labels else metric
        return child
