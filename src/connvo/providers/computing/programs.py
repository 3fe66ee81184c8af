"""The functions that a computing process may run, by name: each takes bytes and returns bytes."""

from typing import Literal, TypeAlias

Program: TypeAlias = Literal["sentences"]

# A name is followed by the module and the function. Nothing else can be run, whatever a message says.
PROGRAMS: dict[Program, str] = {"sentences": "connvo.providers.embeddings.sentences:embed"}
