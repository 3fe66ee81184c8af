/** The notes hold only so much: an edit that does not fit is refused as a whole, so that no part of it is lost. */

import { EditorState, type Extension, StateEffect, type Transaction, type TransactionSpec } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { MAX_TEXT } from "@connvo/notes";
import { fromSession } from "./sync";

/** An edit was refused; the value is how many characters fit. */
export const refused = StateEffect.define<number>();

/** `say` receives how many characters fit when an edit was refused, and null with the next edit. */
export function bounded(say: (room: number | null) => void): Extension {
  return [
    refusing,
    EditorView.updateListener.of(({ transactions }) => {
      for (const transaction of transactions) {
        const found = transaction.effects.find((effect) => effect.is(refused));
        if (found) say(found.value);
        else if (transaction.docChanged && !transaction.annotation(fromSession)) say(null);
      }
    }),
  ];
}

/** Refuse edits that make a text longer than the server takes. Edits of others are shown in any case. */
export const refusing = EditorState.transactionFilter.of((transaction: Transaction): TransactionSpec => {
  const { length, newLength } = transaction.changes;
  if (transaction.annotation(fromSession) || newLength <= Math.max(MAX_TEXT, length)) return transaction;
  return { effects: refused.of(Math.max(0, MAX_TEXT - length)) };
});
