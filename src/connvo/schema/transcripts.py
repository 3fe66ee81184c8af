"""Store the transcripts of meetings: chunks, segments, captions, the state of the transcription, and consents."""

from typing import NewType

from connvo.rules.transcripts.states import PauseReason as PauseReason
from connvo.rules.transcripts.states import TranscriptionMode as TranscriptionMode
from connvo.rules.transcripts.states import TranscriptionState as TranscriptionState
from connvo.store.schema import Document, table

from .meetings import MeetingId
from .users import UserId

ChunkId = NewType("ChunkId", str)
SegmentId = NewType("SegmentId", str)
CaptionId = NewType("CaptionId", str)
TranscriptionSessionId = NewType("TranscriptionSessionId", str)
TranscriptTotalsId = NewType("TranscriptTotalsId", str)
SpeechConsentId = NewType("SpeechConsentId", str)


@table(
    "transcripts",
    10200,
    id_type=ChunkId,
    owner="speaker_id",
    indexes={
        "by_sequence": ("meeting_id", "sequence"),
        "by_start": ("meeting_id", "start_ms"),
        "by_bucket": ("meeting_id", "bucket_ms", "sequence"),
        "by_key": ("meeting_id", "key"),
        "by_speaker": ("speaker_id", "meeting_id", "sequence"),
    },
    retention="deleted after CONNVO_RETENTION_TRANSCRIPT_DAYS days",
)
class Chunk(Document, frozen=True, kw_only=True):
    """One final piece of a member's speech; (meeting, sequence) and (meeting, key) are unique; times in ms.

    `sequence` counts from 1 in each meeting, in the order of commits. `first_text` is the recognised text, once a
    member has corrected it; `revision` counts the corrections.
    """

    id: ChunkId = ChunkId("")
    meeting_id: MeetingId
    sequence: int
    speaker_id: UserId
    text: str
    confidence: float
    start_ms: float
    end_ms: float
    bucket_ms: float
    word_count: int
    language: str | None = None
    key: str
    created_at: float
    revision: int = 0
    first_text: str | None = None
    corrected_by: UserId | None = None
    corrected_at: float | None = None


@table(
    "transcriptSegments",
    10201,
    id_type=SegmentId,
    owner="speaker_id",
    indexes={
        "by_start": ("meeting_id", "start_ms", "first_sequence"),
        "by_speaker": ("speaker_id", "meeting_id"),
    },
    text="terms",
    retention="deleted after CONNVO_RETENTION_SEGMENT_DAYS days",
)
class Segment(Document, frozen=True, kw_only=True):
    """Consecutive chunks of one speaker as a paragraph; see `rules/transcripts/segments.py`; times in ms.

    `topics` are the meeting's topics that occurred in it when its last chunk arrived. `terms` are those of its text and
    its meeting, by which it is found.
    """

    id: SegmentId = SegmentId("")
    meeting_id: MeetingId
    speaker_id: UserId
    first_sequence: int
    last_sequence: int
    start_ms: float
    last_start_ms: float
    end_ms: float
    text: str
    topics: list[str] = []
    terms: str = ""
    created_at: float


@table(
    "transcriptCaptions",
    10202,
    id_type=CaptionId,
    owner="speaker_id",
    indexes={"by_speaker": ("meeting_id", "speaker_id", "final"), "by_expiry": ("expires_at",)},
    retention="seconds, or until its final text is stored",
)
class Caption(Document, frozen=True, kw_only=True):
    """Words that are shown and not kept; times in ms.

    A speaker has at most one that is not `final`: the words being spoken, overwritten until they are. Final captions
    exist only while the mode is `captions`, for some seconds.
    """

    id: CaptionId = CaptionId("")
    meeting_id: MeetingId
    speaker_id: UserId
    final: bool
    text: str
    confidence: float
    start_ms: float
    end_ms: float
    language: str | None = None
    created_at: float
    expires_at: float


@table(
    "transcriptionSessions",
    10203,
    id_type=TranscriptionSessionId,
    indexes={"by_meeting": ("meeting_id",)},
    retention="kept with its meeting",
)
class TranscriptionSession(Document, frozen=True, kw_only=True):
    """The transcription of a meeting: what is on, since when and by whom; at most one row per meeting; times in ms.

    `chosen`: a member has turned it on or off, so the mode is a decision.
    """

    id: TranscriptionSessionId = TranscriptionSessionId("")
    meeting_id: MeetingId
    state: TranscriptionState = "initializing"
    mode: TranscriptionMode = "off"
    chosen: bool = False
    since: float
    changed_by: UserId | None = None
    engine: str | None = None
    pause_reason: PauseReason | None = None
    retry_at: float | None = None


@table(
    "transcriptTotals",
    10204,
    id_type=TranscriptTotalsId,
    indexes={"by_meeting": ("meeting_id",)},
    retention="kept with its meeting",
)
class TranscriptTotals(Document, frozen=True, kw_only=True):
    """The counters of a transcript, which change with every chunk; at most one row per meeting; times in ms.

    `last_sequence` is the highest sequence that was given, also to chunks that were deleted since. `zero_ms` is the
    start of the meeting when the first chunk arrived. Buckets, languages and speakers are counted in chunks.
    """

    id: TranscriptTotalsId = TranscriptTotalsId("")
    meeting_id: MeetingId
    zero_ms: float
    last_sequence: int = 0
    chunks: int = 0
    words: int = 0
    confidence: float = 0.0
    first_ms: float = 0.0
    last_ms: float = 0.0
    speakers: dict[UserId, int] = {}
    languages: dict[str, int] = {}
    buckets: dict[str, int] = {}


@table(
    "speechConsents",
    10205,
    id_type=SpeechConsentId,
    owner="user_id",
    indexes={"by_member": ("meeting_id", "user_id"), "by_user": ("user_id",)},
    retention="kept with its meeting, until its user is erased",
)
class SpeechConsent(Document, frozen=True, kw_only=True):
    """A member's last answer to the question whether their speech may be recognised; the pair is unique; in ms.

    `mode` is what was on when they answered: captions, or a transcript too. `language` is what they speak.
    """

    id: SpeechConsentId = SpeechConsentId("")
    meeting_id: MeetingId
    user_id: UserId
    allowed: bool
    mode: TranscriptionMode
    language: str | None = None
    answered_at: float
