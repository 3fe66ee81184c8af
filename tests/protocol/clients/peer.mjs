// One member of a call, signalling by live queries alone: whoever has the smaller session id offers.
// Says {heard: {session: [types]}, queries} once connected with everybody and nothing waits any more.
import { ConvexClient } from "convex/browser";
import { anyApi as api } from "convex/server";
import { given, say, until, value, wiretap } from "./setup.mjs";

const { meetingId, sessionId, peers, candidates } = given;
const { signaling } = api.meetings.webrtc;
const tap = wiretap();
const client = new ConvexClient(given.url, { webSocketConstructor: tap.Socket, logger: false });
client.setAuth(async () => given.token);
const call = (name, args) => value(client.mutation(name, { meetingId, ...args }), 30);

const heard = {};
const handled = new Set();
const offered = new Set();
let waiting = null;
let sessions = [];

/** Sends a description and its candidates to the owner of another session. */
async function describe(type, targetUserId, to) {
  const ufrag = `${sessionId}x${to}`.replaceAll("-", "");
  const sdp = `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=ice-ufrag:${ufrag}\r\n`;
  await call(signaling.exchangeSessionDescription, { sessionId, targetUserId, description: { type, sdp } });
  await Promise.all(Array.from({ length: candidates }, (_, n) => {
    const line = `candidate:${n} 1 udp 1 127.0.0.1 ${5000 + n} typ host ufrag ${ufrag}`;
    const candidate = { candidate: line, sdpMLineIndex: 0, usernameFragment: ufrag };
    return call(signaling.exchangeICECandidate, { sessionId, targetUserId, candidate });
  }));
}

async function handle(signals) {
  waiting = signals;
  const fresh = signals.filter((signal) => !handled.has(signal._id));
  if (fresh.length === 0) return;
  for (const signal of fresh) handled.add(signal._id);
  for (const signal of fresh) {
    heard[signal.sessionId] ??= [];
    const kind = signal.data.type ?? "candidate";
    heard[signal.sessionId].push(kind);
    if (kind === "offer") await describe("answer", signal.fromUserId, signal.sessionId);
  }
  await value(client.mutation(signaling.markSignalsProcessed, { signalIds: fresh.map((signal) => signal._id) }), 30);
}

function meet(active) {
  sessions = active;
  for (const other of active) {
    if (other.sessionId > sessionId && !offered.has(other.sessionId)) {
      offered.add(other.sessionId);
      void describe("offer", other.userId, other.sessionId);
    }
  }
}

await call(api.meetings.lifecycle.joinMeeting, {});
await call(signaling.createWebRTCSession, { sessionId });
client.onUpdate(signaling.getPendingSignals, { meetingId }, handle);
client.onUpdate(signaling.getActiveSessions, { meetingId }, meet);
const others = peers.filter((peer) => peer !== sessionId);
await until(() => others.every((peer) => heard[peer]?.length === candidates + 1), "every description and candidate", 40);
await call(signaling.updateSessionState, { sessionId, state: "connected" });
const connected = () => sessions.filter((session) => session.state === "connected").length === peers.length;
await until(() => connected() && waiting.length === 0, "everybody to be connected and every signal to be acknowledged", 40);
const queries = tap.sent.flatMap((message) => message.modifications ?? []).filter((change) => change.type === "Add").length;
await say({ heard, queries });
await client.close();
process.exit(0);
