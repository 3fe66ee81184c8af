"""`python -m bench.sentences [FILE ...]`: how well the similarities of models follow the judgement of people.

Each FILE is a split of STS-B as CSV (sentence, sentence, score), in any of the eleven languages of
https://github.com/PhilipMay/stsb-multi-mt. None is in this repository, as parts of its sentences have terms of their
own. Without a FILE the models are measured on `sentence_pairs.json`: sentences that were written for this benchmark,
each with a paraphrase, a sentence on the same subject, and translations. A pair has 2 points if both mean the same, 1
if they share a subject, else 0. Such a set is small and easy: it shows that a model works, and does not rank good ones.
"""

import argparse
import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean
from time import process_time

import msgspec

from connvo.providers.embeddings import sentences
from connvo.rules.embeddings import lexical
from connvo.rules.embeddings.models import LEXICAL, SENTENCES
from connvo.rules.embeddings.vectors import cosine, unpacked
from connvo.settings import EmbeddingSettings

OWN = Path(__file__).with_name("sentence_pairs.json")
LANGUAGES = ("de", "fr", "es")
SAME, RELATED, UNRELATED = 2.0, 1.0, 0.0
BATCH = 32
PERCENT = 100

Pair = tuple[str, str, float]


def main() -> None:
    """Print a row for each set and model: the rank correlation, and texts a second of processor time."""
    parser = argparse.ArgumentParser(prog="python -m bench.sentences", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", type=Path, nargs="*", help="splits of STS-B as CSV")
    options = parser.parse_args()
    sets = {file.stem: list(_read(file)) for file in options.files} or _own_sets()
    models = [LEXICAL] if EmbeddingSettings().missing else [LEXICAL, SENTENCES]
    print(f"{'set':20} {'pairs':>5}  {'model':32} Spearman x 100   texts/s")
    correlations: dict[str, list[float]] = {model: [] for model in models}
    for name, pairs in sets.items():
        for model in models:
            value, speed = measure(model, pairs)
            correlations[model].append(value)
            print(f"{name:20} {len(pairs):5}  {model:32} {value:14.1f} {speed:9.0f}")
    for model, found in correlations.items():
        print(f"{'mean':20} {'':5}  {model:32} {mean(found):14.1f}")


def measure(model: str, pairs: Sequence[Pair]) -> tuple[float, float]:
    """Return the rank correlation of a model's similarities with the scores, and its texts per second."""
    texts = list(dict.fromkeys(text for first, second, _ in pairs for text in (first, second)))
    _embed(model, texts[:1])
    began = process_time()
    vectors = dict(zip(texts, _embed(model, texts), strict=True))
    seconds = process_time() - began
    similar = [cosine(vectors[first], vectors[second]) for first, second, _ in pairs]
    return PERCENT * spearman(similar, [score for *_, score in pairs]), len(texts) / seconds


def spearman(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the correlation of the ranks of two lists; equal values share their mean rank."""
    one, other = _ranks(first), _ranks(second)
    return cosine([rank - mean(one) for rank in one], [rank - mean(other) for rank in other])


def _ranks(values: Sequence[float]) -> list[float]:
    ordered = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    first = 0
    while first < len(ordered):
        end = first
        while end < len(ordered) and values[ordered[end]] == values[ordered[first]]:
            end += 1
        for place in ordered[first:end]:
            ranks[place] = (first + end - 1) / 2
        first = end
    return ranks


def _embed(model: str, texts: Sequence[str]) -> list[Sequence[float]]:
    if model == LEXICAL:
        return [unpacked(lexical.embedded(text)) for text in texts]
    found: list[bytes] = []
    for first in range(0, len(texts), BATCH):
        answer = sentences.embed(msgspec.msgpack.encode(list(texts[first : first + BATCH])))
        found += msgspec.msgpack.decode(answer, type=list[bytes])
    return [unpacked(vector) for vector in found]


def _read(file: Path) -> Iterator[Pair]:
    with file.open(encoding="utf-8", newline="") as lines:
        for first, second, score in csv.reader(lines):
            yield first, second, float(score)


def _own_sets() -> dict[str, list[Pair]]:
    rows = json.loads(OWN.read_text("utf-8"))
    shifted = rows[1:] + rows[:1]
    english: list[Pair] = []
    for row, another in zip(rows, shifted, strict=True):
        english += [
            (row["en"], row["also"], SAME),
            (row["en"], row["related"], RELATED),
            (row["en"], another["en"], UNRELATED),
            (row["also"], another["related"], UNRELATED),
        ]
    found = {"own, en": english}
    for language in LANGUAGES:
        pairs: list[Pair] = []
        for row, another in zip(rows, shifted, strict=True):
            pairs += [
                (row["en"], row[language], SAME),
                (row["also"], row[language], SAME),
                (row["related"], row[language], RELATED),
                (another["en"], row[language], UNRELATED),
            ]
        found[f"own, en with {language}"] = pairs
    return found


if __name__ == "__main__":
    main()
