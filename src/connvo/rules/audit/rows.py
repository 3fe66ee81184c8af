"""The limits of an audit row: few, short values, none of them a person's words."""

from collections.abc import Mapping

MAX_VALUES = 16
MAX_CHARS = 200


def metadata(values: Mapping[str, str | float | bool | None]) -> dict[str, str | float | bool]:
    """Return the metadata of a row: without values of None, and with long texts cut.

    Raises:
        ValueError: There are more than 16 values, or one of another type.
    """
    found = {name: _short(value) for name, value in values.items() if value is not None}
    if len(found) > MAX_VALUES:
        raise ValueError(f"an audit row has at most {MAX_VALUES} values")
    return found


def _short(value: str | float | bool) -> str | float | bool:
    if isinstance(value, str):
        return value[:MAX_CHARS]
    if not isinstance(value, bool | int | float):
        raise ValueError(f"an audit row has plain values, not {type(value).__name__}")
    return value
