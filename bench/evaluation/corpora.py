"""Public meetings with summaries that people wrote: the test sets of QMSum, AMI and ICSI. None is in this repository.

A folder holds `qmsum_test.jsonl` as in Yale-LILY/QMSum (MIT), and `hmnet/AMI_split_*.jsonl`, `hmnet/ICSI_split_*.jsonl`
as in microsoft/HMNet (MIT; the AMI corpus is CC BY 4.0). Any of them may be missing or compressed with gzip.
"""

import gzip
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from connvo.rules.insights.report import Segment
from connvo.rules.insights.sentences import Sentence, sentences_of, split

WHOLE = re.compile(r"summar", re.IGNORECASE)
MARKS = re.compile(r"\{.*?\}")
# Words of these corpora are apart from their marks and endings.
APART = re.compile(r"\s+(?=[,.?!;:]|'\w|n't\b)")


class Summarised(NamedTuple):
    """The sentences of a meeting, and those of a summary that people wrote."""

    sentences: list[Sentence]
    summary: list[str]


class Corpus(NamedTuple):
    """The meetings of a test set, and the words of a summary of one."""

    name: str
    words: int
    meetings: list[Summarised]


def corpora(folder: Path) -> list[Corpus]:
    """Returns the test sets that are in a folder."""
    found = [
        Corpus("QMSum", 120, _read(folder.glob("qmsum_test.jsonl*"), _of_qmsum)),
        Corpus("AMI", 300, _read(folder.glob("hmnet/AMI_split_*.jsonl*"), _of_hmnet)),
        Corpus("ICSI", 480, _read(folder.glob("hmnet/ICSI_split_*.jsonl*"), _of_hmnet)),
    ]
    return [corpus for corpus in found if corpus.meetings]


def _read(files: Iterator[Path], meeting: Callable[[Any], Summarised]) -> list[Summarised]:
    contents = (gzip.decompress(one.read_bytes()) if one.suffix == ".gz" else one.read_bytes() for one in sorted(files))
    return [meeting(msgspec.json.decode(line)) for content in contents for line in content.splitlines()]


def _of_qmsum(found: Any) -> Summarised:
    queries = found["general_query_list"]
    asked = next((one for one in queries if WHOLE.search(one["query"])), queries[0])
    turns = [(turn["speaker"], MARKS.sub("", turn["content"])) for turn in found["meeting_transcripts"]]
    return Summarised(_sentences(turns), list(split(asked["answer"])))


def _of_hmnet(found: Any) -> Summarised:
    turns = [(turn["speaker"], _text(turn["utt"]["word"])) for turn in found["meeting"]]
    return Summarised(_sentences(turns), [_text(one.split()) for one in found["summary"]])


def _sentences(turns: list[tuple[str, str]]) -> list[Sentence]:
    segments = tuple(
        Segment(id=str(number), start_ms=number, end_ms=number + 1, speaker_id=speaker, text=text)
        for number, (speaker, text) in enumerate(turns)
    )
    return sentences_of(segments, ["en"] * len(segments))


def _text(words: list[str]) -> str:
    return APART.sub("", " ".join(words))
