"""A row of the audit trail says who did what to which thing, from where, without a person's words."""

from typing import Any

import pytest

from connvo.model.audit import audit
from connvo.runtime.origins import Origin, calling_from
from connvo.schema.audit import AuditLog, AuditSource
from connvo.store.snapshot import Snapshot
from tests.support.audit import all_rows, remove
from tests.support.audit_scan import personal
from tests.support.backend import Backend
from tests.support.people import audit_rows
from tests.support.scene import Scene

HERE = Origin(request_id="request-1", address="192.0.2.7", agent="Firefox/150")


def sources(backend: Backend) -> list[AuditSource]:
    return backend.read(lambda db: db.scan(AuditSource, "by_creation"))


def test_a_row_tells_organisation_request_and_source(backend: Backend) -> None:
    with calling_from(lambda: HERE):
        ada = backend.sign_in("ada", org_id="acme")
    [row] = all_rows(backend)
    [source] = sources(backend)
    assert (row.org_id, row.request_id, row.source, row.outcome) == ("acme", "request-1", source.digest, "success")
    assert (source.user_id, source.address, source.agent) == (None, "192.0.2.7", "Firefox/150") or (
        source.user_id == ada.user_id
    )


def test_calls_of_one_day_share_a_source_and_those_of_others_do_not(backend: Backend) -> None:
    ada, bob = backend.sign_in("ada"), backend.sign_in("bob")
    with calling_from(lambda: HERE):
        for person in (ada, ada, bob):
            person.call("meetings/lifecycle:createMeeting", title="Planning")
    made = audit_rows(backend, "meeting.create")
    assert made[0].source == made[1].source != made[2].source
    assert {(one.user_id, one.address) for one in sources(backend)} == {
        (ada.user_id, "192.0.2.7"),
        (bob.user_id, "192.0.2.7"),
    }
    backend.now_ns += 86_400 * 1_000_000_000
    with calling_from(lambda: HERE):
        ada.call("meetings/lifecycle:createMeeting", title="Planning")
    assert audit_rows(backend, "meeting.create")[-1].source not in {made[0].source, made[2].source}


def test_the_servers_own_deeds_have_no_source(backend: Backend) -> None:
    ada = backend.sign_in("ada")
    ada.call("meetings/lifecycle:createMeeting", title="Planning")
    assert sources(backend) == []
    assert {row.source for row in all_rows(backend)} == {None}


def test_a_row_about_a_meeting_names_it(backend: Backend) -> None:
    scene = Scene(backend)
    scene.start()
    rows = [row for row in all_rows(backend) if row.action.startswith("meeting.")]
    assert {row.action for row in rows} >= {"meeting.create", "meeting.add_participant", "meeting.start"}
    assert {row.meeting_id for row in rows} == {scene.meeting_id}


@pytest.mark.parametrize("wrong", [{f"n{number}": 1.0 for number in range(17)}, {"list": ["a"]}, {"none": {}}])
def test_a_row_has_few_plain_values(backend: Backend, wrong: dict[str, Any]) -> None:
    ctx = _Recorder()
    with pytest.raises(ValueError, match="an audit row has"):
        audit(ctx, "x", "users", "u", None, **wrong)  # type: ignore[arg-type]


class _Recorder:
    origin = None
    auth = None
    now = 0.0


def test_the_trail_holds_no_personal_data(backend: Backend) -> None:
    backend.sign_in("ada", email="ada.lovelace@example.org")

    def with_words(db: Snapshot) -> list[str]:
        return personal(db)

    assert backend.read(with_words) == []
    row = AuditLog(
        resource_type="users", resource_id="x", action="x", metadata={"a": "ada@example.org", "b": "Ada L"}, timestamp=0
    )
    backend.run(backend.engine.write(lambda db: db.insert(row)))
    assert len(backend.read(with_words)) == 2
    remove(backend, *all_rows(backend))
