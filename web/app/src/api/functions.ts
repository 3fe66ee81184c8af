/** The server functions that the page calls, with their types. One line each; the contract is at /docs. */

import type { Access, Change, ListedCursor, OperationsPage, Snapshot } from "@connvo/notes";
import type {
  Candidate,
  Description,
  MediaEntry,
  RemoteSession,
  RoomState,
  Sample,
  SessionFacts,
  SessionState,
  Signal,
  Verdict,
} from "@connvo/rtc";
import { makeFunctionReference, type PaginationOptions, type PaginationResult } from "convex/server";
import type { BrowserName, Device, SystemName } from "../auth/browserInfo";
import type {
  Chunk,
  Extent,
  FileFormat,
  Hit,
  LiveCaption,
  OnMode,
  SpeakerTime,
  TranscriptFile,
  Transcription,
} from "../captions/types";
import type { ChatChanges } from "../chat/log";
import type { ItemChange, Report, Vote } from "../insights/types";
import type {
  Availability,
  CurrentMatch,
  GlobalNumbers,
  Outcome,
  PastMatch,
  QueueStatus,
  Wishes,
} from "../matching/types";
import type { RosterChanges } from "../roster/roster";
import type { SearchArgs, SearchResults } from "../search/types";
import { isolate, plain } from "../ui/text";
import type { Since } from "./feed";

export { codeOf, fieldOf, messageOf, reasonOf } from "./errors";

type Args = Record<string, unknown>;
const query = <A extends Args, R>(path: string) => makeFunctionReference<"query", A, R>(path);
const mutation = <A extends Args, R>(path: string) => makeFunctionReference<"mutation", A, R>(path);
const action = <A extends Args, R>(path: string) => makeFunctionReference<"action", A, R>(path);

export type MeetingState = "scheduled" | "active" | "concluded" | "cancelled";
export type Role = "host" | "participant" | "observer";
export type Presence = "invited" | "joined" | "left";
export type Quality = "excellent" | "good" | "fair" | "poor";
export type UserCard = { _id: string; displayName?: string; avatarUrl?: string };
export type User = UserCard & { email: string; workosUserId: string };
export type Meeting = {
  _id: string;
  title: string;
  description?: string;
  scheduledAt?: number;
  duration?: number;
  state: MeetingState;
  participantCount?: number;
  createdAt: number;
  updatedAt: number;
  userRole: Role;
  userPresence: Presence;
};
/** A meeting in the lists by time. `reopenableUntil`: until when a meeting that ended empty can be reopened. */
export type ListedMeeting = Meeting & { startedAt?: number; endedAt?: number; reopenableUntil?: number };
export type EndReason = "ended_by_host" | "empty" | "too_long" | "host_gone" | "ended_at_provider";
/**
 * The end of a meeting. While active: `endsAt` by its maximum duration, `warnAt` for the warning, and `canExtend` if a
 * host may extend it. Afterwards: `reopenableUntil` while the caller can reopen it.
 */
export type MeetingEnd = {
  state: MeetingState;
  /** The latest start, in ms since 1970. */
  startedAt?: number;
  endsAt?: number;
  warnAt?: number;
  canExtend: boolean;
  endedAt?: number;
  endReason?: EndReason;
  reopenableUntil?: number;
};
export type Member = {
  userId: string;
  role: Role;
  presence: Presence;
  joinedAt?: number;
  leftAt?: number;
  user: UserCard;
};
export type Session = RemoteSession & {
  metadata?: Partial<SessionFacts> & { iceTransportPolicy?: string };
  connectionQuality?: Quality;
};
export type Message = {
  _id: string;
  _creationTime: number;
  senderId: string;
  sender: UserCard;
  text: string;
  createdAt: number;
};
/** A meeting the user is invited to and has not answered. */
export type Invitation = {
  meetingId: string;
  title: string;
  state: MeetingState;
  scheduledAt?: number;
  invitedBy: UserCard;
  createdAt: number;
};
export type Door = "open" | "ask" | "closed";
export type Waiting = { userId: string; user: UserCard; createdAt: number };
/** `closed`: waiting while the meeting is closed to newcomers. */
export type Admission = {
  state: "member" | "waiting" | "turned_away" | "removed" | "closed" | "none";
  title?: string;
};
/** A user whom a host has turned away or removed. */
export type KeptOut = { userId: string; user: UserCard; why: "turned_away" | "removed"; at: number };
/** A user who was in the call; `stayedMs` sums the finished stays, and `since` is set during a stay. */
export type Attendee = {
  userId: string;
  user: UserCard;
  cameAt: number;
  leftAt?: number;
  since?: number;
  stayedMs: number;
};
export type InvitedAddress = { email: string; createdAt: number };
export type Blocked = { userId: string; displayName?: string; createdAt: number };
/** A sign-in; `shared` covers all sign-ins of an account that the provider does not tell apart. */
export type SignInRow = {
  _id: string;
  current: boolean;
  shared: boolean;
  browser?: BrowserName;
  system?: SystemName;
  createdAt: number;
  lastSeenAt: number;
};
export type MuteRequest = { _id: string; requestedBy: UserCard; requestedAt: number };
export type Recording = {
  _id: string;
  state: "starting" | "recording" | "stopping" | "processing" | "ready" | "failed";
  startedAt?: number;
  /** Only hosts see them; of files that are not at a web server there is no address. */
  files?: { name: string; startedAt: number; endedAt?: number; url?: string }[];
};
/** A change as it travels: no deletion, and no text, are left out. */
export type SentChange = { position: number; length?: number; content?: string };
export type SentPage = Omit<OperationsPage, "operations"> & {
  operations: (Omit<OperationsPage["operations"][number], "changes"> & { changes: SentChange[] })[];
};
/** A stored text of the notes: its authors since the one before, and what they added and removed. */
export type Revision = { sequence: number; at: number; authors: UserCard[]; added: number; removed: number };
export type Feedback = "used" | "dismissed" | "upvoted";
/** An idea before a call, or a nudge during it. `feedback` is the caller's own; the first tag is its kind. */
export type Prompt = {
  _id: string;
  content: string;
  tags: string[];
  relevance: number;
  feedback?: Feedback;
  createdAt: number;
};
type NoteOperation = {
  clientId: string;
  number: number;
  sequence: number;
  sequenceAt?: number;
  changes: readonly Change[];
};
type IceServers = {
  iceServers: RTCIceServer[];
  iceTransportPolicy: RTCIceTransportPolicy;
  refreshAfterMs?: number;
};
type InMeeting = { meetingId: string };
type InSession = InMeeting & { sessionId: string };
type OfItem = InMeeting & { itemId: string };
type ToMember = InSession & { targetUserId: string };

const lifecycle = "meetings/lifecycle";
const webrtc = "meetings/webrtc/index";
const transcription = "transcripts/session";

export const api = {
  upsertUser: mutation<{ workosUserId: string; email: string; displayName?: string }, string>(
    "users/mutations:upsertUser",
  ),
  signIns: query<Record<string, never>, SignInRow[]>("users/sessions:listMine"),
  describeSession: mutation<Device, null>("users/sessions:describeSession"),
  endSession: mutation<{ sessionId?: string }, null>("users/sessions:endSession"),
  endOtherSessions: mutation<Record<string, never>, number>("users/sessions:endOtherSessions"),
  getCurrentUser: query<Record<string, never>, User | null>("users/queries:getCurrentUser"),
  listUserMeetings: query<{ limit?: number }, Meeting[]>("meetings/queries:listUserMeetings"),
  upcomingMeetings: query<Record<string, never>, ListedMeeting[]>("meetings/queries:listUpcomingMeetings"),
  pastMeetings: query<
    { paginationOpts: PaginationOptions; state?: "concluded" | "cancelled" },
    PaginationResult<ListedMeeting>
  >("meetings/queries:listPastMeetings"),
  getMeeting: query<InMeeting, Meeting | null>("meetings/queries:getOwnMeeting"),
  meetingEnd: query<InMeeting, MeetingEnd>("meetings/queries:getMeetingEnd"),
  rosterChanges: query<InMeeting & Since, RosterChanges>("meetings/roster:changesSince"),
  privateCards: query<InMeeting, UserCard[]>("meetings/roster:listPrivateCards"),
  attendees: query<InMeeting, Attendee[]>("meetings/attendance:listAttendees"),
  createMeeting: mutation<{ title: string; scheduledAt?: number; duration?: number }, { meetingId: string }>(
    `${lifecycle}:createMeeting`,
  ),
  startMeeting: mutation<InMeeting, unknown>(`${lifecycle}:startMeeting`),
  reopenMeeting: mutation<InMeeting, null>(`${lifecycle}:reopenMeeting`),
  extendMeeting: mutation<InMeeting, { endsAt: number }>(`${lifecycle}:extendMeeting`),
  endMeeting: mutation<InMeeting, { duration?: number }>(`${lifecycle}:endMeeting`),
  cancelMeeting: mutation<InMeeting, null>(`${lifecycle}:cancelMeeting`),
  leaveMeeting: mutation<InMeeting, unknown>(`${lifecycle}:leaveMeeting`),
  removeParticipant: mutation<InMeeting & { userId: string }, null>(`${lifecycle}:removeParticipant`),
  updateRole: mutation<InMeeting & { userId: string; newRole: "host" | "participant" }, null>(
    `${lifecycle}:updateParticipantRole`,
  ),
  createLink: mutation<InMeeting, { code: string }>("meetings/links:createLink"),
  revokeLink: mutation<InMeeting, null>("meetings/links:revokeLink"),
  acceptLink: mutation<{ code: string }, { meetingId: string; waiting?: boolean }>("meetings/links:acceptLink"),
  link: query<InMeeting, { code: string } | null>("meetings/links:getLink"),
  door: query<InMeeting, { door: Door; waiting?: number }>("meetings/door:getDoor"),
  setDoor: mutation<InMeeting & { door: Door }, null>("meetings/door:setDoor"),
  waiting: query<InMeeting, Waiting[]>("meetings/door:listWaiting"),
  admit: mutation<InMeeting & { userId: string }, null>("meetings/door:admit"),
  turnAway: mutation<InMeeting & { userId: string }, null>("meetings/door:turnAway"),
  keptOut: query<InMeeting, KeptOut[]>("meetings/door:listKeptOut"),
  letInAgain: mutation<InMeeting & { userId: string }, null>("meetings/door:letInAgain"),
  admission: query<InMeeting, Admission>("meetings/door:getAdmission"),
  stopWaiting: mutation<InMeeting, null>("meetings/door:stopWaiting"),
  invitations: query<Record<string, never>, Invitation[]>("meetings/invitations:listInvitations"),
  inviteAddress: mutation<InMeeting & { email: string }, null>("meetings/invitations:inviteAddress"),
  invitedAddresses: query<InMeeting, InvitedAddress[]>("meetings/invitations:listInvitedAddresses"),
  acceptInvitation: mutation<InMeeting, null>("meetings/invitations:acceptInvitation"),
  declineInvitation: mutation<InMeeting, null>("meetings/invitations:declineInvitation"),
  blocked: query<Record<string, never>, Blocked[]>("users/blocks:listBlockedUsers"),
  block: mutation<{ userId: string }, null>("users/blocks:blockUser"),
  unblock: mutation<{ userId: string }, null>("users/blocks:unblockUser"),
  report: mutation<{ text: string; userId?: string; messageId?: string; meetingId?: string }, unknown>(
    "users/reports:report",
  ),
  chatChanges: query<InMeeting & Since, ChatChanges>("meetings/chat:changesSince"),
  listMessages: query<InMeeting & { paginationOpts: PaginationOptions }, PaginationResult<Message>>(
    "meetings/chat:listMessages",
  ),
  sendMessage: mutation<InMeeting & { text: string; idempotencyKey: string }, unknown>("meetings/chat:sendMessage"),
  requestMute: mutation<InMeeting & { userId: string }, null>("meetings/moderation:requestMute"),
  muteRequest: query<InMeeting, MuteRequest | null>("meetings/moderation:getMuteRequest"),
  acknowledgeMute: mutation<InMeeting & { requestId: string }, null>("meetings/moderation:acknowledgeMute"),
  recordings: query<InMeeting, Recording[]>("meetings/stream/index:getRecordings"),
  notesSnapshot: query<InMeeting, Snapshot>("notes/sync:snapshot"),
  notesSince: query<InMeeting & { sequence: number }, SentPage>("notes/sync:operationsSince"),
  applyNotes: mutation<InMeeting & NoteOperation, { sequence: number }>("notes/sync:apply"),
  notesAccess: query<InMeeting, Access>("notes/sync:access"),
  lockNotes: mutation<InMeeting & { locked: boolean }, null>("notes/sync:setLocked"),
  setNotesCursor: mutation<InMeeting & Omit<ListedCursor, "user" | "at">, null>("notes/presence:setCursor"),
  leaveNotes: mutation<InMeeting & { clientId: string }, null>("notes/presence:leave"),
  notesCursors: query<InMeeting, ListedCursor[]>("notes/presence:listCursors"),
  noteRevisions: query<InMeeting & { paginationOpts: PaginationOptions }, PaginationResult<Revision>>(
    "notes/history:listRevisions",
  ),
  noteRevision: query<InMeeting & { sequence: number }, { sequence: number; content: string; at: number }>(
    "notes/history:getRevision",
  ),
  restoreNotes: mutation<InMeeting & { targetSequence: number }, unknown>("notes/mutations:rollbackToSequence"),
  transcription: query<InMeeting, Transcription>(`${transcription}:getState`),
  startTranscription: mutation<InMeeting & { mode: OnMode }, null>(`${transcription}:start`),
  stopTranscription: mutation<InMeeting, null>(`${transcription}:stop`),
  answerTranscription: mutation<InMeeting & { allowed: boolean; language?: string }, null>(`${transcription}:answer`),
  eraseTranscript: mutation<InMeeting, null>(`${transcription}:erase`),
  liveCaptions: query<InMeeting, LiveCaption[]>("transcripts/captions:getLive"),
  chunksAfter: query<InMeeting & { sequence: number; limit: number }, Chunk[]>("transcripts/queries:listChunksAfter"),
  sequenceAt: query<InMeeting & { atMs: number }, number | null>("transcripts/queries:getSequenceAt"),
  transcriptExtent: query<InMeeting, Extent | null>("transcripts/queries:getExtent"),
  speakerTimes: query<InMeeting, SpeakerTime[]>("transcripts/queries:listSpeakers"),
  findInTranscript: query<InMeeting & { text: string }, Hit[]>("transcripts/search:find"),
  searchText: action<SearchArgs, SearchResults>("embeddings/search:searchText"),
  correctChunk: mutation<{ chunkId: string; text: string; revision: number }, unknown>("transcripts/editing:correct"),
  deleteOwnWords: mutation<InMeeting, null>("transcripts/editing:deleteMine"),
  transcriptFile: action<InMeeting & { format: FileFormat }, TranscriptFile>("transcripts/export:getFile"),
  makeIdeas: action<InMeeting & { forceRegenerate?: boolean }, { promptIds: string[] }>(
    "prompts/index:generatePreCallIdeas",
  ),
  ideas: query<InMeeting, Prompt[]>("prompts/index:getPreCallPrompts"),
  nudges: query<InMeeting, { prompts: Prompt[]; lastUpdated: number }>("prompts/index:subscribeToInCallPrompts"),
  ratePrompt: mutation<{ promptId: string; feedback: Feedback }, null>("prompts/index:updatePromptFeedback"),
  meetingReport: query<InMeeting, Report | null>("insights/report:getReport"),
  myVotes: query<InMeeting, { itemId: string; vote: Vote }[]>("insights/report:getMyRatings"),
  editItem: mutation<OfItem & ItemChange, null>("insights/report:editItem"),
  deleteItem: mutation<OfItem, null>("insights/report:deleteItem"),
  rateItem: mutation<OfItem & { vote?: Vote }, null>("insights/report:rateItem"),
  enableReport: mutation<InMeeting & { enabled: boolean }, null>("insights/report:setEnabled"),
  makeReport: action<InMeeting & { forceRegenerate: boolean }, { success: boolean }>("insights/index:generateInsights"),
  reportModel: query<Record<string, never>, { model?: string; state: string }>("insights/availability:getAvailability"),
  matchingAvailability: query<Record<string, never>, Availability>("matching/availability:getAvailability"),
  enterQueue: mutation<{ availableFrom: number; availableTo: number; constraints: Wishes }, string>(
    "matching/index:enterMatchingQueue",
  ),
  cancelEntry: mutation<{ queueId: string }, null>("matching/index:cancelQueueEntry"),
  queueStatus: query<Record<string, never>, QueueStatus | null>("matching/index:getQueueStatus"),
  queueEntry: query<Record<string, never>, QueueStatus | null>("matching/matches:getEntry"),
  currentMatch: query<Record<string, never>, CurrentMatch | null>("matching/matches:getCurrentMatch"),
  matchToRate: query<InMeeting, string | null>("matching/matches:getMatchToRate"),
  answerMatch: mutation<{ matchId: string; outcome: Outcome; feedback?: { rating: number; comments?: string } }, null>(
    "matching/index:submitMatchFeedback",
  ),
  pastMatches: query<{ limit?: number }, PastMatch[]>("matching/matches:listPastMatches"),
  matchingNumbers: query<{ timeRange?: number }, GlobalNumbers>("matching/index:getGlobalMatchingAnalytics"),
  interestCatalog: query<Record<string, never>, { key: string; label: string; usageCount?: number }[]>(
    "interests/queries:listCatalog",
  ),
  createSession: mutation<InSession, unknown>(`${webrtc}:createWebRTCSession`),
  closeSession: mutation<InSession, null>(`${webrtc}:closeSession`),
  leaveCall: mutation<InMeeting & { sessionIds: string[] }, null>("meetings/webrtc/leaving:leaveCall"),
  updateSessionState: mutation<InSession & { state: SessionState; metadata: SessionFacts }, null>(
    `${webrtc}:updateSessionState`,
  ),
  pendingSignals: query<InMeeting, Signal[]>(`${webrtc}:getPendingSignals`),
  sendDescription: mutation<ToMember & { description: Description }, null>(`${webrtc}:exchangeSessionDescription`),
  sendCandidate: mutation<ToMember & { candidate: Candidate }, null>(`${webrtc}:exchangeICECandidate`),
  markProcessed: mutation<{ signalIds: string[] }, null>(`${webrtc}:markSignalsProcessed`),
  iceServers: action<InSession, IceServers>("meetings/webrtc/turn:getICEServers"),
  roomState: query<InMeeting, RoomState>("meetings/webrtc/recovery:getRoomState"),
  recoveries: query<InMeeting, { userId: string; retryAt?: number; at: number }[]>(
    "meetings/webrtc/recovery:getRecoveries",
  ),
  enterRoom: action<InSession, Partial<MediaEntry>>("meetings/webrtc/recovery:enterMediaRoom"),
  reportFailure: action<InSession & { errorType: string; errorDetails?: string }, Verdict>(
    `${webrtc}:handleConnectionFailure`,
  ),
  reportQuality: action<InSession & { stats: Sample }, unknown>(`${webrtc}:monitorConnectionQuality`),
};

/** Return a user's name, safe within any sentence of the page. */
export function nameOf(user: UserCard | undefined): string {
  return isolate(user?.displayName ?? "Somebody");
}

/** Return a meeting's title, safe on its own; within a sentence, isolate it as well. */
export function titleOf(meeting: { title: string }): string {
  return plain(meeting.title);
}
