"""Codes of links: wrong, old, guessed, passed on; and people who were shown the door."""

from collections.abc import Callable

import pytest

from .scene import LIFECYCLE, LINKS, QUERIES, SECRET, Person, Scene

WRONG = (
    "", " ", "x", "x" * 22, "x" * 100_000, "../../", "' OR ''='", "%00", "null", "\u202e", "\uff41" * 22, "0" * 22,
)  # fmt: skip
ACCEPT = f"{LINKS}:acceptLink"
GUESSES = 150


@pytest.mark.parametrize("code", WRONG)
def test_a_wrong_code_opens_nothing(scene: Scene, code: str) -> None:
    answer = scene.tries(scene.outsider, ACCEPT, code=code)
    assert answer.code in ("NOT_FOUND", "VALIDATION_ERROR"), answer
    assert SECRET.encode() not in answer.body
    assert len(answer.body) < 4000


@pytest.mark.parametrize(
    "alter",
    [str.upper, str.lower, str.swapcase, lambda code: code[:-1], lambda code: code + "A", lambda code: code[::-1]],
    ids=["upper", "lower", "swapped", "shorter", "longer", "backwards"],
)
def test_a_code_that_is_nearly_right_is_wrong(scene: Scene, alter: Callable[[str], str]) -> None:
    wrong = alter(scene.link)
    if wrong == scene.link:
        pytest.skip("the code has no letters of that kind")
    assert scene.tries(scene.outsider, ACCEPT, code=wrong).code in ("NOT_FOUND", "VALIDATION_ERROR")


def test_guessing_finds_nothing(scene: Scene) -> None:
    for number in range(GUESSES):
        letter = chr(ord("a") + number % 26)
        guess = scene.link[: number % len(scene.link)] + letter + scene.link[number % len(scene.link) + 1 :]
        if guess != scene.link:
            assert scene.tries(scene.outsider, ACCEPT, code=guess).code in ("NOT_FOUND", "RATE_LIMIT_EXCEEDED")


def test_a_right_code_is_worth_nothing_without_an_account(scene: Scene) -> None:
    for person in (scene.anonymous, scene.unprovisioned, scene.expired, scene.deactivated):
        assert scene.tries(person, ACCEPT, code=scene.link).code in ("UNAUTHORIZED", "FORBIDDEN", "Unauthenticated")


def test_a_removed_person_stays_out(scene: Scene) -> None:
    assert scene.tries(scene.removed, ACCEPT, code=scene.link).code == "FORBIDDEN"
    assert scene.tries(scene.removed, f"{QUERIES}:getMeeting", meetingId=scene.meeting).code == "FORBIDDEN"


def test_a_removed_person_is_not_back_under_another_name(scene: Scene) -> None:
    host, guest = scene.someone(), scene.someone()
    meeting, code = _meeting(scene, host)
    scene.call(guest, ACCEPT, code=code)
    scene.call(host, f"{LIFECYCLE}:removeParticipant", meetingId=meeting, userId=guest.user)
    again = scene.someone()
    answer = scene.tries(again, ACCEPT, code=code)
    inside = scene.tries(again, f"{LIFECYCLE}:joinMeeting", meetingId=meeting)
    assert answer.json["status"] == "error" or inside.json["status"] == "error"


def test_a_revoked_code_is_dead(scene: Scene) -> None:
    host = scene.someone()
    meeting, code = _meeting(scene, host)
    scene.call(host, f"{LINKS}:revokeLink", meetingId=meeting)
    assert scene.tries(scene.outsider, ACCEPT, code=code).code == "NOT_FOUND"
    fresh = scene.call(host, f"{LINKS}:createLink", meetingId=meeting)["code"]
    assert fresh != code
    assert scene.tries(scene.outsider, ACCEPT, code=code).code == "NOT_FOUND"


def test_a_code_of_a_meeting_that_is_over_opens_nothing(scene: Scene) -> None:
    host = scene.someone()
    meeting, code = _meeting(scene, host)
    scene.call(host, f"{LIFECYCLE}:endMeeting", meetingId=meeting)
    answer = scene.tries(scene.outsider, ACCEPT, code=code)
    assert answer.json["status"] == "error"


@pytest.mark.parametrize("role", ["insider", "observer", "outsider"])
def test_only_hosts_have_the_code(scene: Scene, role: str) -> None:
    person: Person = getattr(scene, role)
    for path in (f"{LINKS}:createLink", f"{LINKS}:revokeLink"):
        answer = scene.tries(person, path, meetingId=scene.meeting)
        assert answer.json["status"] == "error"
        assert scene.link.encode() not in answer.body
    for path in (f"{QUERIES}:getMeeting", f"{QUERIES}:listMeetingParticipants"):
        assert scene.link.encode() not in scene.tries(person, path, meetingId=scene.meeting).body


def test_a_stranger_reads_no_private_name_by_inviting(scene: Scene) -> None:
    host = scene.someone()
    meeting, _ = _meeting(scene, host)
    for fields in ({"userId": scene.guest.user, "role": "participant"},):
        scene.tries(host, f"{LIFECYCLE}:addParticipant", meetingId=meeting, **fields)
    shown = scene.tries(host, f"{QUERIES}:listMeetingParticipants", meetingId=meeting)
    assert SECRET.encode() not in shown.body


def test_an_address_does_not_say_whose_it_is(scene: Scene) -> None:
    host = scene.someone()
    made = []
    for address in ("gus@example.org", "unknown@example.org"):
        answer = scene.call(host, f"{LIFECYCLE}:createMeeting", title="x", participantEmails=[address])
        members = scene.call(host, f"{QUERIES}:listMeetingParticipants", meetingId=answer["meetingId"])
        made.append(len(members))
    assert made[0] == made[1]


def _meeting(scene: Scene, host: Person) -> tuple[str, str]:
    made = scene.call(host, f"{LIFECYCLE}:createMeeting", title="A title")["meetingId"]
    scene.call(host, f"{LIFECYCLE}:startMeeting", meetingId=made)
    return made, scene.call(host, f"{LINKS}:createLink", meetingId=made)["code"]
