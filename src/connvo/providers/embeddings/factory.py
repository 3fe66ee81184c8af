"""The embedding models of this deployment, by their names."""

from functools import lru_cache
from urllib.parse import urlsplit

from connvo.rules.embeddings.models import LEAST, LEAST_SHOWN, LEXICAL, SENTENCES, UNKNOWN_LEAST
from connvo.settings.embeddings import EmbeddingSettings

from .base import EmbeddingModel
from .http import HttpModel
from .lexical import LexicalModel
from .local import LocalModel


def configured_name(settings: EmbeddingSettings) -> str | None:
    """Return the name of the configured model, None if there is none."""
    match settings.chosen:
        case "local":
            return SENTENCES
        case "lexical":
            return LEXICAL
        case "http":
            host = urlsplit(settings.url or "").netloc
            return f"{host}/{settings.model}@{int(settings.shorten)}/{settings.dimensions}"
    return None


def can_be_asked(settings: EmbeddingSettings, name: str) -> bool:
    """Return whether this deployment can turn texts into vectors of a model."""
    if name == SENTENCES:
        return not settings.missing
    return name in (LEXICAL, configured_name(settings))


def model_of(settings: EmbeddingSettings, name: str) -> EmbeddingModel:
    """Return a model that can be asked; the same object for the same settings and name.

    Raises:
        LookupError: It cannot be asked.
    """
    if not can_be_asked(settings, name):
        raise LookupError(f"{name} is not configured")
    return _model(settings, name)


def least_of(settings: EmbeddingSettings, name: str) -> float:
    """Return the similarity from which texts of a model count as related."""
    if settings.least is not None and name == configured_name(settings):
        return settings.least
    return LEAST.get(name, UNKNOWN_LEAST)


def least_shown_of(settings: EmbeddingSettings, name: str) -> float:
    """Return the similarity to a question from which passages of a model are shown."""
    if settings.least is not None and name == configured_name(settings):
        return settings.least
    return LEAST_SHOWN.get(name, UNKNOWN_LEAST)


@lru_cache(maxsize=16)
def _model(settings: EmbeddingSettings, name: str) -> EmbeddingModel:
    if name == LEXICAL:
        return LexicalModel()
    return LocalModel(settings) if name == SENTENCES else HttpModel(settings, name)
