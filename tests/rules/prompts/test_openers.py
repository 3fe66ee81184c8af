"""Ideas before a call: few, fitting for any number, and made of nothing but what is public."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.prompts import openers
from connvo.rules.prompts.openers import MAX_OPENERS, MAX_QUOTE, Action, Basis, Opener, Person, fingerprint

LABELS = {"chess": "Chess", "ai": "Machine learning", "jazz": "Jazz", "go": "Go", "tea": "Tea"}


@st.composite
def bases(draw: st.DrawFn) -> Basis:
    """Meetings of up to five people, some of whom are not looked at because they hide."""
    names = draw(st.lists(st.sampled_from("abcde"), unique=True, max_size=5))
    people = tuple(
        Person(
            id=f"user-{name}",
            field=draw(st.sampled_from([None, "Law", "law", "Physics", "Medicine", "Music"])),
            has_goals=draw(st.booleans()),
            interests={key: LABELS[key] for key in draw(st.sets(st.sampled_from(sorted(LABELS))))},
        )
        for name in names
    )
    hidden = draw(st.integers(0, 3))
    texts = draw(st.lists(st.text(min_size=1, max_size=300), max_size=5))
    actions = tuple(action(number, text) for number, text in enumerate(texts))
    return Basis(title=draw(st.text(max_size=300)), members=len(people) + hidden, people=people, actions=actions)


def action(number: int, text: str) -> Action:
    return Action(id=f"a{number}", text=text, people=("speaker",))


def kinds(found: list[Opener]) -> list[str]:
    return [one.kind for one in found]


def one_of(basis: Basis, kind: str) -> Opener:
    (found,) = [one for one in openers.openers(basis) if one.kind == kind]
    return found


@given(bases())
def test_there_are_one_to_six_ideas_each_of_another_kind_the_most_relevant_first(basis: Basis) -> None:
    found = openers.openers(basis)
    assert 1 <= len(found) <= MAX_OPENERS
    assert len(set(kinds(found))) == len(found)
    assert [one.relevance for one in found] == sorted((one.relevance for one in found), reverse=True)
    assert all(one.content.endswith("?") and "\n" not in one.content for one in found)


@given(bases())
def test_an_idea_rests_on_people_it_was_given_and_names_none(basis: Basis) -> None:
    known = {one.id for one in basis.people} | {"speaker"}
    for one in openers.openers(basis):
        assert set(one.sources) <= known
        assert len(set(one.sources)) == len(one.sources)
        assert not any(person in one.content for person in known)


@given(bases(), st.randoms())
def test_the_same_people_in_another_order_are_the_same_basis(basis: Basis, random: st.DataObject) -> None:
    people = list(basis.people)
    random.shuffle(people)  # type: ignore[attr-defined]
    other = msgspec.structs.replace(basis, people=tuple(people))
    assert fingerprint(other) == fingerprint(basis)
    assert [one.content for one in openers.openers(other)] == [one.content for one in openers.openers(basis)]


@given(bases())
def test_every_change_of_the_basis_changes_its_mark(basis: Basis) -> None:
    newcomer = Person(id="user-new")
    others = [
        msgspec.structs.replace(basis, title=basis.title + "!"),
        msgspec.structs.replace(basis, members=basis.members + 1),
        msgspec.structs.replace(basis, people=(*basis.people, newcomer)),
        msgspec.structs.replace(basis, actions=(*basis.actions, action(9, "Send the plan"))),
    ]
    assert fingerprint(basis) not in {fingerprint(one) for one in others}


def test_an_interest_is_shared_by_two_or_more() -> None:
    ada = Person(id="a", interests={"chess": "Chess", "tea": "Tea"})
    ben = Person(id="b", interests={"chess": "Chess"})
    two = one_of(Basis(title="Plan", members=2, people=(ada, ben)), "interests")
    assert two.content.startswith("You share an interest in “Chess”.")
    assert (two.tags, two.sources) == (("Chess",), ("a", "b"))
    more = one_of(Basis(title="Plan", members=3, people=(ada, ben)), "interests")
    assert more.content.startswith("Some of you share an interest in “Chess”.")
    assert "interests" not in kinds(openers.openers(Basis(title="Plan", members=2, people=(ada,))))


def test_fields_are_different_regardless_of_case() -> None:
    law, again, music = Person(id="a", field="Law"), Person(id="b", field="LAW"), Person(id="c", field="Music")
    assert "fields" not in kinds(openers.openers(Basis(title="Plan", members=2, people=(law, again))))
    found = one_of(Basis(title="Plan", members=3, people=(law, again, music)), "fields")
    assert found.content.startswith("You come from different fields, “Law” and “Music”.")
    many = [Person(id=name, field=name) for name in "wxyz"]
    assert "among them “w”, “x” and “y”" in one_of(Basis(title="Plan", members=4, people=tuple(many)), "fields").content


def test_open_actions_come_first_and_are_cut() -> None:
    texts = ("Send the\nplan", "x" * 500, "Call Ada", "Fourth")
    actions = tuple(action(number, text) for number, text in enumerate(texts))
    first = openers.openers(Basis(title="Plan", members=2, actions=actions))[0]
    assert (first.kind, first.actions, first.sources) == ("actions", ("a0", "a1", "a2"), ("speaker",))
    assert "“Send the plan”" in first.content
    assert "Fourth" not in first.content
    assert "x" * MAX_QUOTE not in first.content


def test_without_a_title_and_people_one_general_question_is_left() -> None:
    assert kinds(openers.openers(Basis(title=" ", members=1))) == ["general"]
