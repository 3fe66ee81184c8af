"""The grade of a connection, from one sample of its statistics.

Guarantees:
    A sample has the grade of its worst value, so no value can get worse while the grade improves.
"""

from collections.abc import Callable
from typing import Literal, TypeAlias

import msgspec

Grade: TypeAlias = Literal["excellent", "good", "fair", "poor"]

ORDER: tuple[Grade, ...] = ("excellent", "good", "fair", "poor")


class Sample(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Statistics of a connection.

    `bitrate` in bits per second, `packet_loss` in percent, `latency` (round trip) and `jitter` in milliseconds.
    """

    bitrate: float
    packet_loss: float
    latency: float
    jitter: float


class Limits(msgspec.Struct, frozen=True):
    """The largest values that are still excellent, good and fair; anything above is poor."""

    excellent: float
    good: float
    fair: float


PACKET_LOSS = Limits(0.5, 2, 5)
LATENCY = Limits(100, 150, 300)
JITTER = Limits(15, 30, 50)
MIN_BITRATE = 100_000

_ADVICE: list[tuple[str, Callable[[Sample], bool]]] = [
    ("Packets are being lost: use a wired connection or move closer to the access point",
     lambda s: s.packet_loss > PACKET_LOSS.good),
    ("The round trip is long: close other traffic, or leave the VPN if you use one",
     lambda s: s.latency > LATENCY.good),
    ("Packets arrive unevenly: pause downloads and other calls on this network",
     lambda s: s.jitter > JITTER.good),
    ("Little bandwidth is left: lower the video resolution or turn the camera off",
     lambda s: s.bitrate < MIN_BITRATE),
]  # fmt: skip


def grade(sample: Sample) -> Grade:
    """Return the grade of the sample's worst value. A low bitrate alone makes it fair."""
    grades: list[Grade] = [
        _within(sample.packet_loss, PACKET_LOSS),
        _within(sample.latency, LATENCY),
        _within(sample.jitter, JITTER),
        "fair" if sample.bitrate < MIN_BITRATE else "excellent",
    ]
    return max(grades, key=ORDER.index)


def advice(sample: Sample) -> list[str]:
    """Return advice for the user, one sentence per value that is worse than good."""
    return [sentence for sentence, applies in _ADVICE if applies(sample)]


def _within(value: float, limits: Limits) -> Grade:
    if value > limits.fair:
        return "poor"
    if value > limits.good:
        return "fair"
    return "good" if value > limits.excellent else "excellent"
