"""The tables of measurements. A node writes one row of each a minute, and patches the present one every 10 s."""

from typing import Literal, NewType, TypeAlias

import msgspec

from connvo.rules.monitoring.calls import Calls
from connvo.store.schema import Document, table

MetricWindowId = NewType("MetricWindowId", str)
ObjectiveWindowId = NewType("ObjectiveWindowId", str)
Span: TypeAlias = Literal["minute", "hour", "day"]
RETENTION = "minutes for a day, hours and days for CONNVO_RETENTION_METRICS_DAYS days"


class CallSample(msgspec.Struct, frozen=True):
    """One call: its function, its duration in ms, its end, its request id and, if it failed, the code of its error."""

    function: str
    ms: float
    at: float
    request_id: str
    code: str | None = None


class Gauges(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a node when it wrote; `memory`, `files` and `cpu` are parts from 0 to 1."""

    lag_ms: float = 0.0
    queued: int = 0
    memory: float = 0.0
    files: float = 0.0
    cpu: float = 0.0
    connections: int = 0
    live_queries: int = 0
    version: str = ""


@table(
    "metricWindows",
    10440,
    id_type=MetricWindowId,
    indexes={"by_span": ("span", "start"), "by_node": ("node", "span", "start")},
    retention=RETENTION,
)
class MetricWindow(Document, frozen=True, kw_only=True):
    """The calls of a node in a minute, or of all nodes in an hour or a day, whose `node` is empty; times in ms.

    `updates` counts changes sent to live queries, by the time since their commit. Only minutes have gauges and samples;
    the last row of a node that stopped in order has no gauges.
    """

    id: MetricWindowId = MetricWindowId("")
    node: str
    span: Span
    start: float
    written_at: float
    functions: dict[str, Calls]
    updates: Calls
    requests: int = 0
    request_bytes: int = 0
    refused: int = 0
    gauges: Gauges | None = None
    samples: tuple[CallSample, ...] = ()


@table(
    "objectiveWindows",
    10441,
    id_type=ObjectiveWindowId,
    indexes={"by_span": ("span", "start"), "by_node": ("node", "span", "start")},
    retention=RETENTION,
)
class ObjectiveWindow(Document, frozen=True, kw_only=True):
    """The events of each objective in a window, as total and bad ones: what alerts read, in a small row.

    `busy` names the callers of the last ten seconds who used much of their budget, by a keyed digest, with their calls.
    It is emptied when the minute is over.
    """

    id: ObjectiveWindowId = ObjectiveWindowId("")
    node: str
    span: Span
    start: float
    written_at: float
    events: dict[str, tuple[int, int]]
    busy: dict[str, float] = {}
