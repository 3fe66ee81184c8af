"""Nothing is lost and nothing comes twice: cut sockets, paused engines, full databases, several nodes, the end."""

import asyncio
from typing import Any

import pytest

from connvo.providers.speech.base import EngineError
from connvo.schema.transcripts import TranscriptionSession
from connvo.store.engine import StoreUnavailable
from tests.support.backend import Caller
from tests.support.scripted_speech import ScriptedEngine, silence, voice
from tests.support.speech import Talk
from tests.support.speech_socket import SpeechHouse

from .conftest import MakeHouse


def state_of(house: SpeechHouse, person: Caller) -> Any:
    return person.call("transcripts/session:getState", meetingId=house.talk.meeting_id)


def test_a_socket_cut_in_mid_sentence_loses_nothing(house: SpeechHouse, engine: ScriptedEngine) -> None:
    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect()
        mouth.sentence()
        await mouth.flush()
        mouth.say(voice(1.0))
        await house.settle(lambda: mouth.sequence == 30)
        await mouth.cut()
        mouth.say(voice(1.0) + silence(1.0), send=False)
        assert (await mouth.connect())["through"] == 0, "a new connection knows nothing of the earlier one"
        mouth.resend()
        assert await mouth.flush() == mouth.sequence
        await mouth.end()

    house.talk.backend.advance(10)
    house.run(talk())
    first, second = house.talk.chunks()
    assert [first.text, second.text] == ["Hello", "Hello"]
    assert abs(second.end_ms - second.start_ms - 2192) <= 64, "the sentence is whole"


def test_words_whose_answer_was_lost_are_stored_once(house: SpeechHouse, engine: ScriptedEngine) -> None:
    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect()
        mouth.sentence(1.5)
        kept = dict(mouth.kept)
        await mouth.flush()
        await mouth.cut()
        mouth.kept = kept
        await mouth.connect()
        mouth.resend()
        assert await mouth.flush() == mouth.sequence
        await mouth.end()

    house.talk.backend.advance(10)
    house.run(talk())
    assert house.texts() == ["Hello"]


def test_audio_that_is_sent_again_to_another_node_is_stored_once(make_house: MakeHouse, each_talk: Talk) -> None:
    house = make_house(ScriptedEngine(), each_talk)
    house.agree("transcript", house.talk.host)
    other = house.another(ScriptedEngine())

    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect()
        mouth.sentence(1.5)
        kept = dict(mouth.kept)
        await mouth.flush()
        mouth.say(voice(1.0))
        await mouth.cut()
        mouth.kept = kept | mouth.kept
        mouth.say(silence(1.0), send=False)
        await mouth.connect(other)
        mouth.resend()
        assert await mouth.flush() == mouth.sequence
        await mouth.end()

    house.talk.backend.advance(10)
    house.run(talk())
    assert house.texts() == ["Hello", "Hello"]
    spans = [(round(one.start_ms - house.began), round(one.end_ms - house.began)) for one in house.talk.chunks()]
    assert spans[0][1] <= spans[1][0]


def test_a_later_connection_replaces_a_half_open_one(house: SpeechHouse) -> None:
    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect()
        mouth.say(voice(1.0))
        half_open = mouth.task
        await mouth.connect()
        assert half_open is not None
        await asyncio.wait_for(half_open, 10)
        mouth.say(voice(0.5) + silence(1.0), send=False)
        mouth.resend()
        assert await mouth.flush() == mouth.sequence
        await mouth.end()

    house.run(talk())
    assert house.texts() == ["Hello"]


def test_leaving_on_the_last_syllable_keeps_it(house: SpeechHouse) -> None:
    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect()
        mouth.say(voice(0.8))
        await mouth.end()

    house.run(talk())
    assert house.texts() == ["Hello"]


def test_the_end_of_the_meeting_keeps_the_last_words(house: SpeechHouse) -> None:
    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect()
        mouth.say(voice(0.8))
        await house.call(house.talk.host, "meetings/lifecycle:endMeeting")
        assert await mouth.until("paused") == {"type": "paused", "reason": "off"}
        await mouth.end()

    house.run(talk())
    assert house.texts() == ["Hello"]


def test_the_first_word_after_a_long_silence_is_there(house: SpeechHouse, engine: ScriptedEngine) -> None:
    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect()
        mouth.sentence(0.5, at=0.0)
        await mouth.flush()
        mouth.sentence(0.5, at=60.0)
        assert await mouth.flush() == mouth.sequence
        await mouth.end()

    house.talk.backend.advance(70)
    house.run(talk())
    assert house.texts() == ["Hello", "Hello"]
    # The second sentence begins with the first sample that was sent: not even its pause is missing.
    assert engine.script.asked[1] == pytest.approx(0.5 + 0.192, abs=0.05)


def test_words_at_both_sides_of_a_pause_are_no_sentence(house: SpeechHouse, engine: ScriptedEngine) -> None:
    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect()
        mouth.say(voice(0.5), at=0.0)
        mouth.say(voice(0.5), at=5.0)
        await mouth.flush()
        await mouth.end()

    house.talk.backend.advance(10)
    house.run(talk())
    assert house.texts() == ["Hello", "Hello"]


def test_a_dead_recogniser_pauses_and_says_so_and_goes_on(house: SpeechHouse, engine: ScriptedEngine) -> None:
    engine.script.answers = [EngineError("away", "scripted")] * 3

    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect()
        mouth.sentence()
        paused = await mouth.until("paused")
        assert paused["reason"] == "engine" and 0 < paused["retryAfterMs"] <= 1000
        await house.settle(lambda: len(engine.script.asked) == 3)
        shown = await house.ask(house.talk.watcher, "transcripts/session:getState")
        assert (shown["state"], shown["pauseReason"], shown["engine"]) == ("paused", "engine", "scripted")
        assert shown["retryAt"] > house.now_ms
        assert (await mouth.until("ready"))["through"] < 3
        mouth.resend()
        assert await mouth.flush() == mouth.sequence
        await mouth.end()

    house.run(talk())
    assert house.texts() == ["Hello"]
    shown = state_of(house, house.talk.watcher)
    assert (shown["state"], shown.get("pauseReason")) == ("active", None)
    assert house.measured("speech_pauses", "engine") == 1


def test_a_pause_grows_while_the_recogniser_stays_dead(house: SpeechHouse, engine: ScriptedEngine) -> None:
    engine.script.answers = [EngineError("away", "scripted")] * 4

    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect()
        mouth.sentence()
        first = await mouth.until("paused")
        await mouth.until("ready")
        mouth.resend()
        second = await mouth.until("paused")
        assert second["retryAfterMs"] > first["retryAfterMs"]
        await mouth.until("ready")
        mouth.resend()
        await mouth.flush()
        await mouth.end()

    house.run(talk())
    assert house.texts() == ["Hello"]


@pytest.mark.parametrize("cause", ["refused", "busy"])
def test_a_refusal_pauses_at_once(house: SpeechHouse, engine: ScriptedEngine, cause: Any) -> None:
    engine.script.answers = [EngineError(cause, "scripted", retry_after=7.0)]

    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect()
        mouth.sentence()
        paused = await mouth.until("paused")
        assert paused["reason"] == ("busy" if cause == "busy" else "engine")
        assert 6000 < paused["retryAfterMs"] <= 7000
        await mouth.cut()

    house.run(talk())


def test_an_utterance_that_kills_the_recogniser_twice_is_given_up(house: SpeechHouse, engine: ScriptedEngine) -> None:
    engine.script.answers = [EngineError("dead", "scripted")] * 2

    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect()
        mouth.sentence()
        mouth.sentence()
        assert await mouth.flush() == mouth.sequence
        await mouth.end()

    house.run(talk())
    assert house.texts() == ["Hello"]
    assert house.measured("speech_seconds", "dropped") > 0.9


def test_a_detector_that_dies_loses_nothing(house: SpeechHouse, engine: ScriptedEngine) -> None:
    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect()
        mouth.say(voice(1.0))
        await house.settle(lambda: True)
        engine.hearing.lose()
        mouth.say(voice(1.0) + silence(1.0))
        assert await mouth.flush() == mouth.sequence
        await mouth.end()

    house.run(talk())
    assert house.texts() == ["Hello"]
    assert engine.script.asked == [pytest.approx(2.192, abs=0.05)]


def test_a_detector_that_does_not_come_back_pauses(house: SpeechHouse, engine: ScriptedEngine) -> None:
    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect()
        engine.hearing.away = True
        engine.hearing.lose()
        await house.settle(lambda: True)
        mouth.sentence()
        assert (await mouth.until("paused"))["reason"] == "engine"
        engine.hearing.away = False
        await mouth.until("ready")
        mouth.resend()
        assert await mouth.flush() == mouth.sequence
        await mouth.end()

    house.run(talk())
    assert house.texts() == ["Hello"]


def test_a_slow_recogniser_pauses_the_newest_first(house: SpeechHouse, engine: ScriptedEngine) -> None:
    engine.script.held.clear()

    async def talk() -> None:
        old, new = house.mouth(), house.mouth(house.talk.guest)
        await old.connect()
        await new.connect()
        old.sentence()
        paused = await new.until("paused")
        assert paused["reason"] == "busy"
        engine.script.held.set()
        assert await old.flush() == old.sequence
        await new.until("ready")
        new.sentence()
        assert await new.flush() == new.sequence
        await old.end()
        await new.end()

    house.run(talk())
    assert house.texts() == ["Hello", "Hello"]


def test_words_that_cannot_be_stored_are_sent_again(
    house: SpeechHouse, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = house.endpoint._services
    real, broken = services.call, [True]

    async def call(function: Any, identity: Any = None, **kwargs: Any) -> Any:
        if broken[0] and function is services.functions.take_final:
            raise StoreUnavailable("scripted")
        return await real(function, identity, **kwargs)

    object.__setattr__(services, "call", call)
    monkeypatch.setattr("connvo.transport.speech.speaker.RETRY_SECONDS", (0.01,))

    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect()
        mouth.sentence()
        assert (await mouth.until("paused"))["reason"] == "busy"
        broken[0] = False
        await mouth.until("ready")
        mouth.resend()
        assert await mouth.flush() == mouth.sequence
        await mouth.end()

    house.run(talk())
    assert house.texts() == ["Hello"]


def test_the_budget_of_minutes_pauses(make_house: MakeHouse, engine: ScriptedEngine) -> None:
    house = make_house(engine, minutes_per_meeting=0.05)
    house.agree("transcript", house.talk.host)

    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect()
        mouth.sentence()
        mouth.sentence()
        assert await mouth.until("paused") == {"type": "paused", "reason": "budget"}
        await house.settle(lambda: True)
        shown = await house.ask(house.talk.watcher, "transcripts/session:getState")
        assert shown["pauseReason"] == "budget"
        await mouth.end()

    house.run(talk())
    assert house.texts() == ["Hello"]


def test_without_an_engine_the_page_is_told(make_house: MakeHouse) -> None:
    house = make_house(None)
    house.agree("captions", house.talk.host)
    mouth = house.mouth()
    assert house.run(mouth.connect()) == {"type": "paused", "reason": "engine"}
    house.run(mouth.end())


def test_streams_are_limited_by_member_and_by_process(make_house: MakeHouse, engine: ScriptedEngine) -> None:
    house = make_house(engine, streams=3, streams_per_member=2)
    house.agree("transcript", house.talk.host, house.talk.guest)

    async def talk() -> None:
        mouths = [house.mouth(session=name) for name in ("a", "b", "c")]
        assert [(await one.connect())["type"] for one in mouths] == ["ready", "ready", "error"]
        assert await mouths[2].gone() == (4429, "TooManyStreams")
        guests = [house.mouth(house.talk.guest, session=name) for name in ("a", "b")]
        assert [(await one.connect())["type"] for one in guests] == ["ready", "error"]
        await mouths[0].end()
        assert (await guests[1].connect())["type"] == "ready"
        for one in (mouths[1], *guests):
            await one.end()
        assert len(house.endpoint) == 0

    house.run(talk())


def test_a_flood_is_read_slowly(make_house: MakeHouse, engine: ScriptedEngine) -> None:
    house = make_house(engine, frames_per_second=20.0)
    house.agree("transcript", house.talk.host)

    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect()
        mouth.say(silence(100))
        await asyncio.sleep(0.5)
        assert house.measured("speech_seconds", "heard") <= 4.0

    house.run(talk())


def test_a_connection_without_a_start_ends(house: SpeechHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connvo.transport.speech.endpoint.START_SECONDS", 0.05)

    async def talk() -> None:
        mouth = house.mouth()
        mouth.dial()
        assert await mouth.gone() == (4408, "NoStart")

    house.run(talk())


def test_a_server_that_stops_sends_the_client_to_another(house: SpeechHouse) -> None:
    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect()
        mouth.say(voice(1.0))
        await house.endpoint.end_connections()
        assert await mouth.gone() == (1012, "ServerRestart")

    house.run(talk())
    assert house.texts() == []


def test_a_session_that_hears_and_stores_nothing_raises_an_alert(
    make_house: MakeHouse, engine: ScriptedEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    house = make_house(engine)
    house.agree("transcript", house.talk.host)
    engine.script.default = "..."

    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect()
        for _ in range(7):
            mouth.sentence(11.0)
        for _ in range(100):
            if "speech_without_words" in capsys.readouterr().out:
                break
            await asyncio.sleep(0.2)
        else:
            raise AssertionError("no alert")
        await mouth.cut()

    house.run(talk())


def test_no_row_is_left_in_a_pause_when_its_streams_are_gone(house: SpeechHouse, engine: ScriptedEngine) -> None:
    engine.script.answers = [EngineError("refused", "scripted")]

    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect()
        mouth.sentence()
        await mouth.until("paused")
        await mouth.cut()

    house.run(talk())
    house.run(asyncio.sleep(0.05))
    (row,) = house.talk.backend.read(lambda db: db.scan(TranscriptionSession, "by_meeting", house.talk.meeting_id))
    assert row.pause_reason is None
