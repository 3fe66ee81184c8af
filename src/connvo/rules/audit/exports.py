"""The exported forms of audit rows besides JSON Lines: CSV for spreadsheets, OCSF for security monitoring."""

import csv
import io
from collections.abc import Iterable, Mapping

OCSF_VERSION = "1.3.0"
API_ACTIVITY = 6003
TYPES_PER_CLASS = 100
APPLICATION_ACTIVITY = 6
INFORMATIONAL = 1
SUCCESS, FAILURE = 1, 2
CREATE, READ, UPDATE, DELETE, OTHER = 1, 2, 3, 4, 99
# The first cell characters that make a spreadsheet take a cell for a formula (OWASP, CSV injection).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = (
    "id", "time", "actorUserId", "action", "resourceType", "resourceId", "outcome", "orgId", "meetingId", "requestId",
    "ipAddress", "userAgent", "metadata",
)  # fmt: skip
_ACTIVITIES = {
    "create": CREATE, "signup": CREATE, "add": CREATE, "read": READ, "export": READ, "erase": DELETE, "delete": DELETE,
    "prune": DELETE, "remove": DELETE, "update": UPDATE, "correct": UPDATE, "change": UPDATE, "set": UPDATE,
}  # fmt: skip

Cell = str | float | int | bool | None


def csv_line(cells: Iterable[Cell]) -> str:
    """Return a line of CSV (RFC 4180) in which no cell is a formula."""
    out = io.StringIO()
    csv.writer(out).writerow([_cell(cell) for cell in cells])
    return out.getvalue()


def ocsf(row: Mapping[str, Cell], metadata: Mapping[str, Cell], version: str) -> dict[str, object]:
    """Return a row as an event of the OCSF class API Activity; `row` has the values of `COLUMNS`, time in ms."""
    activity = _activity(str(row["action"]))
    is_success = row["outcome"] == "success"
    endpoint = {"ip": row["ipAddress"]} if row["ipAddress"] else {"svc_name": "unknown"}
    user: dict[str, object] = {"uid": row["actorUserId"] or "server"}
    if row["orgId"]:
        user["org"] = {"uid": row["orgId"]}
    event: dict[str, object] = {
        "activity_id": activity,
        "category_uid": APPLICATION_ACTIVITY,
        "class_uid": API_ACTIVITY,
        "type_uid": API_ACTIVITY * TYPES_PER_CLASS + activity,
        "severity_id": INFORMATIONAL,
        "time": row["time"],
        "status_id": SUCCESS if is_success else FAILURE,
        "status": "Success" if is_success else "Failure",
        "metadata": {
            "version": OCSF_VERSION,
            "uid": row["id"],
            "product": {"name": "connvo", "vendor_name": "connvo", "version": version},
        },
        "actor": {"user": user},
        "api": {"operation": row["action"], "request": {"uid": row["requestId"] or ""}},
        "src_endpoint": endpoint,
        "resources": [{"type": row["resourceType"], "uid": row["resourceId"]}],
        "unmapped": {"meetingId": row["meetingId"], **metadata},
    }
    if row["userAgent"]:
        event["http_request"] = {"user_agent": row["userAgent"]}
    return event


def _cell(value: Cell) -> Cell:
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return "'" + value
    return value


def _activity(action: str) -> int:
    """Return the kind of activity by the verb of an action, as in `meeting.create` and `meeting.change_role`."""
    verb = action.rpartition(".")[2].partition("_")[0]
    return _ACTIVITIES.get(verb, OTHER)
