"""A member's speech becomes words of theirs; nothing is taken of others, and every bad message is refused."""

import struct
from typing import Any

import pytest

from tests.support.scripted_speech import ScriptedEngine, silence, voice
from tests.support.speech_socket import SpeechHouse

from .conftest import MakeHouse


def test_a_sentence_is_stored_with_its_speaker_and_times(house: SpeechHouse) -> None:
    async def talk() -> None:
        mouth = house.mouth()
        ready = await mouth.connect()
        assert ready == {"type": "ready", "engine": "scripted", "interim": False, "through": 0, "languages": []}
        mouth.sentence(1.0, at=2.0)
        assert await mouth.flush() == mouth.sequence
        await mouth.end()

    house.talk.backend.advance(10)
    house.run(talk())
    (chunk,) = house.talk.chunks()
    assert (chunk.text, chunk.speaker_id) == ("Hello", house.talk.host.user_id)
    assert abs(chunk.start_ms - house.began - 2000) <= 32
    assert abs(chunk.end_ms - house.began - 3192) <= 64


def test_two_speakers_keep_their_names(house: SpeechHouse, engine: ScriptedEngine) -> None:
    async def talk() -> None:
        one, other = house.mouth(), house.mouth(house.talk.guest)
        await one.connect()
        await other.connect()
        engine.script.answers = ["from the host", "from the guest"]
        one.sentence()
        await one.flush()
        other.sentence()
        await other.flush()
        await one.end()
        await other.end()

    house.run(talk())
    names = {chunk.text: chunk.speaker_id for chunk in house.talk.chunks()}
    assert names == {"from the host": house.talk.host.user_id, "from the guest": house.talk.guest.user_id}


def test_ten_minutes_of_silence_ask_the_engine_nothing(house: SpeechHouse, engine: ScriptedEngine) -> None:
    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect()
        mouth.say(silence(600))
        assert await mouth.flush() == 6_000
        await mouth.end()

    house.run(talk())
    assert (engine.script.asked, house.texts()) == ([], [])


def test_a_click_is_no_speech(house: SpeechHouse, engine: ScriptedEngine) -> None:
    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect()
        mouth.say(silence(1) + voice(0.15) + silence(1))
        assert await mouth.flush() == mouth.sequence
        await mouth.end()

    house.run(talk())
    assert (engine.script.asked, house.texts()) == ([], [])


def test_made_up_words_are_dropped(house: SpeechHouse, engine: ScriptedEngine) -> None:
    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect()
        engine.script.answers = ["thank you thank you thank you thank you thank you thank you", "...", "Yes"]
        for _ in range(3):
            mouth.sentence()
        assert await mouth.flush() == mouth.sequence
        await mouth.end()

    house.run(talk())
    assert house.texts() == ["Yes"]
    assert house.measured("speech_seconds", "dropped") > 0


def test_interim_words_are_shown_and_then_replaced(make_house: MakeHouse) -> None:
    engine = ScriptedEngine("Hel", "Hello", interim=True)
    house = make_house(engine)
    house.agree("transcript", house.talk.host)
    shown: list[Any] = []

    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect()
        mouth.say(voice(1.0))
        await house.settle(lambda: len(engine.script.asked) == 1)
        shown.extend(await house.captions())
        mouth.say(silence(1.0))
        await mouth.flush()
        await mouth.end()

    house.run(talk())
    assert shown == ["Hel"]
    assert (house.texts(), house.talk.captions()) == (["Hello"], [])


def test_a_stream_that_breaks_off_leaves_no_interim_words(make_house: MakeHouse) -> None:
    engine = ScriptedEngine("Hel", interim=True)
    house = make_house(engine)
    house.agree("captions", house.talk.host)

    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect()
        mouth.say(voice(1.0))
        await house.settle(lambda: len(engine.script.asked) == 1)
        assert await house.captions() == ["Hel"]
        await mouth.cut()

    house.run(talk())
    assert house.talk.captions() == []


def test_captions_are_shown_and_not_stored(house: SpeechHouse) -> None:
    house.talk.host.call("transcripts/session:start", meetingId=house.talk.meeting_id, mode="captions")

    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect()
        mouth.sentence()
        assert await mouth.flush() == mouth.sequence
        await mouth.end()

    house.run(talk())
    assert ([one.text for one in house.talk.captions()], house.texts()) == (["Hello"], [])


# Who may not.


@pytest.mark.parametrize("person", ["watcher", "outsider"])
def test_observers_and_outsiders_are_not_heard(house: SpeechHouse, person: str) -> None:
    refused = house.run(house.mouth(getattr(house.talk, person)).connect())
    assert refused["code"] in ("INSUFFICIENT_PERMISSIONS", "FORBIDDEN")


def test_a_member_that_did_not_agree_is_not_heard(make_house: MakeHouse, engine: ScriptedEngine) -> None:
    house = make_house(engine)
    house.agree("transcript", house.talk.guest)
    mouth = house.mouth()
    assert house.run(mouth.connect())["code"] == "CONSENT_REQUIRED"
    assert house.run(mouth.gone()) == (4403, "CONSENT_REQUIRED")


def test_an_unknown_meeting_is_that_of_others(house: SpeechHouse) -> None:
    for meeting_id in ("", "nonsense", "x" * 4000):
        mouth = house.mouth()
        assert house.run(mouth.connect(meetingId=meeting_id))["code"] == "FORBIDDEN"
        assert house.run(mouth.gone())[0] == 4403


@pytest.mark.parametrize("claims", [{"expires_at": 1.0}, None])
def test_a_bad_token_is_refused(house: SpeechHouse, claims: dict[str, Any] | None) -> None:
    mouth = house.mouth()
    token = "made-up" if claims is None else house.token(house.talk.host, **claims)
    assert house.run(mouth.connect(token=token))["type"] == "error"
    assert house.run(mouth.gone())[0] == 4401


def test_a_refusal_in_mid_sentence_ends_the_stream_without_its_words(house: SpeechHouse) -> None:
    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect()
        mouth.say(voice(1.0))
        await house.call(house.talk.host, "transcripts/session:answer", allowed=False)
        assert await mouth.gone() == (4403, "CONSENT_REQUIRED")

    house.run(talk())
    assert house.texts() == []


def test_a_removed_member_is_heard_no_longer(house: SpeechHouse) -> None:
    async def talk() -> None:
        mouth = house.mouth(house.talk.guest)
        await mouth.connect()
        mouth.say(voice(1.0))
        await house.call(house.talk.host, "meetings/lifecycle:removeParticipant", userId=house.talk.guest.user_id)
        assert await mouth.gone() == (4403, "FORBIDDEN")

    house.run(talk())
    assert house.texts() == []


def test_a_token_that_ends_ends_the_stream(house: SpeechHouse) -> None:
    async def talk() -> None:
        mouth = house.mouth()
        token = house.token(house.talk.host, expires_at=house.now_ms + 60_000)
        await mouth.connect(token=token)
        house.talk.backend.now_ns += 61 * 1_000_000_000
        assert await mouth.gone() == (4401, "Unauthenticated")

    house.run(talk())


def test_captions_that_are_off_pause_and_go_on(house: SpeechHouse) -> None:
    async def talk() -> None:
        await house.call(house.talk.host, "transcripts/session:stop")
        mouth = house.mouth()
        assert await mouth.connect() == {"type": "paused", "reason": "off"}
        mouth.sentence()
        await house.call(house.talk.host, "transcripts/session:start", mode="transcript")
        assert (await mouth.until("ready"))["through"] == 0
        mouth.resend()
        assert await mouth.flush() == mouth.sequence
        await mouth.end()

    house.run(talk())
    assert house.texts() == ["Hello"]


def test_a_language_that_the_engine_does_not_know_is_not_captioned(house: SpeechHouse, engine: ScriptedEngine) -> None:
    engine.languages = frozenset({"en"})
    mouth = house.mouth(language="pl")
    assert house.run(mouth.connect())["code"] == "LANGUAGE_NOT_RECOGNISED"
    assert house.run(mouth.gone())[0] == 4406
    assert house.run(house.mouth(language="en-GB").connect())["type"] == "ready"


# Odd messages.


@pytest.mark.parametrize(
    "message",
    [
        "",
        "nonsense",
        "[]",
        "{}",
        '{"type":"flush"}',
        '{"type":"start"}',
        '{"type":"start","token":1}',
        "[" * 20_000,
        '{"type":"start","token":"t","meetingId":"m","sessionId":"","clock":0}',
        '{"type":"start","token":"t","meetingId":"m","sessionId":"a b","clock":0}',
        '{"type":"start","token":"t","meetingId":"m","sessionId":"a","clock":-1}',
        '{"type":"start","token":"t","meetingId":"m","sessionId":"a","clock":1e300}',
        '{"type":"start","token":"t","meetingId":"m","sessionId":"a","clock":0,"language":"no language"}',
        '{"type":"start","token":"t","meetingId":"m","sessionId":"a","clock":0,"language":""}',
    ],
)
def test_a_first_message_that_is_none_is_refused(house: SpeechHouse, message: str) -> None:
    async def talk() -> None:
        mouth = house.mouth()
        mouth.dial()
        mouth.text(message)
        assert await mouth.gone() == (4400, "BadMessage")

    house.run(talk())


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\0" * 12,
        struct.pack("<Id", 1, 1.0),
        struct.pack("<Id", 1, 1.0) + b"\0",
        struct.pack("<Id", 1, 1.0) + b"\0" * 3202,
        struct.pack("<Id", 0, 1.0) + b"\0" * 3200,
        struct.pack("<Id", 1, float("nan")) + b"\0" * 3200,
        struct.pack("<Id", 1, float("-inf")) + b"\0" * 3200,
        struct.pack("<Id", 1, -1.0) + b"\0" * 3200,
        b"RIFF" + b"\xff" * 5000,
    ],
)
def test_audio_that_is_none_ends_the_connection(house: SpeechHouse, frame: bytes) -> None:
    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect()
        mouth.data(frame)
        assert await mouth.gone() == (4400, "BadMessage")

    house.run(talk())
    assert house.texts() == []


def test_a_second_start_is_refused(house: SpeechHouse) -> None:
    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect()
        mouth.text(mouth.first())
        assert await mouth.gone() == (4400, "BadMessage")

    house.run(talk())


@pytest.mark.parametrize("sequences", [[1, 1, 2, 2, 3], [3, 2, 1, 4], [4_294_967_295, 1, 2]])
def test_frames_out_of_order_are_dropped(house: SpeechHouse, sequences: list[int]) -> None:
    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect()
        for sequence in sequences:
            mouth.data(struct.pack("<Id", sequence, house.began) + voice(0.1))
        assert await mouth.flush() == max(sequences)
        await mouth.end()

    house.run(talk())


def test_frames_of_an_absurd_time_harm_nothing(house: SpeechHouse) -> None:
    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect()
        for sequence, at in enumerate([0.0, 2.0**52, 1.0, house.began, house.began - 9e9, 2.0**53], 1):
            mouth.data(struct.pack("<Id", sequence, at) + voice(0.1))
        assert await mouth.flush() == 6
        mouth.sequence = 6
        mouth.sentence(at=20.0)
        assert await mouth.flush() == mouth.sequence
        await mouth.end()

    house.talk.backend.advance(30)
    house.run(talk())
    assert house.texts() == ["Hello"]


@pytest.mark.parametrize("hours", [-1.0, 1.0])
def test_a_clock_that_is_an_hour_wrong_shifts_nothing(house: SpeechHouse, hours: float) -> None:
    async def talk() -> None:
        mouth = house.mouth()
        mouth.clock_ahead = hours * 3_600_000
        await mouth.connect()
        mouth.sentence(at=2.0)
        await mouth.flush()
        await mouth.end()

    house.talk.backend.advance(10)
    house.run(talk())
    (chunk,) = house.talk.chunks()
    assert abs(chunk.start_ms - house.began - 2000) <= 32


def test_pauses_do_not_shift_later_words(house: SpeechHouse) -> None:
    async def talk() -> None:
        mouth = house.mouth()
        await mouth.connect(token=house.token(house.talk.host, expires_at=house.now_ms + 36_000_000))
        for at in (0.0, 60.0, 600.0, 7000.0):
            mouth.sentence(0.5, at=at)
            await mouth.flush()
        await mouth.end()

    house.talk.backend.now_ns += 7100 * 1_000_000_000
    house.run(talk())
    starts = [(chunk.start_ms - house.began) / 1000 for chunk in house.talk.chunks()]
    assert starts == pytest.approx([0.0, 60.0, 600.0, 7000.0], abs=0.3)
