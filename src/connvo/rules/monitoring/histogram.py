"""Count durations in logarithmic buckets, each 4 % wider than the one before.

Guarantees:
    Buckets of several nodes and times merge by addition, and a quantile of the merged ones is that of all durations.
    A quantile differs from the true one by at most 2 %, for durations from a microsecond to an hour.
"""

import math
from collections.abc import Iterable, Mapping
from itertools import chain

RATIO = 1.04
SMALLEST_MS, LARGEST_MS = 0.001, 3_600_000.0
_PER_RATIO = 1 / math.log(RATIO)
_MIDDLE = 2 / (1 + RATIO)
LOWEST, HIGHEST = (math.ceil(math.log(bound) * _PER_RATIO) for bound in (SMALLEST_MS, LARGEST_MS))

Buckets = dict[int, int]


def bucket_of(ms: float) -> int:
    """Return the number of the bucket that holds a duration."""
    if ms <= SMALLEST_MS:
        return LOWEST
    return min(math.ceil(math.log(ms) * _PER_RATIO), HIGHEST)


def value_of(bucket: int) -> float:
    """Return the duration in ms that stands for all in a bucket."""
    return RATIO**bucket * _MIDDLE


def add(into: Buckets, more: Mapping[int, int]) -> None:
    """Add the counts of other buckets."""
    for bucket, count in more.items():
        into[bucket] = into.get(bucket, 0) + count


def add_stored(into: Buckets, stored: Iterable[int]) -> None:
    """Add the counts of stored buckets."""
    numbers = iter(stored)
    for bucket, count in zip(numbers, numbers, strict=True):
        into[bucket] = into.get(bucket, 0) + count


def flat(buckets: Mapping[int, int]) -> tuple[int, ...]:
    """Return buckets as they are stored: bucket, count, bucket, count, and so on."""
    return tuple(chain.from_iterable(buckets.items()))


def parsed(stored: Iterable[int]) -> Buckets:
    """Return stored buckets."""
    numbers = iter(stored)
    return dict(zip(numbers, numbers, strict=True))


def quantile(buckets: Mapping[int, int], share: float) -> float:
    """Return the duration in ms that at least this share of all does not exceed; 0 if there are none."""
    total = sum(buckets.values())
    rank = max(1, math.ceil(share * total))
    seen = 0
    for bucket in sorted(buckets):
        seen += buckets[bucket]
        if seen >= rank:
            return value_of(bucket)
    return 0.0
