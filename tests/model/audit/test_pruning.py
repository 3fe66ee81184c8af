"""Old audit rows go in whole seals, the trail says so, and the rest stays proven."""

from collections.abc import Callable

import msgspec
import pytest

from connvo.maintenance.audit_check import AuditFault, Head
from connvo.runtime.origins import Origin, calling_from
from connvo.schema.audit import AuditSource
from connvo.settings import AuditSettings, RetentionSettings
from tests.support.audit import all_rows, all_seals, checked, remove, seal_now, write
from tests.support.backend import Backend
from tests.support.store import ENGINES

DAY = 86_400.0
KEY = "cd" * 32


@pytest.fixture(params=ENGINES)
def pruned(request: pytest.FixtureRequest, make_backend: Callable[..., Backend]) -> Backend:
    """A backend with two pruned seals, and one that is not."""
    backend = make_backend(
        ENGINES[request.param], retention=RetentionSettings(audit_days=10), audit=AuditSettings(key=KEY)
    )
    for name in ("ada", "bob"):
        backend.sign_in(name)
        seal_now(backend)
    backend.advance(9 * DAY)
    backend.sign_in("cleo")
    seal_now(backend)
    backend.advance(2 * DAY)
    seal_now(backend)
    return backend


def test_the_trail_is_whole_after_its_retention(pruned: Backend) -> None:
    found = checked(pruned, bytes.fromhex(KEY))
    assert (found.pruned, found.strays) == (2, [])
    assert [row.action for row in all_rows(pruned)] == ["user.signup", "audit.prune"]
    [row] = [row for row in all_rows(pruned) if row.action == "audit.prune"]
    assert {name: row.metadata[name] for name in ("from", "to", "count")} == {"from": 1, "to": 2, "count": 2}
    assert [seal.ids for seal in all_seals(pruned)[:2]] == [(), ()]


def test_later_prunings_are_told_of_together(pruned: Backend) -> None:
    for _ in range(3):
        pruned.advance(11 * DAY)
        seal_now(pruned)
        assert checked(pruned, bytes.fromhex(KEY)).strays == []
    newest = [row for row in all_rows(pruned) if row.action == "audit.prune"][-1]
    seals = {seal.number: seal for seal in all_seals(pruned)}
    to = int(newest.metadata["to"])
    assert (newest.metadata["from"], newest.metadata["count"]) == (1, seals[to].total)
    assert all((seal.pruned_at is not None) == (seal.number <= to) for seal in seals.values())


def test_emptied_seals_go_later_and_the_rest_stays_proven(pruned: Backend) -> None:
    key, early = bytes.fromhex(KEY), all_seals(pruned)[0]
    for _ in range(3):
        pruned.advance(11 * DAY)
        seal_now(pruned)
    kept = all_seals(pruned)
    assert kept[0].number > 2
    assert len(kept) <= 5
    found = checked(pruned, key, Head(kept[-1].number, kept[-1].hash))
    assert (found.first, found.strays) == (kept[0].number, [])
    with pytest.raises(AuditFault, match="older than the seals that are kept"):
        checked(pruned, key, Head(early.number, early.hash))
    covered = [seal for seal in kept if seal.pruned_at is not None]
    remove(pruned, *covered)
    with pytest.raises(AuditFault, match="about pruning does not agree"):
        checked(pruned, key)


def test_a_chain_without_its_first_seals_needs_a_record_of_pruning(pruned: Backend) -> None:
    for row in all_rows(pruned):
        if row.action == "audit.prune":
            remove(pruned, row)
    remove(pruned, all_seals(pruned)[0])
    with pytest.raises(AuditFault, match="seal 1 is missing"):
        checked(pruned)


def test_a_deletion_by_hand_is_broken(pruned: Backend) -> None:
    remove(pruned, all_rows(pruned)[0])
    with pytest.raises(AuditFault, match="of seal 3 is missing"):
        checked(pruned)


def test_a_deletion_that_claims_to_be_a_pruning_needs_the_record_too(pruned: Backend) -> None:
    seal, row = all_seals(pruned)[2], all_rows(pruned)[0]
    remove(pruned, row)
    write(pruned, lambda db: db.patch(seal, ids=(), pruned_at=1.0))
    with pytest.raises(AuditFault, match="seal 3 were deleted without a record"):
        checked(pruned)


def test_a_forged_record_of_pruning_needs_the_key(pruned: Backend) -> None:
    [record] = [row for row in all_rows(pruned) if row.action == "audit.prune"]
    seal, row = all_seals(pruned)[2], all_rows(pruned)[0]
    claims = {"from": 1.0, "to": 3.0, "count": float(seal.total), "proof": record.metadata["proof"]}
    remove(pruned, row)
    write(pruned, lambda db: db.patch(seal, ids=(), pruned_at=1.0))
    write(pruned, lambda db: db.insert(msgspec.structs.replace(record, metadata=claims)))
    with pytest.raises(AuditFault, match="is not signed with the key"):
        checked(pruned, bytes.fromhex(KEY))


def test_sources_go_after_weeks_and_break_no_seal(make_backend: Callable[..., Backend]) -> None:
    backend = make_backend(retention=RetentionSettings(audit_source_days=3))
    with calling_from(lambda: Origin(request_id="r1", address="192.0.2.7", agent="Firefox")):
        backend.sign_in("ada")
    [row] = all_rows(backend)
    assert row.source is not None
    seal_now(backend)
    assert len(backend.read(lambda db: db.scan(AuditSource, "by_creation"))) == 1
    backend.advance(5 * DAY)
    assert backend.read(lambda db: db.scan(AuditSource, "by_creation")) == []
    assert checked(backend).rows == 1
