"""Token budgets: reserved before a call, settled once after it, and never exceeded by calls that were not under way."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connvo.model.ai import usage
from connvo.model.ai.jobs import drop_old_usage
from connvo.model.ai.usage import Payer
from connvo.schema.ai import AiUsage
from connvo.schema.meetings import Meeting, MeetingId
from connvo.telemetry.instruments import AI_TOKENS
from tests.support.scene import Scene

from .conftest import Desk

ONE = Payer(meeting_id=MeetingId("m1"), organisation="acme", day="2027-01-15")
TWO = Payer(meeting_id=MeetingId("m2"), organisation="acme", day="2027-01-15")
OTHER = Payer(meeting_id=MeetingId("m3"), organisation="other", day="2027-01-15")
TOMORROW = Payer(meeting_id=MeetingId("m4"), organisation="acme", day="2027-01-16")


def reserve(desk: Desk, payer: Payer, tokens: int) -> bool:
    """Returns whether tokens could be reserved."""
    return desk.work(lambda ctx: usage.reserve(ctx, payer, tokens))


def settle(desk: Desk, payer: Payer, *amounts: int | None) -> None:
    """Settles a reservation."""
    desk.work(lambda ctx: usage.settle(ctx, payer, *amounts))  # type: ignore[arg-type]


def row(desk: Desk, payer: Payer) -> AiUsage:
    """Returns the counters of a meeting."""
    found = desk.backend.read(lambda db: db.first(AiUsage, "by_scope", "meeting", payer.meeting_id, ""))
    assert found is not None
    return found


def left(desk: Desk, payer: Payer) -> int:
    """Returns the tokens that are left."""
    return desk.work(lambda ctx: usage.left(ctx, payer))


def test_a_reservation_counts_until_it_is_settled(desk: Desk) -> None:
    assert reserve(desk, ONE, 700) and left(desk, ONE) == 300
    assert not reserve(desk, ONE, 301)
    assert left(desk, ONE) == 300, "a refused one reserves nothing"
    settle(desk, ONE, 700, 250, 50)
    assert left(desk, ONE) == 700
    assert (row(desk, ONE).tokens_in, row(desk, ONE).tokens_out, row(desk, ONE).calls) == (250, 50, 1)


def test_an_organisation_has_one_budget_a_day(desk: Desk) -> None:
    assert reserve(desk, ONE, 1_000) and not reserve(desk, TWO, 501)
    assert reserve(desk, TWO, 500) and left(desk, TWO) == 0
    assert reserve(desk, OTHER, 1_000) and reserve(desk, TOMORROW, 1_000)


def test_a_lost_result_costs_all_that_was_reserved(desk: Desk) -> None:
    reserve(desk, ONE, 600)
    settle(desk, ONE, 600)
    assert left(desk, ONE) == 400
    assert row(desk, ONE).uncounted == 600


def test_a_call_that_was_not_made_costs_nothing(desk: Desk) -> None:
    reserve(desk, ONE, 600)
    desk.work(lambda ctx: usage.release(ctx, ONE, 600))
    assert left(desk, ONE) == 1_000
    assert row(desk, ONE).calls == 0


def test_a_server_that_counts_wildly_cannot_spend_more_than_double(desk: Desk) -> None:
    reserve(desk, ONE, 100)
    settle(desk, ONE, 100, 10**12, 10**12)
    assert left(desk, ONE) == 800


def test_tokens_are_measured_as_they_were_counted(desk: Desk) -> None:
    reserve(desk, ONE, 500)
    settle(desk, ONE, 500, 300, 40)
    found = [(one.labels, one.value) for one in desk.backend.measures if one.instrument is AI_TOKENS]
    assert found == [(("in",), 300), (("out",), 40)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(calls=st.lists(st.tuples(st.integers(1, 700), st.floats(0, 1), st.booleans()), max_size=12))
def test_honest_calls_never_exceed_a_budget_in_any_order(desk: Desk, calls: list[tuple[int, float, bool]]) -> None:
    meeting = MeetingId(f"m{desk.backend.now_ns}")
    payer = Payer(meeting_id=meeting, organisation=str(meeting), day="2027-01-15")
    open_calls: list[tuple[int, float]] = []
    for tokens, share, settles in calls:
        if reserve(desk, payer, tokens):
            open_calls.append((tokens, share))
        if open_calls and settles:
            reserved, part = open_calls.pop(int(share * (len(open_calls) - 1)))
            settle(desk, payer, reserved, int(reserved * part), 0)
        assert 0 <= left(desk, payer) <= 1_000
    found: Any = desk.backend.read(lambda db: db.first(AiUsage, "by_scope", "meeting", meeting, ""))
    assert found is None or found.reserved == sum(tokens for tokens, _ in open_calls)


def test_meetings_count_for_the_organisation_of_their_organiser(desk: Desk) -> None:
    scene = Scene(desk.backend)
    alice = desk.backend.sign_in("alice", org_id="acme")

    def payer(meeting_id: str) -> Payer:
        def find(ctx: Any) -> Payer:
            meeting = ctx.db.get(Meeting, MeetingId(meeting_id))
            assert meeting is not None
            return usage.payer_of(ctx, meeting)

        return desk.work(find)

    own = payer(scene.create(alice))
    assert (own.organisation, own.day) == ("acme", "2027-01-15")
    assert payer(scene.meeting_id).organisation == ""


def test_old_counts_go(desk: Desk) -> None:
    reserve(desk, ONE, 10)
    desk.backend.now_ns += 91 * 24 * 3600 * 10**9
    reserve(desk, TWO, 10)
    desk.backend.run(desk.backend.runtime.call(drop_old_usage))
    found = desk.backend.read(lambda db: db.scan(AiUsage, "by_update"))
    assert {one.key for one in found} == {"m2", "acme"}
