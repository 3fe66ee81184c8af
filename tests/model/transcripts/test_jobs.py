"""What was said is kept as long as the settings say, and no longer; an erased person leaves no words."""

from collections.abc import Callable
from functools import partial

import pytest

from connvo.maintenance.erasure import erase
from connvo.model.transcripts import jobs
from connvo.schema.transcripts import SpeechConsent
from connvo.settings import RetentionSettings
from connvo.store.purging import purge
from tests.support.backend import Backend
from tests.support.speech import STATS, Talk
from tests.support.store import ENGINES

DAY = 86_400.0


@pytest.mark.parametrize("engine", ENGINES)
def test_chunks_and_segments_are_forgotten_when_their_days_are_over(
    engine: str, make_backend: Callable[..., Backend]
) -> None:
    retention = RetentionSettings(transcript_days=2, segment_days=4)
    talk = Talk(make_backend(ENGINES[engine], retention=retention))
    for number in range(5):
        talk.say(talk.host, f"word {number}", at=number * 3)
    kept = []
    for _ in range(6):
        talk.backend.advance(DAY)
        kept.append((len(talk.chunks()), len(talk.segments())))
    assert kept[0] == (5, 1)
    assert kept[-1] == (0, 0)
    assert (0, 1) in kept, "segments are kept for longer"


def test_a_long_transcript_is_forgotten_in_batches(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "purge", partial(purge, limit=2))
    for number in range(5):
        talk.say(talk.host, f"word {number}", at=number)
    talk.backend.advance(91 * DAY)
    talk.backend.advance(DAY)
    assert talk.chunks() == []


@pytest.mark.parametrize("engine", ENGINES)
def test_an_erased_person_leaves_no_words(engine: str, make_backend: Callable[..., Backend]) -> None:
    talk = Talk(make_backend(ENGINES[engine]))
    talk.host.call("transcripts/session:start", meetingId=talk.meeting_id, mode="transcript")
    talk.guest.call("transcripts/session:answer", meetingId=talk.meeting_id, allowed=True)
    talk.say(talk.guest, "mine alone", at=0)
    talk.say(talk.host, "of the host", at=2)
    talk.say(talk.guest, "unfin", at=4, isInterim=True)
    report = talk.backend.run(erase(talk.backend.runtime, talk.guest.user_id))
    deleted = {name: report.tables[name].deleted for name in ("transcripts", "transcriptSegments", "speechConsents")}
    assert deleted == {"transcripts": 1, "transcriptSegments": 1, "speechConsents": 1}
    assert [chunk.text for chunk in talk.chunks()] == ["of the host"]
    assert [segment.text for segment in talk.segments()] == ["of the host"]
    assert talk.captions() == []
    assert talk.backend.read(lambda db: db.scan(SpeechConsent, "by_creation")) == []
    stats = talk.host.call(STATS, meetingId=talk.meeting_id)
    assert (stats["totalChunks"], stats["totalWords"], stats["duration"]) == (1, 3, 1000)


def test_a_meeting_of_an_erased_person_alone_goes_with_its_transcript(backend: Backend) -> None:
    host = backend.sign_in("solo")
    meeting = host.call("meetings/lifecycle:createMeeting", title="Alone")["meetingId"]
    host.call("meetings/lifecycle:startMeeting", meetingId=meeting)
    now = backend.now_ms
    words = {"meetingId": meeting, "text": "To myself", "confidence": 1.0, "startTime": now, "endTime": now + 1}
    host.call("transcripts/ingestion:ingestTranscriptChunk", **words)
    report = backend.run(erase(backend.runtime, host.user_id))
    assert report.tables["meetings"].deleted == 1
    rows = backend.read(lambda db: db.rows.all('SELECT count(*) FROM "transcriptTotals"', ()))
    assert rows == [(0,)]
