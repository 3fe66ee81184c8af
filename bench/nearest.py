"""The exact search among 10,000 to 1,000,000 vectors in memory: time, memory, and recall against brute force.

The vectors are those of `store/vector_rows.py`, as one partition holds them, made up in a thousand clusters; brute
force is in double precision. Where `usearch` is installed, its index is measured beside it, as it comes. Times are
those of the processor.
"""

import importlib
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from time import process_time
from typing import Any

from connvo.rules.embeddings.models import LEXICAL_DIMENSIONS
from connvo.store.vector_rows import NumpyRows, has_numpy, nearest_in

from .figures import Figure, figure

SIZES = (10_000, 100_000, 1_000_000)
# Building its index for more takes many minutes.
MOST_OF_PEERS = 100_000
CLUSTERS, SPREAD = 1_000, 0.7
BLOCK = 10_000
QUERIES, TEN = 20, 10
SEED, MS, MICROSECONDS, PERCENT = 5, 1e3, 1e6, 100.0
PEER = "usearch"
TARGETS = {10_000: 5.0, 100_000: 50.0}
ALL = -1.0


def measure(folder: Path) -> list[Figure]:
    """Return the figures of each size."""
    if not has_numpy():
        print("nearest: numpy is missing")
        return []
    return [one for size in SIZES for one in _measured(size)]


def _measured(size: int) -> list[Figure]:
    import numpy as np  # an optional dependency

    random = np.random.default_rng(SEED)
    centres = random.standard_normal((CLUSTERS, LEXICAL_DIMENSIONS))
    rows = NumpyRows(LEXICAL_DIMENSIONS)
    blocks: list[Any] = []
    adding = 0.0
    for first in range(0, size, BLOCK):
        block = centres[random.integers(CLUSTERS, size=BLOCK)]
        block = (block + SPREAD * random.standard_normal(block.shape)).astype("<f4")
        vectors = [one.tobytes() for one in block]
        began = process_time()
        for place, vector in enumerate(vectors, start=first):
            rows.put(str(place), vector, ())
        adding += process_time() - began
        blocks.append(block)
    queries = centres[random.integers(CLUSTERS, size=QUERIES)]
    queries = queries + SPREAD * random.standard_normal(queries.shape)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    truth = _brute_force(blocks, queries)

    def ours(query: Any) -> list[str]:
        return [hit.id for hit in nearest_in([rows], query.tolist(), ALL, TEN, None)]

    found = _asked(f"exact search among {size:,}", ours, queries, truth, TARGETS.get(size))
    found.append(figure("  memory of a vector", [rows.byte_size / size], "B"))
    found.append(figure("  adding a vector", [adding / size * MICROSECONDS], "µs"))
    if size <= MOST_OF_PEERS and find_spec(PEER) is not None:
        found += _peer(size, blocks, queries, truth)
    return found


def _peer(size: int, blocks: list[Any], queries: Any, truth: list[list[str]]) -> list[Figure]:
    import numpy as np

    index = importlib.import_module(f"{PEER}.index").Index(ndim=LEXICAL_DIMENSIONS, metric="cos", dtype="f32")
    began = process_time()
    for number, block in enumerate(blocks):
        index.add(np.arange(number * BLOCK, (number + 1) * BLOCK), block, threads=1)
    adding = process_time() - began

    def theirs(query: Any) -> list[str]:
        return [str(key) for key in index.search(query.astype("f4"), TEN).keys.tolist()]

    found = _asked(f"{PEER} among {size:,}", theirs, queries, truth, None)
    found.append(figure("  memory of a vector", [index.memory_usage / size], "B"))
    found.append(figure("  adding a vector", [adding / size * MICROSECONDS], "µs"))
    return found


def _asked(
    name: str, search: Callable[[Any], list[str]], queries: Any, truth: list[list[str]], target: float | None
) -> list[Figure]:
    spent: list[float] = []
    right = 0
    for query, wanted in zip(queries, truth, strict=True):
        began = process_time()
        hits = search(query)
        spent.append((process_time() - began) * MS)
        right += len(set(hits) & set(wanted))
    recall = right / (TEN * len(truth)) * PERCENT
    return [
        figure(name, spent, "ms", "<=" if target else None, target),
        figure("  recall of the ten nearest", [recall], " %"),
    ]


def _brute_force(blocks: list[Any], queries: Any) -> list[list[str]]:
    """Return the ids of the ten nearest to each query, by comparing all in double precision."""
    import numpy as np

    parts = []
    for block in blocks:
        exact = block.astype(np.float64)
        parts.append((exact @ queries.T) / np.linalg.norm(exact, axis=1)[:, None])
    scores = np.concatenate(parts)
    return [[str(place) for place in np.argsort(-column)[:TEN].tolist()] for column in scores.T]
