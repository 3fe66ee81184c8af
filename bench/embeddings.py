"""The embedded model and `lexical-1` (size, start, speed, memory), and the exact search among more and more vectors.

No collection of rated pairs of sentences is on this machine, so the quality of models is not measured here.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from random import Random
from time import perf_counter

from connvo.kernel.errors import ServiceUnavailable
from connvo.model.embeddings.similarity import FIELD
from connvo.providers.computing.computer import computer, stop_computers
from connvo.providers.embeddings.base import BATCH
from connvo.providers.embeddings.factory import model_of
from connvo.providers.embeddings.sentences import DIGESTS, folder_of_model
from connvo.rules.embeddings.models import LEXICAL, LEXICAL_DIMENSIONS, SENTENCES
from connvo.rules.embeddings.vectors import packed
from connvo.schema.embeddings import Embedding
from connvo.settings import EmbeddingSettings, LimitSettings
from connvo.store.snapshot import Snapshot
from connvo.store.sqlite.engine import SqliteEngine
from connvo.store.transaction import Transaction
from connvo.store.vectors import Search, VectorIndex, nearest

from .figures import RATIO, Figure, figure

WORDS = ("budget", "garden", "project", "designer", "ship", "spring", "friends", "invoice", "engine", "tulips")
TEXT_WORDS, TEXTS = 16, 320
SIZES = (1_000, 10_000, 100_000)
SCOPES = 100
ROUNDS, WRITES, INSERTED_AT_ONCE = 15, 40, 2_000
TEN, LEAST = 10, -1.0
SEED, TURN, PATIENCE_SECONDS = 5, 3.0, 120.0
MS, MEBIBYTE, KIBIBYTE = 1e3, 1024.0**2, 1024.0
PLENTY = 1 << 32
TEN_THOUSAND_TARGET, HUNDRED_THOUSAND_TARGET, WRITE_TARGET, RSS_TARGET = 5.0, 50.0, 1.2, 200.0


def measure(folder: Path) -> list[Figure]:
    """Return the figures of models, then those of searches."""
    return [*asyncio.run(_models()), *asyncio.run(_searches(folder))]


async def _models() -> list[Figure]:
    settings = EmbeddingSettings(call_seconds=120)
    dice = Random(SEED)
    texts = [" ".join(dice.choices(WORDS, k=TEXT_WORDS)) for _ in range(TEXTS)]
    found = [figure("texts of lexical-1", await _speeds(settings, LEXICAL, texts), "/s")]
    if settings.missing:
        print(f"embeddings: {settings.missing} missing, the embedded model is not measured")
        return found
    model = model_of(settings, SENTENCES)
    size = sum((folder_of_model() / name).stat().st_size for name in DIGESTS) / MEBIBYTE
    starts: list[float] = []
    for _ in range(3):
        await stop_computers()
        began = perf_counter()
        await model.embed(["Hello"])
        starts.append(perf_counter() - began)
    speeds = await _speeds(settings, SENTENCES, texts)
    memory = _resident(computer("sentences").pid or 0)
    one: list[float] = []
    for text in texts[:ROUNDS]:
        began = perf_counter()
        await model.embed([text])
        one.append((perf_counter() - began) * MS)
    await stop_computers()
    return [
        *found,
        figure("files of the embedded model", [size], "MiB"),
        figure("its start with the first text", starts, "s"),
        figure("its texts", speeds, "/s"),
        figure("one text of it", one, "ms"),
        figure("memory of its process", [memory], "MiB", "<=", RSS_TARGET),
    ]


async def _speeds(settings: EmbeddingSettings, name: str, texts: Sequence[str]) -> list[float]:
    speeds: list[float] = []
    for _ in range(3):
        began = perf_counter()
        for first in range(0, len(texts), BATCH):
            await model_of(settings, name).embed(texts[first : first + BATCH])
        speeds.append(len(texts) / (perf_counter() - began))
    return speeds


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / KIBIBYTE
    return 0.0


async def _searches(folder: Path) -> list[Figure]:
    engine = SqliteEngine(folder / "vectors.db", LimitSettings(run_seconds=PATIENCE_SECONDS))
    await engine.open()
    dice = Random(SEED)
    found: list[Figure] = []
    plain = await _writes(engine, dice)
    held = WRITES
    for size in SIZES:
        while held < size:
            count = min(INSERTED_AT_ONCE, size - held)
            await engine.write(partial(_insert, dice=dice, count=count))
            held += count
        found += await _searched(engine, dice, size)
    beside = await _writes(engine, dice)
    await engine.close()
    ratio = [after / before for before, after in zip(plain, beside, strict=True)]
    return [*found, figure("a write beside 100,000 loaded vectors", ratio, RATIO, "<=", WRITE_TARGET)]


async def _searched(engine: SqliteEngine, dice: Random, size: int) -> list[Figure]:
    target = {10_000: TEN_THOUSAND_TARGET, 100_000: HUNDRED_THOUSAND_TARGET}.get(size)
    found: list[Figure] = []
    for title, prefixes in (
        ("all in one partition", [(LEXICAL,)]),
        (f"in {SCOPES} partitions", [(LEXICAL, f"meeting:{number}") for number in range(SCOPES)]),
    ):
        began = perf_counter()
        while not await _loaded(engine, dice, prefixes):
            pass
        loading = perf_counter() - began
        rounds = []
        for _ in range(ROUNDS):
            began = perf_counter()
            await _loaded(engine, dice, prefixes)
            rounds.append((perf_counter() - began) * MS)
        found += [
            figure(f"loading {size:,} vectors {title}", [loading], "s"),
            figure(f"search among {size:,}, {title}", rounds, "ms", "<=" if target else None, target),
        ]
    held = await engine.read(lambda db: _index(db).byte_size / 2 / size)
    return [*found, figure(f"memory of a vector of {LEXICAL_DIMENSIONS}, among {size:,}", [held], "B")]


async def _loaded(engine: SqliteEngine, dice: Random, prefixes: Sequence[tuple[str, ...]]) -> bool:
    """Search once; return whether the vectors were loaded."""
    query = [dice.gauss(0, 1) for _ in range(LEXICAL_DIMENSIONS)]
    search = Search(
        field=FIELD,
        index="by_model" if len(prefixes) == 1 else "by_scope",
        prefixes=list(prefixes),
        query=query,
        least=LEAST,
        limit=TEN,
        max_bytes=PLENTY,
    )
    try:
        await engine.read(lambda db: nearest(db, search))
    except ServiceUnavailable:
        return False
    return True


async def _writes(engine: SqliteEngine, dice: Random) -> list[float]:
    spent: list[float] = []
    for _ in range(WRITES):
        began = perf_counter()
        await engine.write(partial(_insert, dice=dice, count=1))
        spent.append(perf_counter() - began)
    return [sorted(spent)[WRITES // 2]]


def _insert(db: Transaction, dice: Random, count: int) -> None:
    base = [dice.gauss(0, 1) for _ in range(LEXICAL_DIMENSIONS)]
    for _ in range(count):
        # Another one for each row, at a fraction of the cost of drawing all its numbers.
        place, turn = dice.randrange(LEXICAL_DIMENSIONS), dice.gauss(0, TURN)
        base[place] += turn
        vector = packed(base[place:] + base[:place])
        db.insert(
            Embedding(
                source_type="meeting",
                source_id="x",
                vector=vector,
                model=LEXICAL,
                dimensions=LEXICAL_DIMENSIONS,
                version="1",
                digest="",
                scope=f"meeting:{dice.randrange(SCOPES)}",
                created_at=0,
                updated_at=0,
            )
        )


def _index(db: Snapshot) -> VectorIndex:
    index: VectorIndex = (db.memory or {})[VectorIndex]
    return index
