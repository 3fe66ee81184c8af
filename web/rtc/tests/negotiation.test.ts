import { beforeEach, expect, test, vi } from "vitest";
import { stateOf } from "../src/peerConfig";
import { Negotiation } from "../src/rooms/mesh/negotiation";
import type { Candidate } from "../src/types";
import { FakeConnection } from "./fakeConnection";
import { pass } from "./guests";

const SETUP = { iceServers: [], relayOnly: false };
const OFFER = { type: "offer" as const, sdp: "v=0\r\na=fingerprint:theirs\r\na=ice-ufrag:u\r\nm=audio\r\n" };
const CANDIDATE = { candidate: "c", usernameFragment: "u" };

let peer: Negotiation;
let sent: string[];

beforeEach(() => {
  const nothing = () => undefined;
  const onCandidate = ({ candidate }: Candidate) => sent.push(candidate);
  const events = { onDescription: nothing, onCandidate, onTrack: nothing, onState: nothing, onWarning: nothing };
  sent = [];
  peer = new Negotiation("theirs", "mine", SETUP, { audio: null, video: null }, events);
  FakeConnection.slownessMs = 1_000;
});

test("a description that the browser is at work on is waited for until the connection is closed, and no longer", async () => {
  const settled = vi.fn();
  void peer.accept(OFFER).then(settled);
  await pass(500);
  expect(settled).not.toHaveBeenCalled();
  peer.close();
  await pass(0);
  expect(settled).toHaveBeenCalled();
});

test("so is a candidate", async () => {
  const accepted = peer.accept(OFFER);
  await pass(3_000);
  await accepted;
  const settled = vi.fn();
  void peer.receiveCandidate(CANDIDATE).then(settled);
  await pass(500);
  expect(settled).not.toHaveBeenCalled();
  peer.close();
  await pass(0);
  expect(settled).toHaveBeenCalled();
});

test("the empty candidate by which some browsers end theirs is not sent", () => {
  for (const candidate of ["candidate:1", ""])
    FakeConnection.all.at(-1)?.onicecandidate?.({ candidate: { candidate, sdpMid: null } });
  expect(sent).toEqual(["candidate:1"]);
});

test("new servers are let be where a connection cannot be given any", () => {
  const connection = FakeConnection.all.at(-1) as unknown as Partial<RTCPeerConnection>;
  Object.defineProperty(connection, "setConfiguration", { value: undefined });
  expect(() => peer.refresh(SETUP)).not.toThrow();
});

test.each([
  ["checking", "connecting"],
  ["completed", "connected"],
  ["failed", "failed"],
])("ICE that is %s stands for a connection that is %s, where there is no state of the whole", (ice, state) => {
  expect(stateOf({ iceConnectionState: ice } as RTCPeerConnection)).toBe(state);
});

test("a browser that gives no statistics has seen nothing", async () => {
  const connection = FakeConnection.all.at(-1) as unknown as RTCPeerConnection;
  vi.spyOn(connection, "getStats").mockRejectedValueOnce(new Error("not now"));
  expect((await peer.measure()).packets.size).toBe(0);
  vi.spyOn(connection, "getStats").mockReturnValueOnce(new Promise(() => undefined));
  const seen = peer.measure();
  await vi.advanceTimersByTimeAsync(1_000);
  expect((await seen).packets.size).toBe(0);
});
