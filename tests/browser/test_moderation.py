"""Host actions on others, as both sides see them: asked to mute, made a host, removed."""

from collections.abc import Callable

from playwright.sync_api import expect

from .people import Person

People = Callable[..., Person]
Pair = tuple[Person, Person]
WISH = "Ada asks you to mute"


def test_a_member_asked_to_mute_does_it_with_one_click(pair: Pair) -> None:
    ada, ben = pair
    ada.press("People")
    ada.act_on("Ben", "Ask to mute")
    expect(ada.page.get_by_text("Ben has been asked to mute.")).to_be_visible()
    expect(ben.page.get_by_role("alert").filter(has_text=WISH)).to_be_visible()
    expect(ada.tile("Ben").get_by_text("muted")).not_to_be_attached()  # nobody is muted by somebody else
    ben.press("Mute me")
    expect(ben.page.get_by_text(WISH)).to_be_hidden()
    expect(ada.tile("Ben").get_by_text("muted")).to_be_attached()
    assert "Ask to mute" not in ada.actions_on("Ben")  # nothing left to ask for
    ben.press("Unmute")
    expect(ada.tile("Ben").get_by_text("muted")).not_to_be_attached()
    ben.page.wait_for_timeout(500)
    expect(ben.page.get_by_text(WISH)).to_be_hidden()  # it was fulfilled, and is over


def test_an_asked_member_may_stay_audible_and_may_be_asked_again(pair: Pair) -> None:
    ada, ben = pair
    ada.press("People")
    ada.act_on("Ben", "Ask to mute")
    ben.press("Stay unmuted")
    expect(ben.page.get_by_text(WISH)).to_be_hidden()
    expect(ada.tile("Ben").get_by_text("muted")).not_to_be_attached()
    ada.act_on("Ben", "Ask to mute")
    expect(ben.page.get_by_text(WISH)).to_be_visible()
    ben.page.keyboard.press("m")  # any way of muting fulfils it
    expect(ben.page.get_by_text(WISH)).to_be_hidden()
    expect(ada.tile("Ben").get_by_text("muted")).to_be_attached()


def test_a_member_made_a_host_can_do_all_that_hosts_can(pair: Pair) -> None:
    ada, ben = pair
    ben.press("People")
    assert ben.actions_on("Ada") == ["Block", "Report"]
    expect(ben.page.get_by_role("button", name="Copy invitation link")).to_be_visible()  # the one that let him in
    expect(ben.page.get_by_role("menuitem", name="End for all", include_hidden=True)).to_have_count(0)
    ada.press("People")
    ada.act_on("Ben", "Make host")
    expect(ben.page.get_by_role("status").filter(has_text="You are a host now.")).to_be_attached()
    ben.act_on("Ada", "Ask to mute")
    expect(ada.page.get_by_text("Ben asks you to mute")).to_be_visible()
    ben.end()
    for one in pair:
        expect(one.page.get_by_role("heading", name="The meeting is over")).to_be_visible()


def test_a_host_takes_a_host_role_back(pair: Pair) -> None:
    ada, ben = pair
    ada.press("People")
    ada.act_on("Ben", "Make host")
    expect(ben.page.get_by_role("status").filter(has_text="You are a host now.")).to_be_attached()
    ada.act_on("Ben", "Take the host role back")
    expect(ben.page.get_by_role("status").filter(has_text="You are no longer a host.")).to_be_attached()
    expect(ada.page.get_by_text("Ben is no longer a host.")).to_be_visible()
    expect(ben.page.get_by_role("menuitem", name="End for all", include_hidden=True)).to_have_count(0)


def test_nothing_is_ended_or_taken_from_anybody_by_a_slip(pair: Pair) -> None:
    ada, ben = pair
    ada.choose("More", "End for all")
    ada.confirm("Cancel")
    ada.press("People")
    ada.act_on("Ben", "Remove")
    expect(ada.page.get_by_role("dialog", name="Remove Ben?")).to_be_visible()
    ada.page.keyboard.press("Escape")
    expect(ada.page.get_by_role("dialog")).to_have_count(0)
    ada.sees("Ben")
    ben.sees("Ada")
