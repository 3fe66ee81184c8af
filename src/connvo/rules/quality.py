"""How good a connection is, from one sample of its statistics.

A sample is as good as its worst figure, so no figure can get worse and the grade better.
"""

from collections.abc import Callable
from typing import Literal, TypeAlias

import msgspec

Grade: TypeAlias = Literal["excellent", "good", "fair", "poor"]

ORDER: tuple[Grade, ...] = ("excellent", "good", "fair", "poor")


class Sample(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """`bitrate` in bits per second, `packet_loss` in percent, `latency` (round trip) and `jitter` in milliseconds."""

    bitrate: float
    packet_loss: float
    latency: float
    jitter: float


class Limits(msgspec.Struct, frozen=True):
    """The largest value of a figure that is still excellent, good and fair; beyond the last it is poor."""

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
    """Return the grade: that of the sample's worst figure. Too little bitrate alone makes it fair."""
    grades: list[Grade] = [
        _within(sample.packet_loss, PACKET_LOSS),
        _within(sample.latency, LATENCY),
        _within(sample.jitter, JITTER),
        "fair" if sample.bitrate < MIN_BITRATE else "excellent",
    ]
    return max(grades, key=ORDER.index)


def advice(sample: Sample) -> list[str]:
    """Return what the person can do about it, one sentence per figure that is worse than good."""
    return [sentence for sentence, applies in _ADVICE if applies(sample)]


def _within(value: float, limits: Limits) -> Grade:
    if value > limits.fair:
        return "poor"
    if value > limits.good:
        return "fair"
    return "good" if value > limits.excellent else "excellent"
