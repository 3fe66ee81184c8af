"""Questions and actions in words as they are spoken."""

import pytest

from connvo.rules.prompts.cues import question_at_end, sets_an_action


@pytest.mark.parametrize(
    ("said", "question"),
    [
        ("So far so good. When do we ship the engine?", "When do we ship the engine?"),
        ("“When do we ship the engine?”", "“When do we ship the engine?"),
        ("When do we ship? I think in May.", None),
        ("Right?", None),
        ("Hello?", None),
        ("We ship in May.", None),
        ("", None),
        ("?", None),
        ("Wann liefern wir die Maschine?", "Wann liefern wir die Maschine?"),
        ("予算はいくらですか\uff1f", "予算はいくらですか\uff1f"),
        ("متى نبدأ المشروع؟", "متى نبدأ المشروع؟"),
    ],
)
def test_a_question_is_at_the_end_of_speech(said: str, question: str | None) -> None:
    assert question_at_end(said) == question


@pytest.mark.parametrize(
    "said",
    [
        "I'll send the plan tomorrow.",
        "We will order the cards.",
        "Can you call Ada?",
        "Let's book the room.",
        "One more action item: the store.",
        "Ich werde das Protokoll schreiben.",
        "Könntest du Ada anrufen?",
    ],
)
def test_an_action_is_heard(said: str) -> None:
    assert sets_an_action(said)


@pytest.mark.parametrize("said", ["", "The mill is oiled.", "It rained all day.", "Das war gut."])
def test_other_words_set_nothing_to_do(said: str) -> None:
    assert not sets_an_action(said)
