"""What came of matches: feedback, history, numbers, and weights learned and applied."""

from typing import Any

import pytest

from connvo.model.matching import seekers
from connvo.rules.matching.features import Features
from connvo.runtime.context import QueryCtx
from connvo.schema.audit import AuditLog
from connvo.schema.matching import Match, MatchAnswer
from connvo.schema.users import UserId
from connvo.store.transaction import Transaction
from tests.support.backend import Caller
from tests.support.made_worlds import OTHER, pairs
from tests.support.matching import (
    ANSWER,
    APPLY,
    CURRENT,
    GLOBAL,
    HISTORY,
    OPTIMIZE,
    SCORE,
    STATS,
    STATUS,
    TO_RATE,
    VERSIONS,
    WISHES,
    Pool,
)

DAY_MS = 86_400_000.0


def test_how_it_was_is_answered_once_both_have_been_in_the_call(pool: Pool) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    meeting_id = pool.confirm(ann, bo)
    match_id = ann.call(CURRENT)["matchId"]
    ann.fails(ANSWER, "CONFLICT", matchId=match_id, outcome="completed")
    ann.call("meetings/lifecycle:startMeeting", meetingId=meeting_id)
    for one in (ann, bo):
        for rater in (ann, bo):
            rater.fails(ANSWER, "CONFLICT", matchId=match_id, outcome="completed", feedback={"rating": 1})
            assert rater.call(TO_RATE, meetingId=meeting_id) is None
        one.call("meetings/lifecycle:joinMeeting", meetingId=meeting_id)
    ann.call("meetings/lifecycle:endMeeting", meetingId=meeting_id)
    assert [one.call(TO_RATE, meetingId=meeting_id) for one in (ann, bo)] == [match_id, match_id]
    assert pool.person("eve").call(TO_RATE, meetingId=meeting_id) is None
    for feedback in ({"rating": 5, "comments": " Good talk "}, {"rating": 4}):
        ann.call(ANSWER, matchId=match_id, outcome="completed", feedback=feedback)
    assert [one.call(TO_RATE, meetingId=meeting_id) for one in (ann, bo)] == [None, match_id]
    (past,) = ann.call(HISTORY)
    assert (past["matchId"], past["outcome"], past["feedback"]) == (match_id, "completed", {"rating": 4})
    assert past["features"]["interestOverlap"] == 1
    assert past["features"]["experienceGap"] == 0.5
    assert "vectorSimilarity" not in past["features"]


@pytest.mark.parametrize("outcome", ["accepted", "declined"])
def test_a_rating_before_the_meeting_is_refused_and_changes_nothing(pool: Pool, outcome: str) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    match_id = pool.propose(ann, bo)
    refused = ann.fails(ANSWER, "VALIDATION_ERROR", matchId=match_id, outcome=outcome, feedback={"rating": 1})
    assert refused.metadata["field"] == "feedback"
    assert "myAnswer" not in ann.call(CURRENT)
    sides = pool.backend.read(lambda db: db.scan(MatchAnswer, "by_creation"))
    assert [(side.answer, side.rating) for side in sides] == [(None, None)] * 2


@pytest.mark.parametrize(
    "feedback", [{"rating": 0}, {"rating": 6}, {"rating": 3.5}, {"rating": 3, "comments": "x" * 1001}]
)
def test_bad_feedback_is_refused(pool: Pool, feedback: dict[str, Any]) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    match_id = pool.hold(ann, bo)
    ann.fails(ANSWER, "VALIDATION_ERROR", matchId=match_id, outcome="completed", feedback=feedback)


def test_the_history_is_paged_and_ones_own(pool: Pool) -> None:
    ann = pool.person("ann")
    for number in range(3):
        bo = pool.person(f"bo{number}")
        ann.call(ANSWER, matchId=pool.propose(ann, bo), outcome="declined")
        for one in (ann, bo):
            one.call("matching/queue:cancelQueueEntry")
        assert bo.call(HISTORY) == []
    everything = ann.call(HISTORY)
    assert [one["outcome"] for one in everything] == ["declined"] * 3
    assert everything == sorted(everything, key=lambda one: -one["createdAt"])
    assert ann.call(HISTORY, limit=1, offset=1) == everything[1:2]
    ann.fails(HISTORY, "VALIDATION_ERROR", limit=float("nan"))


def test_own_numbers_count_the_results_of_matches(pool: Pool) -> None:
    ann, bo, cy = (pool.person(name) for name in ("ann", "bo", "cy"))
    assert ann.call(STATS) == {
        "totalMatches": 0, "acceptedMatches": 0, "completedMatches": 0, "successRate": 0, "topFeatures": [],
    }  # fmt: skip
    ann.call(ANSWER, matchId=pool.propose(ann, cy), outcome="declined")
    for one in (ann, cy):
        one.call("matching/queue:cancelQueueEntry")
    match_id = pool.hold(ann, bo)
    ann.call(ANSWER, matchId=match_id, outcome="completed", feedback={"rating": 4})
    found = ann.call(STATS)
    assert (found["totalMatches"], found["acceptedMatches"], found["completedMatches"]) == (2, 1, 1)
    assert (found["averageRating"], found["successRate"]) == (4, 1)
    assert found["topFeatures"][0] == {"feature": "interestOverlap", "averageScore": 1, "count": 2}
    assert bo.call(STATS)["completedMatches"] == 0


def test_global_numbers_name_nobody_and_count_each_match_once(pool: Pool) -> None:
    ann, bo, cy, di = (pool.person(name) for name in ("ann", "bo", "cy", "di"))
    match_id = pool.hold(ann, bo)
    pool.enter(cy)
    pool.enter(di)
    pool.cycle()
    cy.call(ANSWER, matchId=cy.call(CURRENT)["matchId"], outcome="declined")
    for one in (ann, bo):
        one.call(ANSWER, matchId=match_id, outcome="completed", feedback={"rating": 5})
    found = pool.operator.call(GLOBAL)
    assert found["totalMatches"] == 2
    assert found["outcomeDistribution"] == {"accepted": 1, "declined": 1, "completed": 1}
    assert 0.6 < found["averageScore"] <= 1
    assert found["matchingTrends"][0]["matchCount"] == 2
    assert {one["feature"] for one in found["featureImportance"]} >= {"interestOverlap", "vectorSimilarity"}
    assert all(one["correlation"] == 0 for one in found["featureImportance"])
    pool.backend.advance(2 * 86_400)
    assert pool.operator.call(GLOBAL)["outcomeDistribution"]["completed"] == 1
    assert pool.operator.call(GLOBAL, timeRange=3_600_000)["totalMatches"] == 0


def decline(pool: Pool, *callers: Caller) -> None:
    """Let two people be proposed to each other, and decline."""
    callers[0].call(ANSWER, matchId=pool.propose(*callers), outcome="declined")
    for one in callers:
        one.call("matching/queue:cancelQueueEntry")


def test_an_organisation_has_numbers_of_at_least_five_people_in_them(each_pool: Pool) -> None:
    pool = each_pool
    admin = pool.person("admin", org_id="org", org_role="admin")
    for number in range(6):
        pool.person(f"idle{number}", org_id="org")
    people = [pool.person(f"p{number}", org_id="org") for number in range(5)]
    strangers = [pool.person(f"s{number}", org_id="elsewhere") for number in range(4)]
    none = admin.call(GLOBAL)
    decline(pool, people[0], people[1])
    for stranger in strangers[:3]:
        decline(pool, people[0], stranger)
    decline(pool, people[2], people[3])
    assert admin.call(GLOBAL) == none
    decline(pool, people[4], strangers[3])
    assert admin.call(GLOBAL)["totalMatches"] == 6
    other = pool.person("other", org_id="elsewhere", org_role="admin")
    assert other.call(GLOBAL) == none


def test_a_day_of_few_people_is_in_no_sum_of_more_days(pool: Pool) -> None:
    admin = pool.person("admin", org_id="org", org_role="admin")
    people = [pool.person(f"p{number}", org_id="org") for number in range(6)]
    for place in (0, 2, 4):
        decline(pool, people[place], people[place + 1])
    pool.backend.now_ns += 86_400 * 10**9
    decline(pool, people[0], people[2])
    found = admin.call(GLOBAL)
    assert (found["totalMatches"], len(found["matchingTrends"])) == (3, 1)
    assert admin.call(GLOBAL, timeRange=3_600_000)["totalMatches"] == 0
    assert pool.operator.call(GLOBAL)["totalMatches"] == 4


def test_a_confirmed_match_that_nobody_had_counts_as_missed(pool: Pool) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    pool.confirm(ann, bo)
    match_id = ann.call(CURRENT)["matchId"]
    pool.backend.advance(86_400 + 60)
    match = pool.backend.read(lambda db: db.get(Match, match_id))
    assert match is not None
    assert (match.state, match.judged) == ("missed", True)
    assert ann.call(STATUS) is None
    assert ann.call(STATS)["successRate"] == 0


def compare(pool: Pool, first: str, second: str, **more: Any) -> dict[str, Any]:
    return {"user1Id": first, "user2Id": second, "user1Constraints": WISHES, "user2Constraints": WISHES, **more}


FEATURES = (
    "interestOverlap", "experienceGap", "industryMatch", "timezoneCompatibility", "vectorSimilarity",
    "orgConstraintMatch", "languageOverlap", "roleComplementarity",
)  # fmt: skip
EQUAL = dict.fromkeys(FEATURES, 1.0)


def test_a_score_is_symmetric_and_explained(pool: Pool) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    for one, field in ((ann, "Software"), (bo, "Retail")):
        one.call("profiles/mutations:updateProfile", field=field, languages=["German"], experience="Senior")
    first = pool.operator.call(SCORE, **compare(pool, ann.user_id, bo.user_id))
    assert first == pool.operator.call(SCORE, **compare(pool, bo.user_id, ann.user_id))
    assert first["features"]["industryMatch"] == 0.3
    assert first["features"]["languageOverlap"] == 1
    assert "You both speak German." in first["explanation"]
    weighed = pool.operator.call(SCORE, **compare(pool, ann.user_id, bo.user_id, customWeights=EQUAL))
    assert weighed["score"] != first["score"]


def test_profiles_are_compared_by_their_vectors_where_both_have_one(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bo, cy = (pool.person(name) for name in ("ann", "bo", "cy"))
    known = {ann.user_id: [1.0, 0.0, 0.0], bo.user_id: [0.0, 1.0, 0.0]}

    def vector_of(ctx: QueryCtx, user_id: UserId) -> tuple[str, list[float]] | None:
        return ("made/up@1/3", known[user_id]) if user_id in known else None

    monkeypatch.setattr(seekers, "vector_of", vector_of)
    both = pool.operator.call(SCORE, **compare(pool, ann.user_id, bo.user_id))
    assert both["features"]["vectorSimilarity"] == pytest.approx(0.5)
    one = pool.operator.call(SCORE, **compare(pool, ann.user_id, cy.user_id))
    assert "vectorSimilarity" not in one["features"]
    assert both["score"] < one["score"]
    pool.enter(ann)
    pool.enter(bo)
    assert pool.cycle()["totalMatches"] == 1


@pytest.mark.parametrize("wrong", [-1.0, float("nan"), float("inf")])
def test_bad_weights_are_refused(pool: Pool, wrong: float) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    asked = compare(pool, ann.user_id, bo.user_id, customWeights={**EQUAL, "experienceGap": wrong})
    pool.operator.fails(SCORE, "VALIDATION_ERROR", **asked)
    zero = dict.fromkeys(EQUAL, 0.0)
    pool.operator.fails(SCORE, "VALIDATION_ERROR", **compare(pool, ann.user_id, bo.user_id, customWeights=zero))


def test_an_admin_compares_people_of_their_organisation_only(pool: Pool) -> None:
    admin = pool.person("admin", org_id="org", org_role="admin")
    ann, bo = pool.person("ann", org_id="org"), pool.person("bo", org_id="org")
    eve = pool.person("eve")
    admin.call(SCORE, **compare(pool, ann.user_id, bo.user_id))
    admin.fails(SCORE, "FORBIDDEN", **compare(pool, ann.user_id, eve.user_id))
    eve.fails(SCORE, "FORBIDDEN", **compare(pool, ann.user_id, bo.user_id))
    deactivated = pool.person("gone")
    deactivated.call("users/mutations:deactivateUser", userId=deactivated.user_id)
    pool.operator.fails(SCORE, "NOT_FOUND", **compare(pool, ann.user_id, deactivated.user_id))


def past_matches(pool: Pool, count: int) -> None:
    """Store matches as if they had come of a world in which other weights are right."""
    from random import Random

    ann, bo = pool.person("ann"), pool.person("bo")
    samples = pairs(Random(5), count, OTHER, None)

    def store(db: Transaction) -> None:
        for sample in samples:
            made = db.insert(
                Match(
                    first_id=ann.user_id, second_id=bo.user_id, first_entry="", second_entry="",  # type: ignore[arg-type]
                    state="completed", features=sample.features, score=0.5, weights_version=0, starts_at=0, ends_at=0,
                    respond_by=0, due_at=db.now, judged=True, created_at=db.now, updated_at=db.now,
                )
            )  # fmt: skip
            for user_id, other_id in ((ann.user_id, bo.user_id), (bo.user_id, ann.user_id)):
                db.insert(
                    MatchAnswer(
                        match_id=made.id, user_id=user_id, other_id=other_id, features=Features(), score=0.5,  # type: ignore[arg-type]
                        completed=True, rating=5 if sample.good else 2, created_at=db.now,
                    )
                )  # fmt: skip

    pool.backend.run(pool.backend.engine.write(store))


def test_weights_are_learned_stored_and_applied_by_operators(pool: Pool) -> None:
    past_matches(pool, 300)
    found = pool.operator.call(OPTIMIZE)
    assert found["sampleSize"] == 300
    assert sum(found["optimizedWeights"].values()) == pytest.approx(1)
    assert found["improvement"] > 0
    learned, own = pool.operator.call(VERSIONS)
    assert (learned["version"], learned["inForce"], own["version"], own["inForce"]) == (1, False, 0, True)
    pool.operator.call(APPLY, version=1)
    assert [one["inForce"] for one in pool.operator.call(VERSIONS)] == [True, False]
    ann, bo = pool.person("cy"), pool.person("di")
    pool.propose(ann, bo)
    match_id = ann.call(CURRENT)["matchId"]
    match = pool.backend.read(lambda db: db.get(Match, match_id))
    assert match is not None
    assert match.weights_version == 1
    pool.operator.call(APPLY, version=0)
    assert [one["inForce"] for one in pool.operator.call(VERSIONS)] == [False, True]
    audited = pool.backend.read(lambda db: [one.action for one in db.scan(AuditLog, "by_creation")])
    assert audited.count("matching.apply_weights") == 2
    assert "matching.learn_weights" in audited


@pytest.mark.parametrize("version", [-1, 0.5, float("nan"), float("inf")])
def test_a_version_that_is_none_is_refused(pool: Pool, version: float) -> None:
    pool.operator.fails(APPLY, "VALIDATION_ERROR", version=version)


def test_an_unknown_version_is_not_found(pool: Pool) -> None:
    pool.operator.fails(APPLY, "NOT_FOUND", version=7)


def test_too_few_samples_teach_nothing(pool: Pool) -> None:
    pool.operator.fails(OPTIMIZE, "VALIDATION_ERROR")
    for wrong in (49, 5_001, float("nan")):
        pool.operator.fails(OPTIMIZE, "VALIDATION_ERROR", minSamples=wrong)
