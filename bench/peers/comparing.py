"""Notes beside other servers of shared texts: a history, typists, opening, long texts, far behind, and a killed server.

All servers are driven by one program, with the client that each recommends. An edit counts as done when a second client
has it, which means the same for all. The others check nobody's rights.
"""

import asyncio
import os
import signal
from itertools import islice
from pathlib import Path
from typing import Any

from bench.figures import RATIO, Figure, figure
from bench.notes import changes_of
from bench.world import backend, make_halls
from connvo.kernel.identity import Identity
from connvo.rules.notes.operation import Operation
from connvo.rules.notes.text import NoteText
from tests.support.notes.traces import flat

from .servers import NAMES, install, running

EDITS = 3_000
OPENINGS = 7
TYPISTS = (1, 8, 32)
KEYS_EACH, KEYS_PER_SECOND = 25, 5.0
TEXT = 100_000
SHORT, LONG = 1_000, 990_000
KEYS, ROUNDS = 100, 3
BEHIND = 1_000
LAST_KEYS = 100
MEMBERS = max(TYPISTS) + 1
RATE_TARGET = 0.5
MS, US, KB, MB = 1e3, 1e6, 1e3, 1e6

Results = dict[str, dict[str, Any]]


def measure(folder: Path) -> list[Figure]:
    """Returns the figures of all servers, or none if the others cannot be installed."""
    missing = install()
    if missing is not None:
        print(missing)
        return []
    return _figures({name: _run(name, folder / name) for name in NAMES})


def _run(name: str, folder: Path) -> Results:
    """Returns the results of all parts of one server."""
    data = folder / "data"
    data.mkdir(parents=True)
    edits = list(islice(flat(), EDITS))
    parts = ["history", *(f"typing-{count}" for count in TYPISTS), "short", "long", "behind", "killed"]
    docs, people = asyncio.run(_meetings(data, parts)) if name == "connvo" else ({part: part for part in parts}, [])
    with running(name, data) as server:
        tokens = server.tokens(people)
        found: Results = {
            "history": server.drive(
                "history",
                tokens,
                doc=docs["history"],
                edits=[changes_of(operation) for operation in edits],
                final=_text(edits),
                rounds=OPENINGS,
            )
        }
        for count in TYPISTS:
            found[f"typing-{count}"] = server.drive(
                "typing",
                tokens,
                doc=docs[f"typing-{count}"],
                typists=count,
                length=TEXT,
                keys=KEYS_EACH,
                perSecond=KEYS_PER_SECOND,
            )
        both, lengths = [docs["short"], docs["long"]], [SHORT, LONG]
        found["lengths"] = server.drive("lengths", tokens, docs=both, lengths=lengths, keys=KEYS, rounds=ROUNDS)
        found["behind"] = server.drive("behind", tokens, doc=docs["behind"], operations=BEHIND, rounds=ROUNDS)
        written = server.drive("before", tokens, doc=docs["killed"], keys=LAST_KEYS)
        os.kill(server.pid, signal.SIGKILL)
    found["killed"] = {"lost": written["length"] - _left(name, data, tokens, docs["killed"])}
    return found


def _left(name: str, data: Path, tokens: list[str], doc: str) -> int:
    with running(name, data) as server:
        return int(server.drive("after", tokens, doc=doc)["length"])


async def _meetings(data: Path, parts: list[str]) -> tuple[dict[str, str], list[Identity]]:
    """Returns a meeting for each part, and the people who are in all of them."""
    async with backend(data) as runtime:
        places = await make_halls(runtime, len(parts), MEMBERS, MEMBERS)
    meetings = dict(zip(parts, (meeting for meeting, _ in places[::MEMBERS]), strict=True))
    return meetings, [person for _, person in places[:MEMBERS]]


def _text(edits: list[Operation]) -> str:
    text = NoteText("")
    for operation in edits:
        text.apply(operation)
    return text.content


def _figures(found: dict[str, Results]) -> list[Figure]:
    rates = {name: results["history"]["rate"] for name, results in found.items()}
    figures = [
        figure("peers: a history, connvo / ShareDB", [rates["connvo"] / rates["sharedb"]], RATIO, ">=", RATE_TARGET),
        *_each("edits shown to a second client", found, "history", "rate", 1, "/s"),
        *_each("processor time of an edit", found, "history", "cpu", US, " us"),
        *_each("bytes of an edit, both clients", found, "history", "bytes", 1, " B"),
        *_each("memory then", found, "history", "memory", 1, " MB"),
        *_each("files then", found, "history", "disk", 1 / MB, " MB"),
        *_each("open it", found, "history", "opening", 1, " ms"),
        *_each("bytes beside the text", found, "history", "openBytes", 1 / KB, " kB"),
    ]
    for count in TYPISTS:
        part, who = f"typing-{count}", "1 typist" if count == 1 else f"{count} typists"
        figures += [
            *_each(f"{who}, p50", found, part, "p50", 1, " ms"),
            *_each(f"{who}, p99", found, part, "p99", 1, " ms"),
            *_each(f"{who}, processor time of a key", found, part, "cpu", US, " us"),
            *_each(f"{who}, bytes of a key and client", found, part, "bytes", 1, " B"),
        ]
    for name, results in found.items():
        short, long = results["lengths"]["times"]
        ratios = [one / other for one, other in zip(long, short, strict=True)]
        figures += [
            figure(f"  key in 1 MB / in 1 kB, {NAMES[name]}", ratios, RATIO),
            figure("    in 1 kB", [one * US for one in short], " us"),
            figure("    in 1 MB", [one * US for one in long], " us"),
        ]
    figures += [
        *_each("back after 1,000 edits", found, "behind", "times", 1, " ms"),
        *_each("edits lost by kill -9", found, "killed", "lost", 1, ""),
    ]
    return figures


def _each(what: str, found: dict[str, Results], part: str, key: str, factor: float, unit: str) -> list[Figure]:
    """Returns a figure of every server."""
    rows = []
    for name, results in found.items():
        value = results[part][key]
        rounds = value if isinstance(value, list) else [value]
        rows.append(figure(f"  {what}, {NAMES[name]}", [one * factor for one in rounds], unit))
    return rows
