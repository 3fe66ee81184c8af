import { describe, expect, test } from "vitest";
import { Diverged, NotesDocument } from "../src/document";
import { apply } from "../src/ot/apply";
import type { Operation } from "../src/ot/change";

const BOUNDS = { changes: 500, inserted: 60_000 };
const text = (sequence: number, content: string) => ({ sequence, content, at: null });
const insert = (position: number, content: string): Operation => [{ position, length: 0, content }];
const foreign = (sequence: number, changes: Operation) => ({ sequence, kind: "edit", changes, at: 0 });
const own = (sequence: number, number: number, changes: Operation) => ({
  ...foreign(sequence, changes),
  clientId: "mine",
  number,
});

describe("a document", () => {
  test("a sent operation does not change, with any operations of others before it is sent again", () => {
    const document = NotesDocument.of(text(0, "text"), "mine");
    document.edit(insert(4, "!"));
    const sent = document.send(BOUNDS);
    expect(document.receive(foreign(1, insert(0, "new ")))).toEqual(insert(0, "new "));
    expect(document.send(BOUNDS)).toBe(sent);
    expect(sent).toEqual({ number: 1, sequence: 0, changes: insert(4, "!") });
    expect(document.receive(own(2, 1, insert(8, "!")))).toEqual([]);
    expect(document.text).toBe("new text!");
    expect(document.isPending).toBe(false);
  });

  test("another operation under the own number is never taken for the sent one", () => {
    const document = NotesDocument.of(text(0, "text"), "mine");
    document.edit(insert(4, "!"));
    document.send(BOUNDS);
    expect(() => document.receive(own(1, 1, insert(4, "?")))).toThrow(Diverged);
    expect(() => document.receive(own(2, 1, insert(4, "!")))).toThrow(Diverged);
  });

  test("text typed while another operation is under way goes out as one, under the next number", () => {
    const document = NotesDocument.of(text(7, ""), "mine");
    document.edit(insert(0, "a"));
    document.send(BOUNDS);
    document.edit(insert(1, "b"));
    document.edit(insert(2, "c"));
    document.receive(own(8, 1, insert(0, "a")));
    expect(document.send(BOUNDS)).toEqual({ number: 2, sequence: 8, sequenceAt: 0, changes: insert(1, "bc") });
  });

  test("after a return, text that the server has is not typed again, and the rest keeps its place", () => {
    const document = NotesDocument.of(text(0, "one two"), "mine");
    document.edit(insert(7, " three"));
    document.send(BOUNDS);
    document.edit(insert(13, " four"));
    const before = document.text;
    document.join();
    const changed = document.rebase(text(50, "ONE two three"), "mine");
    expect(document.text).toBe("ONE two three four");
    expect(apply(before, changed)).toBe(document.text);
    expect(document.send(BOUNDS)).toMatchObject({ number: 2, sequence: 50, changes: insert(13, " four") });
  });

  test("a refused operation waits, and its number is used again", () => {
    const document = NotesDocument.of(text(0, ""), "mine");
    document.edit(insert(0, "a"));
    document.send(BOUNDS);
    document.edit(insert(1, "b"));
    document.takeBack();
    expect(document.send(BOUNDS)).toEqual({ number: 1, sequence: 0, changes: insert(0, "ab") });
  });

  test("as another client it begins to count again", () => {
    const document = NotesDocument.of(text(0, ""), "mine");
    document.edit(insert(0, "a"));
    document.send(BOUNDS);
    document.takeBack();
    document.rebase(text(3, "xyz"), "other");
    expect(document.clientId).toBe("other");
    expect(document.send(BOUNDS)).toEqual({ number: 1, sequence: 3, changes: insert(0, "a") });
  });

  test("its record continues it exactly", () => {
    const document = NotesDocument.of(text(2, "text"), "mine");
    document.edit(insert(4, "!"));
    document.send(BOUNDS);
    document.edit(insert(0, "> "));
    const again = NotesDocument.from(structuredClone(document.record));
    for (const one of [document, again]) one.receive(foreign(3, insert(2, "-")));
    expect(again.record).toEqual(document.record);
    expect(again.text).toBe("> te-xt!");
  });
});
