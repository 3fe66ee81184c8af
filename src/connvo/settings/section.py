"""The base of every section: its fields come from the environment unless they are given.

Guarantees:
    A section never changes: it is frozen.
    A given value takes precedence over the environment, and each is checked alike.
"""

import os
import re
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, model_validator

PREFIX = "CONNVO_"
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+(/[^\s?#]*)?")


def api_address(value: str | None) -> str | None:
    """Return the address of a server's API, as it was given.

    Raises:
        ValueError: It is none.
    """
    if value is not None and not _ADDRESS.fullmatch(value):
        raise ValueError(f"{value} is not an API address: write it as https://api.example.org/v1")
    return value


def header_key(value: str | None) -> str | None:
    """Return a key that is sent in a header, as it was given.

    Raises:
        ValueError: No header can carry it.
    """
    if value is not None and not (value.isascii() and value.isprintable() and " " not in value):
        raise ValueError("the key has characters that no header can carry: copy it again")
    return value


class Section(BaseModel):
    """Settings of one concern. The variables of a section begin with `CONNVO_` and its `prefix`."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)
    prefix: ClassVar[str]

    def __init_subclass__(cls, prefix: str) -> None:
        super().__init_subclass__()
        cls.prefix = prefix

    @classmethod
    def variable(cls, field: str) -> str:
        """Return the environment variable of a field."""
        return f"{PREFIX}{cls.prefix}{field}".upper()

    @model_validator(mode="before")
    @classmethod
    def _with_environment(cls, given: dict[str, object]) -> dict[str, object]:
        found = {name: os.environ.get(cls.variable(name)) for name in cls.model_fields.keys() - given.keys()}
        return {name: value for name, value in found.items() if value is not None} | given
