"""A wrong setting is told in plain words, whichever it is, and no secret is told with it."""

from typing import Any

import pytest
from pydantic import ValidationError

from connvo.cli.setting_errors import fault_of
from connvo.settings import SECTIONS

NO_VALUE = "neither a number nor anything else"
# Words of pydantic.
FOREIGN = ("Input should", "parse", "valid ", "Value error", "string", "integer", "literal", "None")
EVERY = [(section, name) for section in SECTIONS for name in section.model_fields]


@pytest.mark.parametrize("value", [NO_VALUE, "-1", "1e99", ""])
def test_every_setting_names_its_values_in_plain_words(value: str) -> None:
    told = [line for section, name in EVERY if (line := refusal(section, name, value)) is not None]
    assert told
    for line in told:
        assert line.startswith("NAME")
        assert [word for word in FOREIGN if word in line] == []
        assert "\n" not in line


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("CONNVO_PORT", "99999", "takes a whole number from 0 to 65535, not '99999'"),
        ("CONNVO_LOG_FORMAT", "xml", "takes text or json, not 'xml'"),
        ("CONNVO_SYNC_PING_SECONDS", "20", "takes a number above 0 and at most 15, not '20'"),
        ("CONNVO_SYNC_COMPRESSION", "perhaps", "takes true or false, not 'perhaps'"),
        (
            "CONNVO_AUTH_LEEWAY_SECONDS",
            "x" * 99,
            "takes a number of at least 0, not 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' …",
        ),
        ("CONNVO_TURN_EXTERNAL_IP", "here", "takes an IP address, not 'here'"),
        ("CONNVO_AUTH_ALGORITHMS", "HS256", ": HS256: choose from"),
    ],
)
def test_each_kind_of_setting_names_its_values(variable: str, value: str, told: str) -> None:
    section, name = next(one for one in EVERY if one[0].variable(one[1]) == variable)
    line = refusal(section, name, value)
    assert line is not None
    assert line.removeprefix("NAME").lstrip().startswith(told)


def refusal(section: Any, name: str, value: str) -> str | None:
    """Return what is said about a setting with this value; None when it is not refused, or not alone."""
    try:
        section(**{name: value})
    except ValidationError as error:
        first = error.errors()[0]
        return fault_of("NAME", section.model_fields[name], first) if first["loc"] else None
    return None
