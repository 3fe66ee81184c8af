/** A server's feed of a roster, by the rules of `model/changes.py`, and the questions of its clients. */

import type { Since, Watch } from "../src/api/feed";
import type { RosterChanges, RosterMember, RosterSession } from "../src/roster/roster";

export const STEP = 4;

type Row<T> = { row: T; revision: number };

export class FakeFeed {
  readonly members = new Map<string, Row<RosterMember>>();
  readonly sessions = new Map<string, Row<RosterSession>>();
  private readonly gone: { key: string; ended: boolean; revision: number }[] = [];
  private readonly callbacks = new Map<() => void, Since>();
  private revision = 0;
  private floor = 0;
  refusal: Error | null = null;

  /** The questions that are asked now. */
  get asked(): Since[] {
    return [...this.callbacks.values()];
  }

  setMember(row: RosterMember): void {
    this.revision += 1;
    this.members.set(row.userId, { row, revision: this.revision });
  }

  setSession(row: RosterSession): void {
    this.revision += 1;
    this.sessions.set(row.sessionId, { row, revision: this.revision });
  }

  remove(key: string, ended: boolean): void {
    if (!(ended ? this.sessions : this.members).delete(key)) return;
    this.revision += 1;
    this.gone.push({ key, ended, revision: this.revision });
  }

  /** Have every client ask for the whole list. */
  forget(): void {
    this.floor = this.revision += 1;
  }

  answer({ since }: Since): RosterChanges {
    const known = since !== undefined && since >= this.floor && since <= this.revision ? since : null;
    const after = known ?? -1;
    const newer = <T>(rows: Map<string, Row<T>>) =>
      [...rows.values()].filter((one) => one.revision > after).map((one) => one.row);
    const gone = known === null ? [] : this.gone.filter((one) => one.revision > after);
    return {
      revision: this.revision,
      milestone: Math.max(this.revision - (this.revision % STEP), this.floor),
      complete: known === null,
      removed: gone.filter((one) => !one.ended).map((one) => one.key),
      ended: gone.filter((one) => one.ended).map((one) => one.key),
      members: newer(this.members),
      sessions: newer(this.sessions),
    };
  }

  /** Show the present answers to everybody who asks. */
  show(): void {
    for (const callback of [...this.callbacks.keys()]) if (this.callbacks.has(callback)) callback();
  }

  readonly watch = (since: Since): Watch<RosterChanges> => {
    let newest: RosterChanges | undefined;
    return {
      onUpdate: (callback) => {
        const hear = () => {
          newest = this.answer(since);
          callback();
        };
        this.callbacks.set(hear, since);
        return () => this.callbacks.delete(hear);
      },
      localQueryResult: () => {
        if (newest && this.refusal) throw this.refusal;
        return newest;
      },
    };
  };
}

export function member(userId: string, at: number, rest: Partial<RosterMember> = {}): RosterMember {
  return { userId, _creationTime: at, role: "participant", presence: "joined", ...rest };
}

export function session(sessionId: string, at: number, rest: Partial<RosterSession> = {}): RosterSession {
  return { sessionId, _creationTime: at, userId: `user of ${sessionId}`, state: "connected", ...rest };
}
