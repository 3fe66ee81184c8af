import { beforeEach, expect, test, vi } from "vitest";
import { Peer } from "../src/rtc/peer";
import { FakeConnection } from "./fakeConnection";
import { pass } from "./guests";

const SETUP = { iceServers: [], relayOnly: false };
const OFFER = { type: "offer" as const, sdp: "v=0\r\na=fingerprint:theirs\r\na=ice-ufrag:u\r\nm=audio\r\n" };
const CANDIDATE = { candidate: "c", usernameFragment: "u" };

let peer: Peer;

beforeEach(() => {
  const nothing = () => undefined;
  const events = { onDescription: nothing, onCandidate: nothing, onTrack: nothing, onState: nothing };
  peer = new Peer("theirs", "mine", SETUP, { audio: null, video: null }, events);
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
