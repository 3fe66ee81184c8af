"""Two or more browsers hold a call through a real server: pictures arrive, and the buttons work."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from .people import Person, wait_for

People = Callable[..., Person]
Pair = tuple[Person, Person]
# What the person of this page may do in a meeting, by any client and door: the code of each refusal, or `success`.
KNOCK = """
    async meetingId => {
        const { secret, name } = JSON.parse(localStorage.getItem('connvo.account'));
        const post = async (path, body, more) => (await fetch(path, {
            method: 'POST', headers: { 'Content-Type': 'application/json', ...more }, body: JSON.stringify(body),
        })).json();
        const { token } = await post('/api/auth/local', { subject: secret, name });
        const sign = { Authorization: `Bearer ${token}` };
        const page = { paginationOpts: { numItems: 1, cursor: null } };
        const doors = {
            'query of the meeting': ['/api/run/meetings/queries/getMeeting', { args: { meetingId } }],
            'query of signals': ['/api/run/meetings/webrtc/index/getPendingSignals', { args: { meetingId } }],
            'query of the chat': ['/api/run/meetings/chat/listMessages', { args: { meetingId, ...page } }],
            'mutation': ['/api/run/meetings/lifecycle/joinMeeting', { args: { meetingId } }],
            'Convex query':
                ['/api/query', { path: 'meetings/queries:getMeeting', format: 'json', args: { meetingId } }],
            'Convex mutation':
                ['/api/mutation', { path: 'meetings/lifecycle:joinMeeting', format: 'json', args: { meetingId } }],
        };
        const found = {};
        for (const [door, [path, body]] of Object.entries(doors)) {
            const answer = await post(path, body, sign);
            found[door] = answer.errorData?.code ?? answer.status;
        }
        return found;
    }
"""
CUT = "() => window.connections.findLast(pc => pc.connectionState === 'connected').close()"


def test_two_people_meet_by_a_link(pair: Pair) -> None:
    ada, ben = pair
    assert min(ada.decoded(), ben.decoded()) > 0


def test_media_sent_by_one_member_is_seen_by_the_others(pair: Pair) -> None:
    ada, ben = pair
    tile = ben.tile("Ada")
    ada.press("Mute")
    expect(tile.get_by_text("muted")).to_be_attached()
    ada.press("Camera off")
    expect(tile.locator(".initial")).to_be_visible()
    assert ada.page.evaluate("() => window.connections.at(-1).getSenders().map(s => s.track?.kind)") == ["audio", None]
    ada.page.keyboard.press("m")
    expect(tile.get_by_text("muted")).not_to_be_attached()
    ada.page.keyboard.press("v")
    expect(tile.locator(".initial")).not_to_be_attached()
    ben.sees("Ada")


def test_a_screen_is_shared_in_place_of_the_camera(pair: Pair) -> None:
    ada, ben = pair
    ada.press("Share screen")
    expect(ben.screen("Ada")).to_be_visible()
    expect(ben.tile("Ada").locator(".initial")).to_be_visible()  # the presenter stands beside the screen
    ben.sees("Ada")
    ada.press("Stop sharing")
    expect(ben.screen("Ada")).to_have_count(0)
    expect(ben.tile("Ada").locator(".initial")).to_have_count(0)
    ben.sees("Ada")


def test_nobody_is_called_lost_for_sending_nothing(pair: Pair) -> None:
    ada, ben = pair
    for one in pair:
        one.press("Mute")
        one.press("Camera off")
    ada.page.wait_for_timeout(8_000)
    assert "econnecting" not in ada.text() + ben.text()
    assert ada.tile("Ben").get_attribute("data-health") == "connected"
    ada.press("Camera on")
    ben.sees("Ada")


def test_a_removed_member_is_out_of_every_interface(pair: Pair) -> None:
    ada, ben = pair
    meeting = ada.page.url.rsplit("/", 1)[-1]
    assert set(ben.page.evaluate(KNOCK, meeting).values()) == {"success"}
    link = ada.invitation()
    ada.act_on("Ben", "Remove")
    ada.confirm("Remove")
    expect(ben.page.get_by_role("heading", name="A host has removed you")).to_be_visible()
    ada.sees()
    assert ben.page.evaluate("() => window.connections.every(pc => pc.connectionState === 'closed')")
    assert set(ben.page.evaluate(KNOCK, meeting).values()) == {"FORBIDDEN"}
    ben.page.goto(link)
    expect(ben.page.get_by_role("heading", name="This link does not work")).to_be_visible()
    ben.page.goto(ada.invitation())
    expect(ben.page.get_by_text("A host has removed you from this meeting")).to_be_visible()
    ben.problems.clear()  # the refusals are logged, and are what this test is about


def test_a_meeting_that_is_ended_is_over_for_all(pair: Pair) -> None:
    pair[0].end()
    for one in pair:
        expect(one.page.get_by_role("heading", name="The meeting is over")).to_be_visible()
        expect(one.page.get_by_role("listitem")).to_have_count(2)


def test_a_reloaded_page_is_back_in_the_call(pair: Pair) -> None:
    ada, ben = pair
    ben.page.reload()
    ben.join()
    ada.sees("Ben")
    ben.sees("Ada")


def test_a_member_that_leaves_and_comes_back_is_seen_again(pair: Pair) -> None:
    ada, ben = pair
    ben.press("Leave")
    ada.sees()
    ben.press("Come back")
    ben.join()
    ada.sees("Ben")
    ben.sees("Ada")


@pytest.mark.parametrize("who", [0, 1])
def test_a_dead_connection_is_noticed_and_made_again(pair: Pair, who: int) -> None:
    ada, ben = pair
    pair[who].page.evaluate(CUT)
    wait_for(lambda: any("econnecting" in one.text() for one in pair), lambda: ada.text() + ben.text())
    ada.sees("Ben")
    ben.sees("Ada")
    expect(ada.page.get_by_text("reconnecting")).to_be_hidden()


def test_four_people_see_each_other(person: People) -> None:
    names = ("Ada", "Ben", "Cy", "Di")
    host, *guests = (person(name) for name in names)
    link = host.sign_in().meet()
    host.join()
    for guest in guests:
        guest.sign_in(link).join()
    for one in (host, *guests):
        one.sees(*(name for name in names if name != one.name))


def test_a_member_without_devices_can_turn_them_on_later(person: People) -> None:
    ada = person("Ada").sign_in()
    link = ada.meet()
    ada.join()
    ben = person("Ben").sign_in(link)
    ben.press("Microphone on")
    ben.press("Camera on")
    ben.join()
    expect(ada.tile("Ben").locator(".initial")).to_be_visible()
    expect(ada.tile("Ben").get_by_text("muted")).to_be_attached()
    ben.sees("Ada")
    ben.press("Camera on")
    ben.press("Unmute")
    ada.sees("Ben")
    expect(ada.tile("Ben").get_by_text("muted")).not_to_be_attached()
    expect(ada.page.locator(".tile[data-speaking]:not([data-mine])")).to_be_visible(timeout=20_000)
