import { history, redo, undo } from "@codemirror/commands";
import { ChangeSet, EditorSelection, EditorState, type StateCommand, Transaction } from "@codemirror/state";
import { apply, MAX_TEXT, type Operation } from "@connvo/notes";
import { describe, expect, it } from "vitest";
import {
  continueList,
  emphasise,
  indentItem,
  outdentItem,
  toggleChecklist,
  toggleHeading,
  toggleList,
} from "../src/notes/editor/commands";
import { refused, refusing } from "../src/notes/editor/room";
import { changesOf, fromSession, operationOf } from "../src/notes/editor/sync";

/** A state from a text in which `|` marks the cursor, or the two ends of the selection. */
function stateOf(marked: string): EditorState {
  const [before = "", ...rest] = marked.split("|");
  const selection = EditorSelection.range(
    before.length,
    before.length + (rest.length > 1 ? (rest[0]?.length ?? 0) : 0),
  );
  return EditorState.create({ doc: marked.replaceAll("|", ""), selection });
}

function after(marked: string, command: StateCommand): string | false {
  let state = stateOf(marked);
  const dispatch = (transaction: Transaction) => {
    state = transaction.state;
  };
  if (!command({ state, dispatch })) return false;
  const { from, to } = state.selection.main;
  const text = state.doc.toString();
  return from === to
    ? `${text.slice(0, from)}|${text.slice(from)}`
    : `${text.slice(0, from)}|${text.slice(from, to)}|${text.slice(to)}`;
}

describe("Enter", () => {
  it.each([
    ["- one|", "- one\n- |"],
    ["- [x] one|", "- [x] one\n- [ ] |"],
    ["  2. two|", "  2. two\n  3. |"],
    ["> - quoted|", "> - quoted\n> - |"],
    ["- one| more", "- one\n- | more"],
  ])("goes on with the list: %j", (before, then) => expect(after(before, continueList)).toBe(then));

  it.each([
    ["- one\n- |", "- one\n|"],
    ["- [ ] |", "|"],
    ["  - |", "  |"],
  ])("ends the list on an empty item: %j", (before, then) => expect(after(before, continueList)).toBe(then));

  it.each(["text|", "|- one", "-|", "a\n|"])("does no more than it does elsewhere: %j", (before) => {
    expect(after(before, continueList)).toBe(false);
  });
});

describe("buttons", () => {
  it("make text bold, and no longer", () => {
    expect(after("a |word| b", emphasise("**"))).toBe("a **|word|** b");
    expect(after("a **|word|** b", emphasise("**"))).toBe("a |word| b");
    expect(after("a|", emphasise("**"))).toBe("a**|**");
  });

  it("make headings, lists and tasks of lines, and text again", () => {
    expect(after("title|", toggleHeading)).toBe("## title|");
    expect(after("# title|", toggleHeading)).toBe("## title|");
    expect(after("## title|", toggleHeading)).toBe("title|");
    expect(after("|a\n\nb|", toggleList)).toBe("- |a\n\n- b|");
    expect(after("|- a\n- b|", toggleChecklist)).toBe("|- [ ] a\n- [ ] b|");
    expect(after("- [x] a|", toggleChecklist)).toBe("a|");
  });
});

describe("Tab", () => {
  it("moves items in and out, and leaves the text elsewhere", () => {
    expect(after("- a|", indentItem)).toBe("  - a|");
    expect(after("  - a|", outdentItem)).toBe("- a|");
    expect(after("text|", indentItem)).toBe(false);
    expect(after("- a|", outdentItem)).toBe(false);
  });
});

describe("operations of the editor", () => {
  it("are those of the session, both ways", () => {
    const changes = ChangeSet.of(
      [
        { from: 1, to: 2, insert: "xy" },
        { from: 4, insert: "z" },
      ],
      6,
    );
    const operation = operationOf(changes);
    expect(operation).toEqual([
      { position: 1, length: 1, content: "xy" },
      { position: 4, length: 0, content: "z" },
    ]);
    expect(ChangeSet.of(changesOf(operation), 6).toJSON()).toEqual(changes.toJSON());
  });

  it("keep CRLF that others wrote as two units", () => {
    const state = EditorState.create({ doc: "a\r\nb", extensions: EditorState.lineSeparator.of("\n") });
    expect(state.doc.length).toBe(4);
    const { changes } = state.update({ changes: { from: 4, insert: "c" } });
    expect(apply("a\r\nb", operationOf(changes))).toBe("a\r\nbc");
  });
});

describe("an edit that the notes have no room for", () => {
  const before = EditorState.create({ doc: "x".repeat(MAX_TEXT - 10), extensions: refusing });
  const edit = (state: EditorState, insert: string, from = 0, to = from) =>
    state.update({ changes: { from, to, insert }, selection: { anchor: from } });

  it("is refused as a whole, with the room that is left", () => {
    const transaction = edit(before, "y".repeat(2_000_000));
    expect(transaction.state.doc.eq(before.doc)).toBe(true);
    expect(transaction.effects.filter((one) => one.is(refused)).map(({ value }) => value)).toEqual([10]);
    expect(edit(before, "y".repeat(11)).docChanged).toBe(false);
  });

  it("leaves later typing as it is, up to the last character", () => {
    const { state } = edit(edit(before, "y".repeat(11)).state, "y".repeat(10));
    expect(state.doc.length).toBe(MAX_TEXT);
    expect(edit(state, "z").docChanged).toBe(false);
    expect(edit(state, "z", 0, 1).docChanged).toBe(true);
  });

  it("may shorten a text that others have made too long", () => {
    const others = before.update({
      changes: { from: 0, insert: "y".repeat(100) },
      annotations: fromSession.of(true),
    });
    expect(others.state.doc.length).toBeGreaterThan(MAX_TEXT);
    expect(edit(others.state, "", 0, 5).docChanged).toBe(true);
    expect(edit(others.state, "z", 0, 1).docChanged).toBe(true);
    expect(edit(others.state, "z").docChanged).toBe(false);
  });
});

describe("undo", () => {
  const SEEDS = 40;

  /** A generator of random numbers that a seed repeats. */
  function seeded(seed: number): () => number {
    let state = seed;
    return () => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return state / 2_147_483_648;
    };
  }

  it("never takes the text of others, whatever was edited in between, and redo brings back the own", () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const random = seeded(seed);
      let state = EditorState.create({ doc: "base", extensions: [history()] });
      const dispatch = (transaction: Transaction) => {
        state = transaction.state;
      };
      const foreign: string[] = [];
      for (let step = 0; step < 30; step++) {
        const { length } = state.doc;
        const at = Math.floor(random() * (length + 1));
        if (random() < 0.5) {
          const character = String.fromCharCode(0x4e00 + foreign.length);
          foreign.push(character);
          const operation: Operation = [{ position: at, length: 0, content: character }];
          dispatch(state.update({ changes: changesOf(operation), annotations: Transaction.addToHistory.of(false) }));
        } else if (random() < 0.7) {
          dispatch(state.update({ changes: { from: at, insert: "own" }, userEvent: "input.type" }));
        }
        if (random() < 0.1) undo({ state, dispatch });
      }
      const whole = state.doc.toString();
      while (undo({ state, dispatch }));
      const undone = state.doc.toString();
      for (const character of foreign) expect(undone.split(character), `seed ${seed}`).toHaveLength(2);
      expect(undone.replace(/[\u4e00-\u9fff]/g, ""), `seed ${seed}`).toBe("base");
      while (redo({ state, dispatch }));
      for (const character of foreign) expect(state.doc.toString()).toContain(character);
      expect(state.doc.length).toBeGreaterThanOrEqual(whole.length);
    }
  });
});
