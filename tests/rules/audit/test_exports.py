"""Exported rows are what spreadsheets and security monitors can read without harm."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.audit import exports, rows

HOSTILE = ["=1+1", "+SUM(A1)", "-2+3", "@cmd", "\t=1", "\r=1", '=HYPERLINK("http://x")']
TEXTS = st.text(max_size=30).filter(lambda text: "\x00" not in text and "\r" not in text and "\n" not in text)


@pytest.mark.parametrize("cell", HOSTILE)
def test_no_cell_is_a_formula(cell: str) -> None:
    [[read]] = csv.reader(io.StringIO(exports.csv_line([cell]), newline=""))
    assert read == "'" + cell


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_cells_are_read_as_they_were_written(cells: list[str]) -> None:
    read = next(csv.reader(io.StringIO(exports.csv_line(cells), newline="")), [])
    plain = [one.removeprefix("'") if one[:2] in {"'=", "'+", "'-", "'@", "'\t"} else one for one in read]
    expected = [one.removeprefix("'") if one[:2] in {"'=", "'+", "'-", "'@", "'\t"} else one for one in cells]
    assert plain == expected or cells == [""]


@given(
    st.dictionaries(st.text(max_size=5), st.text(max_size=300) | st.floats() | st.booleans() | st.none(), max_size=16)
)
def test_metadata_are_cut_to_their_limit(values: dict[str, str | float | bool | None]) -> None:
    made = rows.metadata(values)
    assert made.keys() == {name for name, value in values.items() if value is not None}
    assert all(len(value) <= 200 for value in made.values() if isinstance(value, str))


ROW: dict[str, exports.Cell] = dict.fromkeys(exports.COLUMNS) | {
    "id": "r", "time": 1.0, "action": "meeting.create", "resourceType": "meetings", "resourceId": "m",
    "outcome": "success",
}  # fmt: skip


def test_an_event_is_one_of_api_activity() -> None:
    event = exports.ocsf(ROW | {"actorUserId": "u", "ipAddress": "192.0.2.1"}, {"a": 1}, "1.0")
    assert (event["class_uid"], event["type_uid"], event["status_id"]) == (6003, 600301, 1)
    assert event["src_endpoint"] == {"ip": "192.0.2.1"}
    assert exports.ocsf(ROW | {"outcome": "denied"}, {}, "1.0")["status"] == "Failure"
    required = {"activity_id", "actor", "api", "category_uid", "class_uid", "metadata", "severity_id", "src_endpoint"}
    assert required | {"time", "type_uid"} <= event.keys()


@pytest.mark.parametrize(
    ("action", "kind"),
    [("meeting.create", 1), ("audit.read", 2), ("meeting.change_role", 3), ("user.erase", 4), ("meeting.end", 99)],
)
def test_the_verb_of_an_action_says_its_kind(action: str, kind: int) -> None:
    assert exports.ocsf(ROW | {"action": action}, {}, "1.0")["activity_id"] == kind
