"""The chat of a call: messages appear at once for all, are harmless, and are kept with the meeting."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.support.live import LiveServer

from .mortal import MortalServer
from .people import Person, wait_for

People = Callable[..., Person]
Pair = tuple[Person, Person]
# The page shows this many messages at first; nobody may write more than a few at once.
PAGE = 25
WRITERS, LINES_EACH = 3, 10
TOO_WIDE = "() => document.querySelector('.log').scrollWidth - document.querySelector('.log').clientWidth"
MARKUP = "<img src=x onerror=\"document.title='owned'\"> <b>bold</b>"


def reads(one: Person, *lines: str) -> None:
    """Wait until a person's chat shows exactly these messages."""
    wait_for(lambda: one.read() == list(lines), lambda: f"{one.name} reads {one.read()}, wanted {lines}")


def test_two_people_write_to_each_other(pair: Pair) -> None:
    ada, ben = pair
    ada.press("Chat")
    expect(ada.page.get_by_text("No messages yet")).to_be_visible()
    ada.write("Hello Ben")
    reads(ada, "Hello Ben")
    button = ben.page.get_by_role("button", name="Chat 1 unread")
    expect(button).to_be_visible()
    expect(ben.page.get_by_role("status").filter(has_text="Ada: Hello Ben")).to_be_attached()
    ben.page.keyboard.press("c")
    expect(ben.page.get_by_label("Message everyone")).to_be_focused()
    ben.write("Hello Ada")
    for one in pair:
        reads(one, "Hello Ben", "Hello Ada")
        expect(one.page.get_by_text("unread")).to_have_count(0)
    ben.page.keyboard.press("Escape")
    expect(ben.page.get_by_role("log")).to_have_count(0)


def test_lines_are_kept_and_enter_alone_sends(alone: Person) -> None:
    ada = alone
    ada.press("Chat")
    field = ada.page.get_by_label("Message everyone")
    field.press_sequentially("one")
    field.press("Shift+Enter")
    field.press_sequentially("two")
    assert ada.read() == []
    field.press("Enter")
    reads(ada, "one\ntwo")
    expect(field).to_have_value("")
    expect(ada.page.get_by_role("button", name="Send")).to_be_disabled()


def test_markup_is_text_and_addresses_are_links_that_give_nothing_away(alone: Person) -> None:
    page = alone.page
    alone.press("Chat")
    alone.write(f"{MARKUP} see https://example.org/a?b=c, and javascript:alert(1)")
    expect(page.get_by_text("<b>bold</b>")).to_be_visible()
    links = page.locator(".log a")
    expect(links).to_have_count(1)
    expect(links).to_have_attribute("href", "https://example.org/a?b=c")
    expect(links).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(links).to_have_attribute("target", "_blank")
    assert page.locator(".log img").count() == 0
    assert "owned" not in page.title()


def test_a_long_message_is_shown_in_part_and_never_wider_than_its_place(alone: Person) -> None:
    alone.press("Chat")
    alone.write("x" * 1_990)
    alone.press("Show all")
    expect(alone.page.get_by_role("button", name="Show less")).to_be_visible()
    assert alone.page.evaluate(TOO_WIDE) == 0


def test_a_late_member_reads_earlier_messages_and_they_stay_after_the_call(pair: Pair, person: People) -> None:
    ada, ben = pair
    ada.press("Chat")
    for line in ("Welcome", "The plan is at https://example.org/plan"):
        ada.write(line)
    link = ada.invitation()
    cy = person("Cy").sign_in(link)
    cy.join()
    expect(cy.page.get_by_role("button", name="Chat", exact=True)).to_be_visible()
    cy.press("Chat")
    reads(cy, "Welcome", "The plan is at https://example.org/plan")
    ada.end()
    for one in (ada, ben, cy):
        expect(one.page.get_by_role("heading", name="Chat", exact=True)).to_be_visible()
        reads(one, "Welcome", "The plan is at https://example.org/plan")
        assert one.page.get_by_label("Message everyone").count() == 0


def test_a_long_history_is_read_backwards(person: People, server: LiveServer) -> None:
    tokens = [server.token(f"writer-{number}") for number in range(WRITERS)]
    for token, number in zip(tokens, range(WRITERS), strict=True):
        account = {"workosUserId": f"writer-{number}", "email": f"writer-{number}@example.org"}
        server.call(token, "users/mutations:upsertUser", **account)
    meeting = server.call(tokens[0], "meetings/lifecycle:createMeeting", title="Minutes")["meetingId"]
    server.call(tokens[0], "meetings/lifecycle:startMeeting", meetingId=meeting)
    code = server.call(tokens[0], "meetings/links:createLink", meetingId=meeting)["code"]
    lines: list[str] = []
    for token in tokens:
        server.call(token, "meetings/links:acceptLink", code=code)
        server.call(token, "meetings/lifecycle:joinMeeting", meetingId=meeting)
        for _ in range(LINES_EACH):
            lines.append(f"Line {len(lines)}")
            server.call(token, "meetings/chat:sendMessage", meetingId=meeting, text=lines[-1])
    ada = person("Ada").sign_in(f"/j/{code}")
    ada.join()
    ada.press("Chat")
    reads(ada, *lines[-PAGE:])
    expect(ada.page.get_by_text(lines[-1], exact=True)).to_be_in_viewport()
    ada.press("Earlier messages")
    reads(ada, *lines)


def test_a_message_written_while_the_server_is_away_arrives_once(person: People, mortal: MortalServer) -> None:
    ada = person("Ada", mortal.url).sign_in()
    ada.meet()
    ada.join()
    ada.press("Chat")
    mortal.kill()
    expect(ada.page.get_by_text("The server is not responding")).to_be_visible()
    ada.write("Are you there?")
    expect(ada.page.get_by_text("sending …")).to_be_visible()
    mortal.start()
    expect(ada.page.get_by_text("sending …")).to_be_hidden(timeout=30_000)
    reads(ada, "Are you there?")
    ada.problems.clear()  # a browser logs that a server is gone, and that is what this test is about
