"""The request that a task is sent as. It does not need the SDK, so it can be shown where none is installed."""

from typing import Any

import msgspec

from .base import Task
from .dialect import Dialect, parameters

SCHEMA_IN_WORDS = "\n\nAnswer with one JSON object and nothing else. It must match this JSON schema:\n"


def request_body(model: str, task: Task[Any], dialect: Dialect) -> dict[str, Any]:
    """Return the body of the request that a task is sent as, in a dialect."""
    schema = task.schema.schema
    in_words = "" if dialect.format == "json_schema" else SCHEMA_IN_WORDS + msgspec.json.encode(schema).decode()
    return {
        "model": model,
        "messages": [
            {"role": "system", "content": task.instructions + in_words},
            {"role": "user", "content": task.data},
        ],
        "stream": True,
        **parameters(dialect, task.max_output_tokens, task.schema.name, schema),
    }
