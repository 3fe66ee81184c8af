"""Topics: the phrases of up to three content words that a meeting keeps coming back to."""

import math
from collections import Counter, defaultdict

from connvo.rules.transcripts.chunks import UNSPACED
from connvo.rules.transcripts.folding import fold

from .languages import WORD, empty_words, stem
from .people import People
from .sentences import Sentence

MAX_TOPICS = 8
MAX_WORDS = 3
MIN_COUNT = 3
MIN_LETTERS = 3
LENGTH_BONUS = 1.0


def topics(sentences: list[Sentence], people: People) -> list[tuple[str, list[int]]]:
    """Return the topics, the heaviest first, each with the segments in which it occurs."""
    counts: Counter[tuple[str, ...]] = Counter()
    shown: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    segments: dict[tuple[str, ...], dict[int, None]] = defaultdict(dict)
    for sentence in sentences:
        for run in _runs(sentence, people):
            for phrase in _phrases(run):
                key = tuple(found for found, _ in phrase)
                counts[key] += 1
                shown[key][" ".join(word for _, word in phrase)] += 1
                segments[key][sentence.segment] = None
    often = [key for key, count in counts.items() if count >= MIN_COUNT and len(segments[key]) > 1]
    ranked = sorted(often, key=lambda key: (-_weight(key, counts[key], len(segments[key])), key))
    chosen: list[tuple[str, ...]] = []
    for key in ranked:
        if len(chosen) == MAX_TOPICS:
            break
        if not any(set(key) & set(other) for other in chosen):
            chosen.append(key)
    return [(_label(shown[key]), list(segments[key])) for key in chosen]


def _weight(key: tuple[str, ...], count: int, spread: int) -> float:
    return math.log1p(count) * math.sqrt(spread) * math.pow(len(key), LENGTH_BONUS)


def _label(forms: Counter[str]) -> str:
    label = max(forms, key=lambda form: (forms[form], form))
    return label[:1].upper() + label[1:]


def _runs(sentence: Sentence, people: People) -> list[list[tuple[str, str]]]:
    """Return the runs of content words of a sentence, each word with its stem."""
    stops = empty_words(sentence.language)
    runs: list[list[tuple[str, str]]] = [[]]
    end = 0
    for found in WORD.finditer(sentence.text):
        word = found[0]
        folded = fold(word.replace("’", "'"))
        is_content = (
            len(folded) >= MIN_LETTERS
            and folded.isalpha()
            and folded not in stops
            and not UNSPACED.search(folded)
            and not people.is_name(folded)
        )
        if not is_content or sentence.text[end : found.start()].strip():
            runs.append([])
        if is_content:
            runs[-1].append((stem(folded, sentence.language), word))
        end = found.end()
    return [run for run in runs if run]


def _phrases(run: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    return [run[start : start + length] for length in range(1, MAX_WORDS + 1) for start in range(len(run) - length + 1)]
