"""A passage that says the same again is no second result."""

from connvo.rules.embeddings.repeats import Shown, without_repeats

SAID = Shown("m", "transcript", "So I think we order forty tulips in May, all right?", 5_000.0)
ITEM = Shown("m", "report", "We order forty tulips in May.", 6_000.0)


def kept(*passages: Shown) -> list[Shown]:
    return [passages[place] for place in without_repeats(passages)]


def test_an_item_of_a_report_beside_the_words_that_it_rests_on_is_one() -> None:
    assert kept(SAID, ITEM) == [SAID]
    assert kept(ITEM, SAID) == [SAID]


def test_the_same_words_at_another_moment_are_two() -> None:
    later = Shown("m", "transcript", SAID.text, 400_000.0)
    assert kept(SAID, later) == [SAID, later]
    assert kept(ITEM, SAID, later) == [SAID, later]
    assert len(kept(Shown("m", "chat", "Yes", 1.0), Shown("m", "chat", "Yes", 2.0))) == 2


def test_equal_items_are_one() -> None:
    first = Shown("m", "report", "Buy tulips", 1.0)
    assert kept(first, Shown("m", "report", "buy tulips!", 400_000.0)) == [first]
    assert len(kept(Shown("m", "note", "Buy tulips"), Shown("m", "note", "Buy  tulips."))) == 1


def test_notes_and_titles_are_results_beside_the_words_that_were_said() -> None:
    passages = [SAID, Shown("m", "note", SAID.text), Shown("m", "title", SAID.text)]
    assert kept(*passages) == passages


def test_a_few_words_within_others_and_parts_of_words_are_no_repeats() -> None:
    assert len(kept(Shown("m", "report", "In May", 5_000.0), SAID)) == 2
    assert len(kept(Shown("m", "report", "I think we order forty tulips in Ma", 5_000.0), SAID)) == 2


def test_meetings_do_not_repeat_each_other() -> None:
    another = Shown("another", ITEM.kind, ITEM.text, ITEM.at)
    assert kept(ITEM, another) == [ITEM, another]


def test_texts_without_words_are_compared_as_they_are() -> None:
    assert len(kept(Shown("m", "note", "!!"), Shown("m", "note", "??"))) == 2
