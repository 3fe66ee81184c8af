"""The timeline of the call and its outcome: lines of JSON from each peer's process, and how they are printed.

It decides when a call is good. Times are seconds of the machine's monotonic clock, which all its processes share.
"""

from collections.abc import Iterable, Sequence
from itertools import permutations
from typing import TextIO

import msgspec

MS = 1000.0
KINDS = ("video", "audio")
NEGOTIATIONS = 2
ENDED = "concluded"
WHO_WIDTH = 6
MS_WIDTH = 7


class Event(msgspec.Struct, frozen=True, tag="event"):
    """An action or observation of a peer."""

    at: float
    who: str
    what: str


class Negotiation(msgspec.Struct):
    """One connection as one peer saw it: when it began and connected, and its received frames."""

    began: float
    connected: float | None = None
    first_frame: dict[str, float] = {}
    frames: dict[str, int] = {}


class Report(msgspec.Struct, frozen=True, tag="report", kw_only=True):
    """A peer's final report.

    `failed_at`, when the first connection was cut, is set by the guest; `meeting_state`, the final state of the
    meeting, by the host. `sent` and `received` count signals. `unprocessed` signals and `open_sessions` were left at
    the end; both should be 0.
    """

    who: str
    meeting: str
    negotiations: list[Negotiation]
    failed_at: float | None = None
    sent: int
    received: int
    unprocessed: int
    open_sessions: int
    meeting_state: str | None = None


Line = Event | Report
_decoder: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)


def decode(line: bytes) -> Line:
    """Return the event or report in a line of a peer's output.

    Raises:
        msgspec.DecodeError: The line is neither.
    """
    return _decoder.decode(line)


class Timeline:
    """A printer of events in aligned columns: milliseconds since `began`, who, what."""

    def __init__(self, out: TextIO, began: float) -> None:
        self._out = out
        self._began = began

    def head(self) -> None:
        """Print the names of the columns."""
        self._line("ms", "who", "what")

    def note(self, event: Event) -> None:
        """Print an event."""
        self._line(f"{(event.at - self._began) * MS:.0f}", event.who, event.what)

    def close(self, text: str) -> None:
        """Print the last line."""
        self._out.write(f"\n{text}\n")
        self._out.flush()

    def _line(self, ms: str, who: str, what: str) -> None:
        self._out.write(f"{ms:>{MS_WIDTH}}  {who:<{WHO_WIDTH}}  {what}\n")
        self._out.flush()


class Outcome(msgspec.Struct, frozen=True):
    """The outcome of a call."""

    reports: Sequence[Report]

    def faults(self) -> list[str]:
        """Return the faults of the call; empty for a good one."""
        found = [fault for report in self.reports for fault in _faults(report)]
        for report, other in permutations(self.reports, 2):
            if report.sent != other.received:
                found.append(f"{report.who} sent {report.sent} signals, {other.who} received {other.received}")
        if not any(report.failed_at is not None for report in self.reports):
            found.append("no peer tried the recovery")
        if not any(report.meeting_state == ENDED for report in self.reports):
            found.append("no peer ended the meeting")
        return found

    def connected_ms(self) -> float:
        """Return the time from the first peer's start of the first negotiation until both were connected."""
        first = [report.negotiations[0] for report in self.reports]
        return (_last(n.connected for n in first) - min(n.began for n in first)) * MS

    def recovered_ms(self) -> float:
        """Return the time from the loss of the first connection until both received video over the second."""
        again = [report.negotiations[1] for report in self.reports]
        failed = _last(report.failed_at for report in self.reports)
        return (_last(n.first_frame.get("video") for n in again) - failed) * MS

    def summary(self) -> str:
        """Return the outcome in one line."""
        if faults := self.faults():
            return "FAILED: " + "; ".join(faults)
        frames = ", ".join(_frames(report) for report in self.reports)
        return (
            f"connected after {self.connected_ms():.0f} ms; frames received before + after the failure: {frames}; "
            f"recovered after {self.recovered_ms():.0f} ms"
        )


def _faults(report: Report) -> Iterable[str]:
    who = report.who
    if len(report.negotiations) != NEGOTIATIONS:
        yield f"{who} had {len(report.negotiations)} connections instead of {NEGOTIATIONS}"
    for number, negotiation in enumerate(report.negotiations, 1):
        if negotiation.connected is None:
            yield f"{who}'s connection {number} never connected"
        for kind in KINDS:
            if not negotiation.frames.get(kind):
                yield f"{who} received no {kind} over connection {number}"
    if report.unprocessed:
        yield f"{report.unprocessed} signals for {who} were left"
    if report.open_sessions:
        yield f"{who} left {report.open_sessions} sessions open"


def _frames(report: Report) -> str:
    counts = (f"{' + '.join(str(n.frames.get(kind, 0)) for n in report.negotiations)} {kind}" for kind in KINDS)
    return f"{report.who} {' and '.join(counts)}"


def _last(times: Iterable[float | None]) -> float:
    return max(time for time in times if time is not None)
