"""The engine that the settings choose."""

from connvo.settings import SpeechSettings

from .base import SpeechEngine
from .engine import ListeningEngine
from .http import HttpRecogniser
from .moonshine import MOONSHINE, Moonshine
from .workers import Workers

CUTTING = "cutting"


def speech_engine(settings: SpeechSettings) -> SpeechEngine | None:
    """Return the engine, which is not started, or None if speech is not recognised."""
    patience = settings.timeout_seconds
    match settings.chosen:
        case "moonshine":
            folder = "" if settings.model_folder is None else str(settings.model_folder.resolve())
            workers = Workers(MOONSHINE, settings.cores, patience, folder)
            return ListeningEngine(workers, Moonshine(workers, settings.cores), settings.interim)
        case "http":
            # One process tells speech from silence for all streams: that takes a hundredth of a processor for each.
            return ListeningEngine(Workers(CUTTING, 1, patience), HttpRecogniser(settings), settings.interim)
        case None:
            return None
