"""The language model of this deployment."""

from functools import lru_cache

from connvo.settings.ai import AiSettings

from .base import LanguageModel


def language_model(settings: AiSettings) -> LanguageModel | None:
    """Return the configured model, or None. It is the same object for the same settings, and keeps what it learned."""
    return _model(settings) if settings.configured else None


@lru_cache(maxsize=8)
def _model(settings: AiSettings) -> LanguageModel:
    # The SDK is large, and an optional dependency.
    from .openai_compatible import OpenAiCompatible

    return OpenAiCompatible(settings)
