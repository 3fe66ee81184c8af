"""The right that each function of the API asks for: the table from which wrong callers are generated."""

from enum import Enum, auto


class Right(Enum):
    """A right. `IDENTITY` is that of any token, `TOKEN` that of one whose account is not deactivated.

    `OWNER` is that of one user, or of an admin of their organisation.
    """

    ANYBODY = auto()
    IDENTITY = auto()
    TOKEN = auto()
    ACCOUNT = auto()
    MEMBER = auto()
    PARTICIPANT = auto()
    HOST = auto()
    OWNER = auto()
    ADMIN = auto()
    OPERATOR = auto()


# By module, the names of its functions.
_FUNCTIONS: dict[Right, dict[str, str]] = {
    Right.ANYBODY: {
        "interests/queries": "listCatalog",
        "meetings/webrtc/signaling": "markSignalsProcessed",
        "profiles/queries": "getCurrentUserProfile",
        "users/queries": "getCurrentUser",
    },
    Right.IDENTITY: {"operators/access": "getAccess"},
    Right.TOKEN: {
        "settings/queries": "getCurrentUserSettings",
        "users/mutations": "upsertUser",
        "users/queries": "getOnboardingState getUserProfile listActiveUsersInOrg",
    },
    Right.ACCOUNT: {
        "audit/logging": "getAuditLogs listAuditLogs",
        "auth/permissions": "refreshSubscriptionPermissions validateSubscriptionPermissions",
        "embeddings/queries": "getEmbedding getEmbeddingsBySource vectorSimilaritySearch",
        "embeddings/search": "searchText",
        "insights/availability": "getAvailability",
        "insights/queries": "getConnectionRecommendations getUserInsights",
        "matching/analytics": "getMatchHistory getMatchingStats",
        "matching/availability": "getAvailability",
        "matching/matches": "getCurrentMatch getEntry getMatchToRate listPastMatches",
        "matching/queue": "cancelQueueEntry enterMatchingQueue getQueueStatus",
        "meetings/door": "getAdmission stopWaiting",
        "meetings/invitations": "listInvitations",
        "meetings/lifecycle": "createMeeting",
        "meetings/links": "acceptLink",
        "meetings/queries": "listPastMeetings listUpcomingMeetings listUserMeetings",
        "monitoring/bandwidthManager": "checkBandwidthLimit getBandwidthStats shouldShedLoad",
        "monitoring/performanceQueries": "getSubscriptionMetrics recordCustomMetric",
        "profiles/mutations": "createProfile updateProfile",
        "profiles/queries": "getProfileByUserIdPublic",
        "realtime/subscriptionActions": "validateAndLogSubscription",
        "realtime/subscriptionManager": "getSubscriptionStats terminateSubscription validateAndUpdateSubscription",
        "realtime/subscriptions": "validateSubscription",
        "settings/mutations": "updateSettings",
        "transcripts/search": "findEverywhere",
        "users/blocks": "blockUser listBlockedUsers unblockUser",
        "users/mutations": "saveOnboarding updateLastSeen",
        "users/reports": "report",
        "users/sessions": "describeSession endOtherSessions endSession listMine",
    },
    Right.MEMBER: {
        "insights/generation": "generateInsights",
        "insights/queries": "getMeetingInsights",
        "insights/report": "getMyRatings getReport rateItem",
        "meetings/attendance": "listAttendees",
        "meetings/chat": "changesSince listMessages",
        "meetings/door": "getDoor",
        "meetings/invitations": "acceptInvitation declineInvitation",
        "meetings/lifecycle": "getMeetingConnectionInfo joinMeeting leaveMeeting",
        "meetings/links": "getLink",
        "meetings/moderation": "acknowledgeMute getMuteRequest",
        "meetings/queries": "getMeeting getMeetingEnd getOwnMeeting listMeetingParticipants",
        "meetings/roster": "changesSince listPrivateCards",
        "meetings/stream/index": "getRecordings",
        "meetings/webrtc/leaving": "leaveCall",
        "meetings/webrtc/recovery": "getRecoveries getRoomState getTimeline",
        "meetings/webrtc/signaling": "closeSession getActiveSessions getPendingSignals",
        "notes/history": "getRevision listRevisions",
        "notes/offline": "clearSyncedOperations createOfflineCheckpoint getOfflineQueueStatus restoreFromCheckpoint",
        "notes/presence": "leave listCursors setCursor",
        "notes/queries": "getMeetingNotes",
        "notes/sync": "access operationsSince snapshot",
        "prompts/actions": "generatePreCallIdeas",
        "prompts/queries": "getInCallPrompts getPreCallPrompts subscribeToInCallPrompts",
        "realtime/batchedOperations": "batchUpdatePresence",
        "realtime/subscriptionManager": "establishSubscription",
        "realtime/subscriptions": "subscribeMeetingNotes subscribeMeetingParticipants subscribeTranscriptStream",
        "transcripts/captions": "getLive",
        "transcripts/editing": "deleteMine",
        "transcripts/ingestion": "getTranscriptChunks getTranscriptStats",
        "transcripts/queries": "getExtent getSequenceAt getTranscriptSegments listChunks listChunksAfter listSpeakers",
        "transcripts/search": "find",
        "transcripts/session": "getState",
    },
    Right.PARTICIPANT: {
        "insights/report": "deleteItem editItem",
        "meetings/chat": "sendMessage",
        "meetings/lifecycle": "reopenMeeting",
        "meetings/stateTracking": "recordActivity",
        "meetings/stream/index": "generateParticipantTokenPublic",
        "meetings/webrtc/recovery": "enterMediaRoom",
        "meetings/webrtc/rooms": "generateParticipantAccessToken handleConnectionFailure monitorConnectionQuality",
        "meetings/webrtc/signaling": (
            "createWebRTCSession exchangeICECandidate exchangeSessionDescription updateSessionState"
        ),
        "meetings/webrtc/turn": "getICEServers",
        "notes/mutations": "applyNoteOperation batchApplyNoteOperations",
        "notes/offline": "queueOfflineOperations retryFailedOperations syncOfflineOperations",
        "notes/sync": "apply",
        "realtime/batchedOperations": "batchApplyNoteOperation batchIngestTranscriptChunk",
        "transcripts/ingestion": "ingestTranscriptChunk",
        "transcripts/session": "answer start stop",
    },
    Right.HOST: {
        "insights/report": "setEnabled",
        "meetings/door": "admit letInAgain listKeptOut listWaiting setDoor turnAway",
        "meetings/invitations": "inviteAddress listInvitedAddresses",
        "meetings/lifecycle": (
            "addMultipleParticipants addParticipant cancelMeeting endMeeting "
            "extendMeeting removeParticipant startMeeting updateParticipantRole"
        ),
        "meetings/links": "createLink revokeLink",
        "meetings/moderation": "requestMute",
        "meetings/stateTracking": "updateCurrentTopics",
        "meetings/stream/index": "startRecording stopRecording",
        "meetings/webrtc/rooms": "initializeWebRTCRoom",
        "notes/mutations": "rollbackToSequence",
        "notes/sync": "setLocked",
        "transcripts/export": "getFile",
        "transcripts/session": "erase",
    },
    Right.OWNER: {
        "insights/mutations": "deleteInsights updateInsightsFeedback",
        "insights/queries": "getInsightById",
        "matching/analytics": "submitMatchFeedback",
        "meetings/stateTracking": "updateSpeakingStats",
        "prompts/mutations": "updatePromptFeedback",
        "transcripts/editing": "correct",
        "users/mutations": "deactivateUser reactivateUser updateUserInterests updateUserProfile",
        "users/queries": "getUserById",
    },
    Right.ADMIN: {
        "matching/analytics": "getGlobalMatchingAnalytics",
    },
    Right.OPERATOR: {
        "audit/logging": "getAuditHead",
        "embeddings/actions": "generateEmbedding",
        "embeddings/queries": "getEmbeddingAnalytics getEmbeddingsByModel getVectorIndexMeta",
        "matching/analytics": "optimizeMatchingWeights",
        "matching/engine": "runMatchingCycle",
        "matching/queue": "getActiveQueueEntries updateQueueStatus",
        "matching/scoring": "calculateCompatibilityScore",
        "matching/weights": "applyWeights listWeights",
        "monitoring/bandwidthManager": "executeWithCircuitBreaker getCircuitBreakerStatus resetCircuitBreaker",
        "monitoring/customMetrics": "getCustomMetric",
        "monitoring/performanceQueries": (
            "getFunctionPerformanceBreakdown getPerformanceMetrics getPerformanceTrends getSLOStatus"
        ),
        "operators/audit": "beginCheck exportPage getCheck listActions",
        "operators/health": "checkParts getOverview",
        "operators/jobs": "listJobs retryJob",
        "operators/meetings": "getTimeline listFailures listRunning",
        "operators/users": "eraseUser findUsers setUserActive",
        "realtime/batchedOperations": "flushAllBatches getBatchStats",
    },
}

RIGHTS: dict[str, Right] = {
    f"{module}:{name}": right
    for right, modules in _FUNCTIONS.items()
    for module, names in modules.items()
    for name in names.split()
}

_NOBODY = {Right.ANYBODY}
_TOKEN = _NOBODY | {Right.IDENTITY, Right.TOKEN}
_ACCOUNT = _TOKEN | {Right.ACCOUNT}
_MEMBER = _ACCOUNT | {Right.MEMBER}
# The rights of each caller in the meeting of the scene, and towards its people. The insider is a guest by its link.
CALLERS: dict[str, set[Right]] = {
    "anonymous": _NOBODY,
    "expired": set(),
    "unprovisioned": _TOKEN,
    "deactivated": _NOBODY | {Right.IDENTITY},
    "outsider": _ACCOUNT,
    "removed": _ACCOUNT,
    "foreign_admin": _ACCOUNT | {Right.ADMIN},
    "observer": _MEMBER,
    "insider": _MEMBER | {Right.PARTICIPANT},
}
MEMBERS = {"observer", "insider"}
