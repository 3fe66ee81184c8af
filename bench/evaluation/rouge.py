"""`python -m bench.summaries FILE`: ROUGE of the gist by rules on QMSum's whole-meeting summaries, beside random ones.

FILE is a split of QMSum in JSON lines, plain or gzip (https://github.com/Yale-LILY/QMSum, MIT); none is in this
repository. The scores are F1 of ROUGE-1, ROUGE-2 and ROUGE-L of the whole text, with Porter's stemmer.
"""

import argparse
import gzip
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from time import process_time
from typing import NamedTuple

import msgspec
import snowballstemmer  # type: ignore[import-untyped]

from connvo.rules.insights.gist import gist
from connvo.rules.insights.report import Segment
from connvo.rules.insights.sentences import Sentence, sentences_of

MAX_WORDS = 120
MIN_STEMMED = 4
SEED = 7
WHOLE = re.compile(r"summar", re.IGNORECASE)
MARKS = re.compile(r"\{.*?\}")
TOKEN = re.compile(r"[a-z0-9]+")
PERCENT = 100

Choose = Callable[[list[Sentence], int], list[Sentence]]


class Meeting(NamedTuple):
    """The sentences of a meeting, and a summary that people wrote."""

    sentences: list[Sentence]
    summary: str


def main() -> None:
    """Prints a row for each way to choose sentences."""
    parser = argparse.ArgumentParser(prog="python -m bench.summaries", description="ROUGE of the gist on QMSum.")
    parser.add_argument("file", type=Path, help="a split of QMSum, .jsonl or .jsonl.gz")
    parser.add_argument("--words", type=int, default=MAX_WORDS, help="length of a summary")
    options = parser.parse_args()
    meetings = list(read(options.file))
    print(f"{len(meetings)} meetings, {options.words} words")
    ways: tuple[tuple[str, Choose], ...] = (("random", chance), ("gist", lambda found, most: gist(found, most, most)))
    for name, choose in ways:
        began = process_time()
        texts = [" ".join(one.text for one in choose(meeting.sentences, options.words)) for meeting in meetings]
        seconds = process_time() - began
        pairs = [(tokens(meeting.summary), tokens(text)) for meeting, text in zip(meetings, texts, strict=True)]
        scores = [
            mean(pairs, score) for score in (lambda a, b: overlap(a, b, 1), lambda a, b: overlap(a, b, 2), longest)
        ]
        print(f"{name:8}", " / ".join(f"{PERCENT * score:.1f}" for score in scores), f"{seconds:.1f} s")


def read(file: Path) -> Iterator[Meeting]:
    """Yields the meetings of a split with a summary of the whole."""
    content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    for line in content.splitlines():
        found = msgspec.json.decode(line)
        queries = found["general_query_list"]
        asked = next((one for one in queries if WHOLE.search(one["query"])), queries[0])
        segments = tuple(
            Segment(
                id=str(number),
                start_ms=number,
                end_ms=number + 1,
                speaker_id=turn["speaker"],
                text=MARKS.sub("", turn["content"]),
            )
            for number, turn in enumerate(found["meeting_transcripts"])
        )
        yield Meeting(sentences_of(segments, ["en"] * len(segments)), asked["answer"])


def chance(sentences: list[Sentence], most: int) -> list[Sentence]:
    """Returns sentences by chance."""
    shuffled = random.Random(SEED).sample(sentences, len(sentences))
    taken: list[Sentence] = []
    for sentence in shuffled:
        if sum(len(one.words) for one in taken) + len(sentence.words) <= most:
            taken.append(sentence)
    return taken


def tokens(text: str) -> list[str]:
    """Returns the stems of a text, as the usual implementation of ROUGE makes them."""
    stem = snowballstemmer.stemmer("porter").stemWord
    return [stem(word) if len(word) >= MIN_STEMMED else word for word in TOKEN.findall(text.lower())]


def mean(pairs: list[tuple[list[str], list[str]]], score: Callable[[list[str], list[str]], float]) -> float:
    """Returns the mean score of pairs of a reference and a text."""
    return sum(score(*pair) for pair in pairs) / len(pairs)


def overlap(wanted: list[str], given: list[str], size: int) -> float:
    """Returns the F1 of common n-grams."""
    first, second = (Counter(zip(*(one[at:] for at in range(size)), strict=False)) for one in (wanted, given))
    return harmonic(sum((first & second).values()), sum(first.values()), sum(second.values()))


def longest(wanted: list[str], given: list[str]) -> float:
    """Returns the F1 of the longest common subsequence."""
    row = [0] * (len(given) + 1)
    for word in wanted:
        before = 0
        for at, other in enumerate(given, 1):
            before, row[at] = row[at], before + 1 if word == other else max(row[at], row[at - 1])
    return harmonic(row[-1], len(wanted), len(given))


def harmonic(common: int, wanted: int, given: int) -> float:
    """Returns the harmonic mean of recall and precision."""
    return 2 * common / (wanted + given) if common else 0.0


if __name__ == "__main__":
    main()
