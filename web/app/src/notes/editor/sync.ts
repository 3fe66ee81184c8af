/**
 * An editor joined to a session: what is typed goes to the session, what others do comes from it, and is not part of the
 * undo history. While an input method composes, others wait.
 */

import { Annotation, type ChangeSet, type Extension, Transaction } from "@codemirror/state";
import { type EditorView, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import { type NotesSession, normalize, type Operation, wellFormed } from "@connvo/notes";

/** Marks a transaction that the session knows already. */
export const fromSession = Annotation.define<boolean>();

/** How long after a composition the browser may still change the text of it. */
const SETTLE_MS = 50;

export function joined(session: NotesSession): Extension {
  return ViewPlugin.define(
    (view) => {
      session.release();
      const stop = session.on("remote", (changes) => show(view, changes));
      return {
        update: (update) => send(session, update),
        destroy: () => {
          stop();
          session.release();
        },
      };
    },
    {
      eventHandlers: {
        compositionstart: () => session.hold(),
        compositionend: (_event, view) => {
          setTimeout(() => {
            if (!view.composing) session.release();
          }, SETTLE_MS);
        },
      },
    },
  );
}

/** Return the changes of an editor as an operation. */
export function operationOf(changes: ChangeSet): Operation {
  const made: { position: number; length: number; content: string }[] = [];
  changes.iterChanges((from, to, _fromB, _toB, inserted) => {
    made.push({ position: from, length: to - from, content: inserted.toString() });
  }, true);
  return normalize(made);
}

/** Return an operation as the changes of an editor. */
export function changesOf(operation: Operation): { from: number; to: number; insert: string }[] {
  return operation.map(({ position, length, content }) => ({ from: position, to: position + length, insert: content }));
}

function show(view: EditorView, operation: Operation): void {
  view.dispatch({
    changes: changesOf(operation),
    annotations: [fromSession.of(true), Transaction.addToHistory.of(false)],
  });
}

function send(session: NotesSession, update: ViewUpdate): void {
  let edited = false;
  for (const transaction of update.transactions) {
    if (transaction.annotation(fromSession)) continue;
    edited ||= transaction.docChanged;
    if (transaction.docChanged) session.edit(storable(update.view, operationOf(transaction.changes)));
  }
  if (edited || update.transactions.some(({ selection }) => selection)) {
    const { anchor, head } = update.state.selection.main;
    session.select(anchor, head);
  }
}

/** Replace what the server would refuse, here and, in a moment, in the editor. It keeps its length. */
function storable(view: EditorView, operation: Operation): Operation {
  const clean = operation.map((one) => ({ ...one, content: wellFormed(one.content) }));
  if (clean.every(({ content }, at) => content === operation[at]?.content)) return operation;
  queueMicrotask(() => {
    const text = view.state.doc.toString();
    const wanted = wellFormed(text);
    const changes = [...wanted].length === 0 ? [] : differing(text, wanted);
    view.dispatch({ changes, annotations: [fromSession.of(true), Transaction.addToHistory.of(false)] });
  });
  return clean;
}

function differing(text: string, wanted: string): { from: number; to: number; insert: string }[] {
  const found: { from: number; to: number; insert: string }[] = [];
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== wanted[at]) found.push({ from: at, to: at + 1, insert: wanted[at] as string });
  }
  return found;
}
