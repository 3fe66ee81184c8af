import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { Feed } from "../src/api/feed";
import { applyChanges, listMembers, listSessions, type Roster, type RosterChanges } from "../src/roster/roster";
import { FakeFeed, member, STEP, session } from "./fakeFeed";

const RUNS = 500;

/** What happens at the server, to whom and when, and what the client does then. */
const steps = fc.array(fc.record({ what: fc.nat(48), key: fc.nat(5), at: fc.nat(999), next: fc.nat(9) }), {
  maxLength: 80,
});

function change(server: FakeFeed, what: number, key: string, at: number): void {
  if (what < 16) server.setMember(member(key, at, { displayName: `Name ${at}` }));
  else if (what < 32) server.setSession(session(key, at, { metadata: { screen: at % 2 === 0 } }));
  else if (what < 40) server.remove(key, false);
  else if (what < 48) server.remove(key, true);
  else server.forget();
}

const plain = (roster: Roster | undefined) => roster && [listMembers(roster, []), listSessions(roster)];
const start = (server: FakeFeed) => new Feed<RosterChanges, Roster>(server.watch, applyChanges);
const whole = (server: FakeFeed) => plain(applyChanges(undefined, server.answer({})));

describe("a list kept from changes", () => {
  it("ends with the whole list, whatever happened and whenever it was shown", () => {
    const course = fc.property(steps, (all) => {
      const server = new FakeFeed();
      const feed = start(server);
      let stop: (() => void) | null = null;
      for (const { what, key, at, next } of all) {
        change(server, what, `${key}`, at);
        if (next < 4) server.show();
        if (next === 8) {
          stop?.();
          stop = null;
        }
        if (next > 4 && stop === null) stop = feed.subscribe(() => undefined);
      }
      stop ??= feed.subscribe(() => undefined);
      // A client that moves on has its answer with the next message.
      server.show();
      server.show();
      expect(plain(feed.read())).toEqual(whole(server));
      expect(server.asked).toHaveLength(1);
      stop();
      expect(server.asked).toHaveLength(0);
    });
    fc.assert(course, { numRuns: RUNS });
  });

  it("does not go back when an answer to an older question comes late", () => {
    const server = new FakeFeed();
    const answers: RosterChanges[] = [];
    let callback: () => void = () => undefined;
    const feed = new Feed<RosterChanges, Roster>(
      () => ({
        onUpdate: (heard) => {
          callback = heard;
          return () => undefined;
        },
        localQueryResult: () => answers.at(-1),
      }),
      applyChanges,
    );
    feed.subscribe(() => undefined);
    server.setMember(member("a", 1, { displayName: "Before" }));
    answers.push(server.answer({}));
    callback();
    const old = server.answer({ since: 0 });
    server.setMember(member("a", 1, { displayName: "After" }));
    for (const answer of [server.answer({ since: 0 }), old]) {
      answers.push(answer);
      callback();
    }
    expect(feed.read()?.members.get("a")?.displayName).toBe("After");
  });

  it("names a milestone that many clients name at the same time", () => {
    const server = new FakeFeed();
    const feeds = [start(server), start(server), start(server)];
    feeds[0]?.subscribe(() => undefined);
    for (let number = 0; number < 3 * STEP; number += 1) {
      server.setSession(session(`${number}`, number));
      if (number === STEP) feeds[1]?.subscribe(() => undefined);
      if (number === 2 * STEP + 3) feeds[2]?.subscribe(() => undefined);
      server.show();
    }
    server.show();
    expect(server.asked).toEqual([{ since: 3 * STEP }, { since: 3 * STEP }, { since: 3 * STEP }]);
  });

  it("goes on where it was after it had no listener", () => {
    const server = new FakeFeed();
    const feed = start(server);
    for (let number = 0; number < STEP; number += 1) server.setMember(member(`${number}`, number));
    const stop = feed.subscribe(() => undefined);
    server.show();
    stop();
    feed.subscribe(() => undefined);
    expect(server.asked).toEqual([{ since: STEP }]);
  });

  it("tells its listeners of every answer", () => {
    const server = new FakeFeed();
    const feed = start(server);
    const heard = vi.fn();
    feed.subscribe(heard);
    server.setMember(member("a", 1));
    server.show();
    expect(heard).toHaveBeenCalled();
  });

  it("throws the refusal of the server, until it answers again", () => {
    const server = new FakeFeed();
    const feed = start(server);
    feed.subscribe(() => undefined);
    server.show();
    server.refusal = new Error("removed");
    server.show();
    expect(feed.read).toThrow("removed");
    server.refusal = null;
    server.show();
    expect(feed.read).not.toThrow();
  });
});

describe("a roster", () => {
  it("keeps the row of a member who was removed and added again", () => {
    const answer = { revision: 9, milestone: 8, complete: false, ended: [], sessions: [] };
    const before = applyChanges(undefined, { ...answer, complete: true, removed: [], members: [member("a", 1)] });
    const after = applyChanges(before, { ...answer, removed: ["a"], members: [member("a", 2)] });
    expect(after.members.get("a")?._creationTime).toBe(2);
  });

  it("leaves unchanged rows alone", () => {
    const server = new FakeFeed();
    server.setMember(member("a", 1));
    const before = applyChanges(undefined, server.answer({}));
    server.setSession(session("s", 2));
    const after = applyChanges(before, server.answer({ since: 1 }));
    expect(after.members).toBe(before.members);
  });

  it("lists the oldest first, with names that only this user may see", () => {
    const server = new FakeFeed();
    server.setMember(member("late", 2));
    server.setMember(member("early", 1, { displayName: "Early", avatarUrl: "https://example.org/e.png" }));
    const roster = applyChanges(undefined, server.answer({}));
    expect(listMembers(roster, [{ _id: "late", displayName: "Late" }]).map((one) => one.user)).toEqual([
      { _id: "early", displayName: "Early", avatarUrl: "https://example.org/e.png" },
      { _id: "late", displayName: "Late" },
    ]);
  });

  it("lists sessions with the grade of their connection", () => {
    const server = new FakeFeed();
    server.setSession(session("b", 2, { quality: "poor" }));
    server.setSession(session("a", 1));
    const listed = listSessions(applyChanges(undefined, server.answer({})));
    expect(listed.map((one) => [one.sessionId, one.connectionQuality])).toEqual([
      ["a", undefined],
      ["b", "poor"],
    ]);
  });
});
