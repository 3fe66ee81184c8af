"""ROUGE of the gist by rules on public meetings, beside extractive baselines of the same length.

Sentences by chance and the first ones are always there, and the published LexRank, Luhn and TextRank after `pip install
sumy summa`. All choose from the same sentences.
"""

import random
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from time import process_time
from typing import Any

from connvo.rules.insights.gist import gist
from connvo.rules.insights.sentences import Sentence

from .corpora import Corpus, corpora
from .rouge import mean, rouge

SEED = 7
PERCENT = 100
SUMY = (("lex_rank", "LexRank"), ("luhn", "Luhn"))
Choose = Callable[[list[Sentence], int], list[str]]


def table(folder: Path) -> Iterator[str]:
    """Yields the lines of a table for each test set of a folder."""
    for corpus in corpora(folder):
        yield f"{corpus.name}: {len(corpus.meetings)} meetings, {corpus.words} words, ROUGE-1 / 2 / Lsum"
        for name, choose in ways():
            yield _row(corpus, name, choose)


def ways() -> list[tuple[str, Choose]]:
    """Returns the ways to choose sentences whose packages are installed."""
    found: list[tuple[str, Choose]] = [("chance", _by_chance), ("first sentences", _first)]
    if find_spec("summa") is not None:
        found.append(("summa TextRank", _by_textrank))
    if find_spec("sumy") is not None:
        found += [(f"sumy {name}", _by_sumy(module, name)) for module, name in SUMY]
    return [*found, ("connvo", _by_rules)]


def _row(corpus: Corpus, name: str, choose: Choose) -> str:
    began = process_time()
    texts = [choose(meeting.sentences, corpus.words) for meeting in corpus.meetings]
    seconds = process_time() - began
    score = mean([rouge(one.summary, text) for one, text in zip(corpus.meetings, texts, strict=True)])
    figures = " / ".join(f"{PERCENT * value:4.1f}" for value in (score.one, score.two, score.long))
    return f"  {name:16} {figures}   {seconds:.1f} s"


def _by_rules(sentences: list[Sentence], words: int) -> list[str]:
    return [one.text for one in gist(sentences, words, words)]


def _by_chance(sentences: list[Sentence], words: int) -> list[str]:
    return _within([one.text for one in random.Random(SEED).sample(sentences, len(sentences))], words)


def _first(sentences: list[Sentence], words: int) -> list[str]:
    return _within([one.text for one in sentences], words)


def _by_textrank(sentences: list[Sentence], words: int) -> list[str]:
    from summa import summarizer  # type: ignore[import-not-found]

    text = "\n".join(one.text for one in sentences)
    return _within(summarizer.summarize(text, words=words, split=True), words)


def _by_sumy(module: str, name: str) -> Choose:
    def choose(sentences: list[Sentence], words: int) -> list[str]:
        from importlib import import_module

        from sumy.models.dom import ObjectDocumentModel, Paragraph  # type: ignore[import-not-found]
        from sumy.models.dom import Sentence as Rated
        from sumy.nlp.stemmers import Stemmer  # type: ignore[import-not-found]
        from sumy.utils import get_stop_words  # type: ignore[import-not-found]

        summarizer: Any = getattr(import_module(f"sumy.summarizers.{module}"), f"{name}Summarizer")
        summarise = summarizer(Stemmer("english"))
        summarise.stop_words = get_stop_words("english")
        model = ObjectDocumentModel([Paragraph([Rated(one.text, _Words()) for one in sentences])])
        # Any callable that takes the rated sentences, the best first, may choose among them.
        return [str(one) for one in summarise(model, lambda rated: _best(rated, words))]

    return choose


class _Words:
    """The words of a sentence, as sumy asks for them: its own tokenizer needs data from the network."""

    def to_words(self, text: str) -> tuple[str, ...]:
        """Returns the words of a sentence."""
        return tuple(word for word in text.split() if any(map(str.isalpha, word)))


def _best(rated: list[Any], words: int) -> list[Any]:
    texts = _within([str(one.sentence) for one in rated], words)
    return [one for one in rated if str(one.sentence) in texts]


def _within(texts: list[str], words: int) -> list[str]:
    """Returns the texts that fit, one after another."""
    taken: list[str] = []
    used = 0
    for text in texts:
        size = len(text.split())
        if used + size <= words:
            taken.append(text)
            used += size
    return taken
