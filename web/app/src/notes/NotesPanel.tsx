import type { Meeting, Member } from "../api/functions";
import { SidePanel } from "../ui/SidePanel";
import { LazyNotes } from "./LazyNotes";

type Props = { meeting: Meeting; members: Member[]; me: string; onClose: () => void };

/** The notes beside the call. */
export function NotesPanel({ meeting, members, me, onClose }: Props) {
  return (
    <SidePanel title="Notes" className="notes-panel" onClose={onClose}>
      <LazyNotes meeting={meeting} members={members} me={me} start="write" />
    </SidePanel>
  );
}
