"""The gist of a transcript: its most telling sentences, in their order.

A sentence weighs its distinct words by how often the meeting says them, over a power of its length. Cues of a decision
or a topic and nearness to either end raise the weight, length beyond thirty words lowers it. Then sentences are taken
one by one: each loses what it repeats of those taken before, and a quarter of the meeting that has had its share waits.
Small talk before the first subject has no weight.
"""

import math
from collections import Counter

from . import wordings
from .languages import content_stems, words_of
from .sentences import Sentence

LENGTH_POWER = 0.75
MIN_LENGTH = 8
MIN_STEMS = 3
LONG_WORDS = 30
DECISION_CUE = 1.3
TOPIC_CUE = 1.25
NEAR_END = 1.2
END_SHARE = 0.08
REPEAT_LOSS = 1.0
# Small talk ends at the first cue of a topic or a decision, and after so many sentences at the latest.
MAX_OPENING = 12
# A sentence with this much beside its small talk is about something.
MIN_SUBJECT_STEMS = 5
QUARTERS = 4
QUARTER_SHARE = 0.3


def gist(sentences: list[Sentence], max_words: int, max_sentences: int) -> list[Sentence]:
    """Return the most telling sentences within a number of words, in their order."""
    weights = weigh(sentences)
    shares = Counter[int]()
    taken: list[Sentence] = []
    words = 0
    similar = [0.0] * len(sentences)
    candidates = {place for place, weight in enumerate(weights) if weight > 0}
    while candidates and len(taken) < max_sentences:
        best = max(candidates, key=lambda place: (weights[place] * (1 - REPEAT_LOSS * similar[place]), -place))
        candidates.discard(best)
        chosen = sentences[best]
        quarter = QUARTERS * best // len(sentences)
        length = len(chosen.words)
        if words + length > max_words or shares[quarter] + length > max(max_words * QUARTER_SHARE, LONG_WORDS):
            continue
        taken.append(chosen)
        words += length
        shares[quarter] += length
        own = set(chosen.stems)
        for place in candidates:
            similar[place] = max(similar[place], _similarity(own, sentences[place]))
    return sorted(taken, key=lambda sentence: sentence.place)


def weigh(sentences: list[Sentence]) -> list[float]:
    """Return the weight of each sentence; 0 for one that says too little."""
    counts = Counter(stem for sentence in sentences for stem in set(sentence.stems))
    opening = _opening(sentences)
    return [
        0.0 if place < opening and _is_small_talk(sentence) else _weight(sentence, counts, len(sentences))
        for place, sentence in enumerate(sentences)
    ]


def _opening(sentences: list[Sentence]) -> int:
    """Return how many sentences come before the first subject."""
    for place, sentence in enumerate(sentences[:MAX_OPENING]):
        wording = wordings.of(sentence.language)
        if wording.topic.search(sentence.text) or wording.decision.search(sentence.text):
            return place
    return min(MAX_OPENING, len(sentences))


def _is_small_talk(sentence: Sentence) -> bool:
    rest, found = wordings.of(sentence.language).small_talk.subn(" ", sentence.text)
    return bool(found) and len(set(content_stems(words_of(rest), sentence.language))) < MIN_SUBJECT_STEMS


def _weight(sentence: Sentence, counts: Counter[str], total: int) -> float:
    distinct = set(sentence.stems)
    if len(distinct) < MIN_STEMS or sentence.said.rstrip().endswith("?"):
        return 0.0
    length = max(len(sentence.words), MIN_LENGTH)
    weight = sum(math.log1p(counts[stem]) for stem in distinct) / math.pow(length, LENGTH_POWER)
    wording = wordings.of(sentence.language)
    if wording.decision.search(sentence.text):
        weight *= DECISION_CUE
    if wording.topic.search(sentence.text):
        weight *= TOPIC_CUE
    if min(sentence.place, total - 1 - sentence.place) < total * END_SHARE:
        weight *= NEAR_END
    if length > LONG_WORDS:
        weight *= LONG_WORDS / length
    return weight


def _similarity(own: set[str], other: Sentence) -> float:
    stems = set(other.stems)
    return len(own & stems) / math.sqrt(len(own) * len(stems)) if own and stems else 0.0
