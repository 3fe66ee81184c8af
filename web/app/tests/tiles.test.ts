import type { PeerView } from "@connvo/rtc";
import { describe, expect, it } from "vitest";
import type { Session } from "../src/api/functions";
import { peerTiles, screensOf, withPresenterFirst } from "../src/call/layout/tiles";
import { elapsed } from "../src/ui/time";

const peer = (userId: string) => ({ userId }) as PeerView;
const session = (userId: string, screen: boolean) =>
  ({ userId, metadata: { audio: true, video: true, screen } }) as Session;

describe("the tiles of a call", () => {
  it("has one for everybody, and a face beside each shared screen", () => {
    const tiles = peerTiles([peer("ada"), peer("ben")], [session("ada", true), session("ben", false)]);
    expect(tiles.map(({ id, screen, face }) => [id, screen, face])).toEqual([
      ["ada", true, false],
      ["ada:face", false, true],
      ["ben", false, false],
    ]);
  });

  it("goes by the newest session of a person", () => {
    const tiles = peerTiles([peer("ada")], [session("ada", true), session("ada", false)]);
    expect(tiles.map(({ id, screen }) => [id, screen])).toEqual([["ada", false]]);
  });

  it("keeps screens in the order in which they came", () => {
    const sharing = (...ids: string[]) =>
      peerTiles(
        ["ada", "ben", "cy"].map(peer),
        ids.map((id) => session(id, true)),
      );
    const first = screensOf(sharing("ben"), []);
    const both = screensOf(sharing("ada", "ben"), first);
    expect(both).toEqual(["ben", "ada"]);
    expect(screensOf(sharing("ada", "cy"), both)).toEqual(["ada", "cy"]);
  });

  it("puts the presenter and other screens first, and only those", () => {
    const order = ["me", "ada", "ada:face", "ben", "ben:face", "cy"];
    const sorted = withPresenterFirst(order, "ben", ["ada", "ben"]);
    expect(sorted).toEqual(["ben:face", "ada", "ben", "me", "ada:face", "cy"]);
    expect(withPresenterFirst(["me", "cy"], "cy", [])).toEqual(["me", "cy"]);
  });
});

it.each([
  [0, "0:00"],
  [65_900, "1:05"],
  [3_600_000, "1:00:00"],
  [3_723_000, "1:02:03"],
])("shows a running time of %i ms as %s", (ms, shown) => {
  expect(elapsed(ms)).toBe(shown);
});
