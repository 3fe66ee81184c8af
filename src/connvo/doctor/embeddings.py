"""Check of the model that turns texts into vectors: a sentence is given to it, and what waits for it is counted.

Guarantees: the process that it starts is gone when it has its finding.
"""

import asyncio
from time import monotonic

from connvo.providers.computing.computer import stop_computers
from connvo.providers.embeddings.base import EmbeddingError
from connvo.providers.embeddings.factory import configured_name, model_of
from connvo.rules.embeddings.models import LEXICAL, EmbeddingFailure
from connvo.schema.embeddings import EmbeddingTask
from connvo.settings import EmbeddingSettings, Settings
from connvo.store.factory import count_by
from connvo.store.health import NoDatabase, Unhealthy

from .report import Check, Finding

EMBEDDINGS = "embeddings"
SENTENCE = "The meeting about the budget is on Tuesday."
# The embedded model is read from the disk first.
SLACK_SECONDS = 10.0
WAITING, RESTING = ("waiting", "behind"), "resting"
# So many texts wait after a large import, or when the model is too slow.
MANY_WAIT = 10_000
INSTALL = "pip install 'connvo[embeddings]' (in a clone: make run), or name a server in CONNVO_EMBEDDING_URL"
RETRY = "connvo embeddings retry has them tried again"
ADVICE: dict[EmbeddingFailure, str] = {
    "unreachable": "start the server, or correct CONNVO_EMBEDDING_URL; open its port for this machine",
    "slow": "check its load, or raise CONNVO_EMBEDDING_CALL_SECONDS",
    "denied": "correct CONNVO_EMBEDDING_KEY, CONNVO_EMBEDDING_MODEL and CONNVO_EMBEDDING_URL, which ends with /v1",
    "busy": "it limits requests: raise its limit, or wait",
    "failing": "see the log of the server that makes vectors; the embedded model needs 200 MB of memory",
    "refused": "check CONNVO_EMBEDDING_MODEL; CONNVO_EMBEDDING_SHORTEN is for models that can shorten vectors",
    "unusable": "CONNVO_EMBEDDING_DIMENSIONS must be the length of the vectors of CONNVO_EMBEDDING_MODEL",
}


def embedding_check(settings: Settings) -> Check:
    """Return the check of the model."""
    patience = settings.embeddings.call_seconds + settings.embeddings.connect_seconds + SLACK_SECONDS
    return Check(EMBEDDINGS, lambda: embedding_finding(settings), patience)


async def embedding_finding(settings: Settings) -> Finding:
    """Return the name of the model, how long it takes for a sentence, and how many texts wait for it."""
    chosen = settings.embeddings
    name = configured_name(chosen)
    if name is None:
        return Finding(EMBEDDINGS, "skipped", "turned off: texts are searched by their words")
    tasks = await asyncio.to_thread(_tasks, settings)
    since = monotonic()
    try:
        await model_of(chosen, name).embed([SENTENCE])
    except EmbeddingError as error:
        seen = f"{name}: {error.message}{_in_words(tasks)}"
        return Finding(EMBEDDINGS, "failed", seen, ADVICE[error.reason])
    finally:
        await stop_computers()
    seen = f"{name}: a sentence in {monotonic() - since:.1f} s{_in_words(tasks)}"
    if tasks.get(RESTING):
        return Finding(EMBEDDINGS, "warning", seen, f"the model has refused these texts: {RETRY}")
    if sum(tasks.get(state, 0) for state in WAITING) >= MANY_WAIT:
        return Finding(EMBEDDINGS, "warning", seen, "many wait: is the server running, and its model fast enough?")
    return _advised(chosen, name, seen)


def _advised(settings: EmbeddingSettings, name: str, seen: str) -> Finding:
    if name == LEXICAL and settings.engine == "auto":
        return Finding(
            EMBEDDINGS, "warning", f"{seen}; it finds shared words only: {settings.missing} missing", INSTALL
        )
    return Finding(EMBEDDINGS, "ok", seen)


def _tasks(settings: Settings) -> dict[str, int]:
    try:
        return count_by(settings, EmbeddingTask, "state")
    except (NoDatabase, Unhealthy):
        return {}  # the check of the database says so


def _in_words(tasks: dict[str, int]) -> str:
    waiting = sum(tasks.get(state, 0) for state in WAITING)
    resting = tasks.get(RESTING, 0)
    return f"; {waiting} texts wait" + (f", {resting} rest" if resting else "")
