import type { Meeting, Member } from "../api/functions";
import { LazyNotes } from "./LazyNotes";

type Props = { meeting: Meeting; members: Member[]; me: string };

/** The notes on the pages before and after the call. */
export function NotesCard({ meeting, members, me }: Props) {
  return (
    <section className="card notes-card" aria-labelledby="notes-heading">
      <h2 id="notes-heading">Notes</h2>
      <LazyNotes meeting={meeting} members={members} me={me} start="read" />
    </section>
  );
}
