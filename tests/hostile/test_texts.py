"""Texts that are made to mislead, to break what shows them, or to cost: in every argument that people read."""

import json
import unicodedata
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from .scene import CHAT, LIFECYCLE, MARK, PROFILES, QUERIES, Person, Scene

TEXTS: dict[str, str] = {
    "right to left override": "Invoice\u202efdp.exe",
    "isolates": "\u2066left\u2069 \u2067right\u2069",
    "embeddings": "\u202aa\u202b b\u202dc",
    "marks of direction": "\u200ea\u200fb\u061c",
    "zero width": "a\u200bd\u200bm\u2060i\ufeffn",
    "joiners": "ad\u200dmi\u200cn",
    "79 combining marks": "Z" + "\u0301\u0316" * 40 + "algo",
    "controls": "a\x00b\x07c\x1b[31md\x7f\x9b",
    "line ends": "a\r\nb\u2028c\u2029d\x0b\x0c\x85",
    "tags": "a\U000e0001\U000e0061b",
    "variation": "a\ufe0f\U000e0100b",
    "nothing to see": "\u200b\u2060\ufeff",
    "blanks": "\u3164\u115f\u2800\u00a0",
    "no character": "a\uffff\ufdd0b",
    "private": "a\ue000\U000f0000b",
    "markup": f'<script>{MARK}</script><img src=x onerror="{MARK}()">',
    "a template": "{{7*7}} ${7*7} %s %n {0.__class__}",
    "a formula": "=cmd|' /C calc'!A0",
    "SQL": "x'); DROP TABLE users; --",
    "nothing": "",
    "10,000 letters": "x" * 10_000,
    "200,000 letters": "e\u0301" * 100_000,
}
# Directional controls, invisible characters and controls: what is stored has none of them.
FORBIDDEN = {
    *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b\u2060\ufeff\u2028\u2029",
    *map(chr, range(9)), *map(chr, range(14, 32)), *map(chr, range(127, 160)),
}  # fmt: skip
MAX_MARKS_IN_A_ROW = 8


class Place(NamedTuple):
    """A text argument: how it is written, and where it is read back."""

    write: Callable[[Scene, Person, str], Any]
    read: Callable[[Scene, Person], Any]


def _meeting(scene: Scene, person: Person, **fields: Any) -> Any:
    return scene.tries(person, f"{LIFECYCLE}:createMeeting", **{"title": "A title", **fields})


def _onboarding(scene: Scene, person: Person, **fields: Any) -> Any:
    usual = {
        "age": 36, "gender": "female", "field": "Mathematics", "jobTitle": "Analyst", "company": "Engines",
        "bio": "Writes programs for machines.", "interests": [],
    }  # fmt: skip
    return scene.tries(person, "users/mutations:saveOnboarding", **{**usual, **fields})


def _listed(scene: Scene, person: Person) -> Any:
    return scene.call(person, f"{QUERIES}:listUserMeetings")


def _profile(scene: Scene, person: Person) -> Any:
    return scene.call(person, "profiles/queries:getCurrentUserProfile")


def _account(scene: Scene, person: Person) -> Any:
    return scene.call(person, "users/queries:getCurrentUser")


def _own_call(scene: Scene, person: Person) -> str:
    made: str = scene.call(person, f"{LIFECYCLE}:createMeeting", title="A title")["meetingId"]
    for step in ("startMeeting", "joinMeeting"):
        scene.call(person, f"{LIFECYCLE}:{step}", meetingId=made)
    return made


def _said(scene: Scene, person: Person) -> Any:
    (own,) = _listed(scene, person)
    page = {"numItems": 5, "cursor": None}
    return scene.call(person, f"{CHAT}:listMessages", meetingId=own["_id"], paginationOpts=page)["page"]


def _say(scene: Scene, person: Person, text: str) -> Any:
    return scene.tries(person, f"{CHAT}:sendMessage", meetingId=_own_call(scene, person), text=text)


def _topics(scene: Scene, person: Person, text: str) -> Any:
    path = "meetings/stateTracking:updateCurrentTopics"
    return scene.tries(person, path, meetingId=_own_call(scene, person), topics=[text])


def _upsert(scene: Scene, person: Person, text: str) -> Any:
    token = scene.token(person.name, name=text[:900] or None)
    own = Person(person.name, token, person.user)
    fields = {"workosUserId": person.name, "email": f"{person.name}@example.org"}
    return scene.tries(own, "users/mutations:upsertUser", **fields)


def _field(name: str) -> Place:
    return Place(
        lambda scene, person, text: scene.tries(
            person, f"{PROFILES}:createProfile", **{"displayName": "A name", name: text}
        ),
        _profile,
    )


def _form(name: str) -> Place:
    return Place(lambda scene, person, text: _onboarding(scene, person, **{name: text}), _profile)


PLACES: dict[str, Place] = {
    "title": Place(lambda scene, person, text: _meeting(scene, person, title=text), _listed),
    "description": Place(lambda scene, person, text: _meeting(scene, person, description=text), _listed),
    "invitation": Place(lambda scene, person, text: _meeting(scene, person, participantEmails=[text]), _listed),
    "message": Place(_say, _said),
    "topic": Place(_topics, _listed),
    "name in the token": Place(_upsert, _account),
    "name in the profile": _field("displayName"),
    "bio": _field("bio"),
    "goals": _field("goals"),
    "company": _field("company"),
    "job in the form": _form("jobTitle"),
    "field in the form": _form("field"),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_text_is_refused_or_stored_without_tricks(scene: Scene, place: Place, text: str) -> None:
    person = scene.someone()
    answer = place.write(scene, person, text)
    assert answer.status == 200, answer
    if answer.json["status"] == "error":
        assert answer.code in ("VALIDATION_ERROR", "LIMIT_EXCEEDED", "RATE_LIMIT_EXCEEDED", "FORBIDDEN"), answer
        assert len(answer.body) < 4000, "a refusal repeats no long text"
    shown = place.read(scene, person)
    for one in texts_in(shown):
        assert FORBIDDEN.isdisjoint(one), repr(one)
        assert not any(0xD800 <= ord(letter) < 0xE000 for letter in one)
        assert unicodedata.normalize("NFC", one) == one


@pytest.mark.parametrize("place", ["title", "name in the token", "company"])
def test_a_line_does_not_reach_over_its_neighbours(scene: Scene, place: str) -> None:
    person = scene.someone()
    PLACES[place].write(scene, person, TEXTS["79 combining marks"])
    assert max(map(marks_in_a_row, texts_in(PLACES[place].read(scene, person)))) <= MAX_MARKS_IN_A_ROW


NO_TEXT = ("\\ud800", "\\udc00x", "\\ud83d", "a\\udfff\\ud800b")


@pytest.mark.parametrize("escape", NO_TEXT)
def test_half_a_letter_is_no_text(scene: Scene, escape: str) -> None:
    person = scene.someone()
    body = b'{"args":{"title":"%s"}}' % escape.encode()
    answer = scene.post("/api/run/meetings/lifecycle/createMeeting", body, person)
    assert answer.code == "BadJsonBody"
    assert _listed(scene, person) == []


def test_text_written_by_members_is_in_no_log(scene: Scene) -> None:
    person = scene.someone()
    for place in PLACES.values():
        place.write(scene, person, f"{MARK}, a text of some length")
    assert MARK not in scene.servers.log()


def texts_in(value: Any) -> list[str]:
    """Return every text in a value."""
    found: list[str] = []
    for item in json.loads(json.dumps([value])):
        _collect(item, found)
    return found


def _collect(value: Any, found: list[str]) -> None:
    if isinstance(value, str):
        found.append(value)
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _collect(item, found)


def marks_in_a_row(text: str) -> int:
    """Return how many combining marks follow each other at most."""
    most = row = 0
    for letter in text:
        row = row + 1 if unicodedata.combining(letter) else 0
        most = max(most, row)
    return most
