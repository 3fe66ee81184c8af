"""Made-up populations that wait: interests by popularity, fields, languages, offsets, windows, and vectors."""

import struct
from random import Random

from connvo.rules.matching.edges import Request
from connvo.rules.matching.scoring import Weights
from connvo.rules.matching.seekers import Seeker, Vector, closed
from connvo.rules.matching.waiting import Waiting
from connvo.rules.matching.windows import HOUR_MS, MINUTE_MS, Window

from .matching import NOW, named, waiting

INTERESTS = [f"interest {number:02}" for number in range(40)]
ROLES = ["mentor", "mentee", "founder", "investor", "technical", "business"]
FIELDS = ["software", "data science", "marketing", "retail", "ux design", "medicine", None]
LANGUAGES = ["english", "german", "spanish", "french"]
DIMENSIONS = 16
# Every fifth profile is closed.
CLOSED = 5


def population(random: Random, count: int) -> list[Waiting]:
    """Return people who wait, the longest waiting first."""
    found = [_waiting(random, number) for number in range(count)]
    return sorted(found, key=lambda one: one.waited_since)


def request_of(people: list[Waiting], min_score: float) -> Request:
    """Return a request to pair people."""
    return Request(waiting=people, weights=Weights(), min_score=min_score, max_matches=1_000, now=NOW)


def _waiting(random: Random, number: int) -> Waiting:
    start = NOW + random.choice([0, 0, 0, 1, 2]) * HOUR_MS
    seeker = _seeker(random)
    return waiting(
        number,
        seeker if number % CLOSED else closed(seeker),
        window=Window(start, start + random.choice([1, 2, 4]) * HOUR_MS),
        waited_since=NOW - random.uniform(0, 20 * MINUTE_MS),
        excluded=frozenset(f"user {random.randrange(1000):04}" for _ in range(2)),
    )


def _seeker(random: Random) -> Seeker:
    popularity = [1 / (place + 1) for place in range(len(INTERESTS))]
    return Seeker(
        interests=named(*sorted(set(random.choices(INTERESTS, popularity, k=8)))),
        wishes=named(*sorted(set(random.choices(INTERESTS, popularity, k=3)))),
        roles=named(*random.sample(ROLES, 2)),
        org_wish=random.choice(["any", "any", "any", "same_org", "different_org"]),
        org_id=random.choice(["one", "two", "three", None]),
        level=random.choice([None, 1, 2, 3, 4, 5, 6]),
        field=random.choice(FIELDS),
        languages=tuple(sorted({"english"} | set(random.sample(LANGUAGES, random.choice([0, 1]))))),
        utc_offset=random.choice([None, 0.0, 60.0, -300.0, 330.0]),
        vector=random.choice([None, _vector(random)]),
    )


def _vector(random: Random) -> Vector:
    return Vector("made/up@1/16", struct.pack(f"<{DIMENSIONS}f", *[random.gauss(0, 1) for _ in range(DIMENSIONS)]))
