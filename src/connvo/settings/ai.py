"""Settings of the language model. Import them from `settings`."""

from importlib.util import find_spec
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from .section import Section, api_address, header_key

AUTO = "auto"
# A chunk must hold some segments beside the instructions and the answer.
MIN_INPUT_TOKENS = 2048


class AiSettings(Section, prefix="AI_"):
    """The language model that improves reports: any server with the OpenAI protocol; needs the extra `ai`."""

    url: str | None = Field(
        default=None,
        description="Address of the API, such as https://api.example.org/v1 or http://127.0.0.1:11434/v1. Default: no "
        "model; reports are excerpts.",
    )
    model: str | None = Field(default=None, description="Name of the model at that server.")
    key: str | None = Field(default=None, description="Key of the API, if the server wants one.")
    context_tokens: int = Field(
        default=8192, ge=4096, description="Tokens of input and output together that the model takes."
    )
    output_tokens: int = Field(default=1500, ge=256, description="Most tokens of one answer.")
    first_token_seconds: float = Field(default=120.0, gt=0, description="Time limit for the beginning of an answer.")
    idle_seconds: float = Field(default=30.0, gt=0, description="Time limit for each further piece of an answer.")
    call_seconds: float = Field(default=240.0, gt=0, le=3600, description="Time limit for a whole call.")
    concurrency: int = Field(default=2, ge=1, description="Most calls of one node at a time.")
    tries: int = Field(default=3, ge=1, le=10, description="Most tries while the server is busy, slow or unreachable.")
    meeting_tokens: int = Field(
        default=150_000, ge=0, description="Most tokens for one meeting; about four hours. Input and output count."
    )
    org_daily_tokens: int = Field(
        default=2_000_000,
        ge=0,
        description="Most tokens for the meetings of one organisation per day (UTC).",
    )
    language: str = Field(
        default=AUTO,
        pattern=r"^(auto|[a-z]{2})$",
        description="Language of reports, as ISO 639-1; `auto` for that of most words of a transcript.",
    )
    live: bool = Field(
        default=False,
        description="Whether the model also suggests questions, from a meeting's title and what several members show "
        "to everyone, and during a call from its last minutes: at most 15 calls an hour of 1,500 tokens.",
    )
    zone: str = Field(default="UTC", description="Time zone in which days that were said are read, as Europe/Berlin.")

    @field_validator("url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        return api_address(value)

    @field_validator("key")
    @classmethod
    def _header(cls, value: str | None) -> str | None:
        return header_key(value)

    @field_validator("zone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{value} is no time zone of this machine: write it as Europe/Berlin") from None
        return value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.url is None) != (self.model is None):
            raise ValueError("a language model needs both CONNVO_AI_URL and CONNVO_AI_MODEL")
        if self.context_tokens - self.output_tokens < MIN_INPUT_TOKENS:
            raise ValueError(
                f"CONNVO_AI_CONTEXT_TOKENS must exceed CONNVO_AI_OUTPUT_TOKENS by at least {MIN_INPUT_TOKENS}"
            )
        if self.configured and find_spec("openai") is None:
            raise ValueError(
                "a language model needs the SDK of its protocol, which is not installed: pip install 'connvo[ai]', "
                "or in a clone: .venv/bin/pip install -e '.[ai]'"
            )
        return self

    @property
    def configured(self) -> bool:
        """Return whether a model is configured."""
        return self.url is not None
