/** Captions on the screen, and the transcript in pages. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { firstLanguage, languages } from "../src/captions/languages";
import { mayHear, modeOf } from "../src/captions/mode";
import { EMPTY, followed, nextEnd, type Screen, shownOn } from "../src/captions/overlay";
import {
  chunksOn,
  gapBetween,
  goesOn,
  MAX_PAGES,
  PAGE_CHUNKS,
  pageOf,
  rangeAround,
  searched,
  widened,
} from "../src/captions/pages";
import { recordedAt } from "../src/captions/recorded";
import { settingsFrom } from "../src/captions/settings";
import { changeInWords, modeInWords, problemOf, questionFor } from "../src/captions/statusText";
import type { Chunk, LiveCaption, Transcription } from "../src/captions/types";
import { inParagraphs } from "../src/captions/wholeText";
import { widthOf, wrapped } from "../src/captions/wrapping";

const COLUMNS = 20;
const words = fc.array(fc.stringMatching(/^[a-z]{1,30}$/), { minLength: 1, maxLength: 40 });

describe("lines", () => {
  it("have at most so many columns, and all words", () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 42 }), (some, columns) => {
        const lines = wrapped(some.join(" "), columns);
        expect(lines.every((line) => widthOf(line) <= columns)).toBe(true);
        expect(lines.join("").replaceAll(" ", "")).toBe(some.join(""));
      }),
    );
  });

  it("stay as they are while words are added", () => {
    fc.assert(
      fc.property(words, words, (some, more) => {
        const before = wrapped(some.join(" "), COLUMNS);
        const after = wrapped([...some, ...more].join(" "), COLUMNS);
        expect(after.slice(0, before.length - 1)).toEqual(before.slice(0, -1));
        expect(after[before.length - 1]?.startsWith(before.at(-1) ?? "")).toBe(true);
      }),
    );
  });

  it.each([
    ["", []],
    ["one two three", ["one two", "three"]],
    ["extraordinary", ["extraord", "inary"]],
    ["解析機関の計画", ["解析機関", "の計画"]],
    ["👩‍👩‍👧‍👦 family", ["👩‍👩‍👧‍👦 family"]],
    ["שלום לכולם", ["שלום", "לכולם"]],
  ])("of %j", (text, lines) => expect(wrapped(text, 8)).toEqual(lines));
});

let nextId = 0;
function said(speakerId: string, text: string, isInterim = false, id = `c${nextId++}`): LiveCaption {
  const speaker = { _id: speakerId, displayName: speakerId.toUpperCase() };
  return { _id: id, speakerId, speaker, text, isInterim, startMs: 0, endMs: 0, createdAt: 0 };
}

describe("the screen", () => {
  const follow = (screen: Screen, now: number, ...captions: LiveCaption[]) => followed(screen, captions, COLUMNS, now);
  const lines = (screen: Screen, now: number) => shownOn(screen, COLUMNS, now).map((one) => [one.name, ...one.lines]);

  it("has the words while they are spoken, and the final ones in their place", () => {
    let screen = follow(EMPTY, 0, said("a", "good mor", true));
    expect(lines(screen, 0)).toEqual([["A", "good mor"]]);
    screen = follow(screen, 600, said("a", "good morning every", true));
    expect(lines(screen, 600)).toEqual([["A", "good morning every"]]);
    const final = said("a", "Good morning, everyone.");
    screen = follow(screen, 900, final);
    expect(lines(screen, 900)).toEqual([["A", "Good morning,", "everyone."]]);
    screen = follow(screen, 1_000, final, said("a", "Shall", true));
    expect(lines(screen, 1_000)).toEqual([["A", "Good morning,", "everyone. Shall"]]);
  });

  it("goes on with a text whose beginning the server has forgotten", () => {
    const first = said("a", "One two three four five six");
    let screen = follow(EMPTY, 0, first, said("a", "seven", true));
    const before = lines(screen, 0);
    screen = follow(screen, 100, said("a", "seven", true));
    expect(lines(screen, 100)).toEqual(before);
  });

  it("shows two lines a speaker, and three speakers, in the order in which they began", () => {
    const captions = ["a", "b", "c", "d"].map((name) => said(name, "some words that take more than only two lines"));
    let screen = EMPTY;
    captions.forEach((_, place) => {
      screen = follow(screen, place, ...captions.slice(0, place + 1));
    });
    const shown = shownOn(screen, COLUMNS, 10);
    expect(shown.map((one) => one.name)).toEqual(["B", "C", "D"]);
    expect(shown.every((one) => one.lines.length === 2)).toBe(true);
  });

  it("is empty four seconds after the last change, and does not bring old words back", () => {
    const final = said("a", "Bye");
    const screen = follow(EMPTY, 1_000, final);
    expect(nextEnd(screen, 1_000)).toBe(5_000);
    expect(lines(screen, 4_999)).toHaveLength(1);
    expect(lines(screen, 5_000)).toEqual([]);
    expect(lines(follow(screen, 6_000, final), 6_000)).toEqual([]);
  });

  it("keeps words that are being spoken, and drops those that were taken back", () => {
    let screen = follow(EMPTY, 0, said("a", "well", true));
    expect(nextEnd(screen, 0)).toBeNull();
    expect(lines(screen, 9_000)).toHaveLength(1);
    screen = follow(screen, 9_000);
    expect(lines(screen, 9_000)).toEqual([]);
  });
});

function chunk(sequence: number, more: Partial<Chunk> = {}): Chunk {
  const speaker = { _id: "a", displayName: "Ada" };
  const times = { startMs: sequence * 2_000, endMs: sequence * 2_000 + 1_000 };
  return {
    _id: `c${sequence}`,
    sequence,
    speakerId: "a",
    speaker,
    text: `word ${sequence}`,
    ...times,
    revision: 0,
    ...more,
  };
}

describe("pages", () => {
  it("have fixed sequences", () => {
    expect([1, PAGE_CHUNKS, PAGE_CHUNKS + 1].map(pageOf)).toEqual([0, 0, 1]);
    expect(chunksOn(0, [chunk(49), chunk(51)]).map((one) => one.sequence)).toEqual([49]);
  });

  it("around a sequence have words before it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), (sequence) => {
        const { first, last } = rangeAround(sequence);
        expect(last).toBe(pageOf(sequence));
        expect(first * PAGE_CHUNKS + 1 <= Math.max(1, sequence - PAGE_CHUNKS / 2)).toBe(true);
        expect(last - first).toBeLessThan(2);
      }),
    );
  });

  it("are never too many, however far one goes", () => {
    const steps = fc.array(fc.constantFrom(-1 as const, 1 as const), { maxLength: 60 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 30 }), (moves, lastPage) => {
        let range = { first: lastPage, last: lastPage };
        for (const move of moves) {
          const next = widened(range, move, lastPage);
          expect(next.last - next.first).toBeLessThan(MAX_PAGES);
          expect(next.first <= range.last && next.last >= range.first).toBe(true);
          expect(next.first >= 0 && next.last <= lastPage).toBe(true);
          range = next;
        }
      }),
    );
  });

  it("say where words are missing", () => {
    expect(gapBetween(undefined, chunk(7))).toBeNull();
    expect(gapBetween(chunk(1), chunk(2))).toBeNull();
    expect(gapBetween(chunk(1), chunk(3))).toEqual({ kind: "deleted" });
    expect(gapBetween(chunk(1), chunk(2, { startMs: 183_000 }))).toEqual({ kind: "silence", silentMs: 180_000 });
  });

  it("put the words of one speaker together", () => {
    const other = chunk(3, { speakerId: "b", speaker: { _id: "b", displayName: "Ben" } });
    expect([goesOn(chunk(1), chunk(2)), goesOn(chunk(2), other), goesOn(undefined, chunk(1))]).toEqual([
      true,
      false,
      false,
    ]);
    expect(inParagraphs([chunk(1), chunk(2), other], String)).toBe("2000 Ada: word 1 word 2\n\n6000 Ben: word 3");
  });
});

it.each([
  ["", null],
  [" ?! … ", null],
  [" the  mill ", "the mill"],
  ["a b c d e f g h i j k l m n", "a b c d e f g h i j k l"],
])("searches %j as %j", (typed, text) => expect(searched(typed)).toBe(text));

it.each([null, "", "nonsense", "[]", "7", '{"size":"XXL","shown":1}'])("settings from %j are complete", (text) => {
  expect(settingsFrom(text)).toEqual({ shown: true, size: "M", strong: false, aloud: false });
});

it.each([
  ["en-GB", [], "en"],
  ["nn", [], "nb"],
  ["pl", ["de", "en"], "de"],
  ["EN", ["de", "en"], "en"],
])("begins with %s among %j as %s", (wanted, known, tag) => {
  expect(firstLanguage(wanted, known)).toBe(tag);
  expect(languages(known).map((one) => one.tag)).toContain(tag);
});

describe("words", () => {
  const ON: Transcription = {
    mode: "captions",
    state: "active",
    canStart: [],
    canStop: false,
    mustAnswer: false,
    refused: [],
    engine: "moonshine",
    languages: ["en"],
  };
  const GOOD = { link: "open", reason: null, retryAt: null, behind: false, lost: 0 } as const;

  it("say what is on", () => {
    expect(modeOf({ ...ON, mode: "off" })).toBe("transcript");
    expect(modeOf({ ...ON, mode: "off", state: "paused" })).toBe("off");
    expect(modeInWords({ ...ON, mode: "off" })).toBe("Words that members deliver themselves are kept.");
    expect(modeInWords({ ...ON, mode: "off", state: "paused" })).toBe("Captions are off.");
    expect(modeInWords({ ...ON, changedBy: { _id: "a", displayName: "Ada" }, since: 0 })).toMatch(
      /Turned on by Ada at /,
    );
  });

  it("say what is wrong, the whole meeting's troubles first", () => {
    expect(problemOf(ON, GOOD)).toBeNull();
    expect(problemOf(ON, null)).toBeNull();
    const { engine: _, ...bare } = ON;
    expect(problemOf({ ...bare, pauseReason: "engine" }, null)).toMatch(/has not installed an engine/);
    expect(problemOf({ ...ON, pauseReason: "engine" }, { ...GOOD, link: "away" })).toMatch(/no answer from the engine/);
    expect(problemOf(ON, { ...GOOD, link: "paused", reason: "budget" })).toMatch(/minutes/);
    expect(problemOf(ON, { ...GOOD, link: "deaf" })).toMatch(/no sound output/);
    expect(problemOf(ON, { ...GOOD, behind: true })).toBe("Captions are behind.");
    expect(problemOf({ ...ON, mode: "off", pauseReason: "off" }, GOOD)).toBeNull();
  });

  it("say whose speech may be sent: only of those who allowed what is on", () => {
    expect(mayHear({ ...ON, allowed: true })).toBe(true);
    expect(
      [{}, { allowed: false }, { allowed: true, mustAnswer: true }, { allowed: true, mode: "off" as const }].map(
        (more) => mayHear({ ...ON, ...more }),
      ),
    ).toEqual([false, false, false, false]);
  });

  it("announce changes", () => {
    expect(changeInWords("captions", "captions", "Ada")).toBeNull();
    expect(changeInWords("captions", "transcript", "Ada")).toBe("Ada keeps a transcript of this call.");
    expect(changeInWords("transcript", "captions", "Ada")).toMatch(/ended/);
    expect(changeInWords("captions", "off", null)).toBe("Captions are off.");
  });
});

describe("the question for one's words", () => {
  const ada = { _id: "u1", displayName: "Ada" };

  it.each([
    ["transcript", "u2", "Ada keeps a transcript. May your words be in it?", "Put my words in"],
    ["transcript", "u1", "You keep a transcript. May your words be in it?", "Put my words in"],
    ["captions", "u2", "Ada has turned on captions. May your words be shown?", "Show my words"],
    ["captions", "u1", "You have turned on captions. May your words be shown?", "Show my words"],
  ] as const)("names who turned on the %s to %s", (mode, me, title, yes) => {
    expect(questionFor({ mode, changedBy: ada }, me)).toMatchObject({ title, yes });
  });

  it("names a host where nobody is known", () => {
    expect(questionFor({ mode: "transcript" }, "u1").title).toMatch(/^A host keeps/);
  });
});

describe("the recording of words", () => {
  const files = [
    { name: "first", startedAt: 10_000, endedAt: 20_000, url: "https://files.example.org/first.mp4" },
    { name: "on this machine", startedAt: 30_000, endedAt: 40_000 },
    { name: "odd", startedAt: 50_000, endedAt: 60_000, url: "javascript:alert(1)" },
    { name: "last", startedAt: 70_000, url: "https://files.example.org/last.mp4" },
  ];
  const recordings = [
    { _id: "r", state: "ready" as const, files },
    { _id: "q", state: "failed" as const },
  ];

  it("is opened at their moment", () => {
    expect(recordedAt(recordings, 13_900)).toBe("https://files.example.org/first.mp4#t=3");
    expect(recordedAt(recordings, 75_000)).toBe("https://files.example.org/last.mp4#t=5");
  });

  it("is not offered where no file that can be opened has them", () => {
    for (const at of [9_999, 20_000, 35_000, 55_000]) expect(recordedAt(recordings, at)).toBeNull();
  });
});
