import type { NotesSession } from "@connvo/notes";
import { useMutation } from "convex/react";
import { lazy, Suspense, useCallback, useState } from "react";
import { api, type Meeting, type Member, messageOf, nameOf, titleOf } from "../api/functions";
import { copyText } from "../ui/copyText";
import { Icon } from "../ui/Icon";
import { Menu, MenuGroup, MenuItem } from "../ui/Menu";
import { type Format, saveNotes } from "./exports";
import { Printing } from "./Printing";
import { usePresence } from "./presence";
import { Reading } from "./Reading";
import { StatusLine } from "./StatusLine";
import { useAccess, useIsOpen, useNotes, useText } from "./useNotes";
import { Versions } from "./Versions";
import "./Notes.css";

const Writing = lazy(() => import("./Writing"));

type Mode = "write" | "read";
type Props = { meeting: Meeting; members: Member[]; me: string; start: "write" | "read" };

/** The notes of a meeting: to write together, to read, and in earlier versions. */
export function Notes({ meeting, members, me, start }: Props) {
  const session = useNotes(me, meeting._id);
  if (!session) return null;
  return <Open session={session} meeting={meeting} members={members} start={start} />;
}

type OpenProps = { session: NotesSession; meeting: Meeting; members: Member[]; start: "write" | "read" };

function Open({ session, meeting, members, start }: OpenProps) {
  const open = useIsOpen(session);
  const access = useAccess(session);
  const [chosen, setChosen] = useState<Mode>(start);
  const [listing, setListing] = useState(false);
  const [printing, setPrinting] = useState<string | null>(null);
  const [said, setSaid] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const setLocked = useMutation(api.lockNotes);
  const printed = useCallback(() => setPrinting(null), []);
  const nameById = useCallback(
    (userId: string) => nameOf(members.find((one) => one.userId === userId)?.user),
    [members],
  );
  const heard = usePresence(session, nameById);
  const observes = meeting.userRole === "observer";
  const canWrite = access?.canWrite ?? !observes;
  const mode = observes && chosen === "write" ? "read" : chosen;
  const text = () => session.text ?? "";
  const lock = (locked: boolean) =>
    void setLocked({ meetingId: meeting._id, locked }).then(
      () => setFault(null),
      (reason) => setFault(messageOf(reason)),
    );
  return (
    <div className="notes">
      {!listing && (
        <div className="notes-bar">
          {!observes && <ModeSwitch mode={mode} onMode={setChosen} />}
          <span className="notes-space" />
          <NotesMenu
            locked={access?.locked ?? false}
            onLock={access?.canManage ? lock : null}
            onVersions={() => setListing(true)}
            onSave={(format) => saveNotes(titleOf(meeting), text(), format)}
            onCopy={() =>
              void copyText(text()).then((done) => setSaid(done ? "Copied." : "Copying is not allowed here."))
            }
            onPrint={() => setPrinting(text())}
          />
        </div>
      )}
      {access?.locked && <Locked canWrite={canWrite} onUnlock={access.canManage ? () => lock(false) : null} />}
      {fault && <p role="alert">{fault}</p>}
      {!open && <p className="muted notes-scroll">Opening the notes …</p>}
      {open && !listing && mode === "write" && (
        <Suspense fallback={<p className="muted notes-scroll">Opening the notes …</p>}>
          <Writing session={session} readOnly={!canWrite} />
        </Suspense>
      )}
      {open && !listing && mode === "read" && (
        <Read session={session} canWrite={canWrite} onWrite={() => setChosen("write")} />
      )}
      {listing && (
        <Versions
          meetingId={meeting._id}
          canManage={access?.canManage ?? false}
          onBack={() => setListing(false)}
          onRestored={() => {
            setListing(false);
            setChosen(start);
            setSaid("The version is restored.");
          }}
        />
      )}
      <StatusLine session={session} />
      <p role="status" className="sr-only">
        {said}
      </p>
      <p role="status" className="sr-only">
        {heard}
      </p>
      {printing !== null && <Printing title={titleOf(meeting)} text={printing} onDone={printed} />}
    </div>
  );
}

function ModeSwitch({ mode, onMode }: { mode: Mode; onMode: (mode: Mode) => void }) {
  return (
    <fieldset className="segments">
      <legend className="sr-only">View</legend>
      {(["write", "read"] as const).map((one) => (
        <button key={one} type="button" className="small" aria-pressed={mode === one} onClick={() => onMode(one)}>
          {one === "write" ? "Write" : "Read"}
        </button>
      ))}
    </fieldset>
  );
}

function Locked({ canWrite, onUnlock }: { canWrite: boolean; onUnlock: (() => void) | null }) {
  return (
    <p className="alert notes-locked">
      <Icon sign="lock" />
      <span>{canWrite ? "Locked: only hosts can write." : "A host has locked the notes. You can read them."}</span>
      {onUnlock && (
        <button type="button" className="small" onClick={onUnlock}>
          Unlock
        </button>
      )}
    </p>
  );
}

const BOX = /^\[[ xX]\]$/;

function Read({ session, canWrite, onWrite }: { session: NotesSession; canWrite: boolean; onWrite: () => void }) {
  const text = useText(session);
  if (text.trim() === "") {
    return (
      <div className="notes-scroll notes-none">
        <p className="muted">
          No notes yet. Everything written here stays with the meeting, before, during and after the call.
        </p>
        {canWrite && (
          <button type="button" onClick={onWrite}>
            Write notes
          </button>
        )}
      </div>
    );
  }
  const check = (at: number, checked: boolean) => {
    // Others may have moved it since this text was shown.
    if (!BOX.test(session.text?.slice(at - 1, at + 2) ?? "")) return;
    session.change([{ position: at, length: 1, content: checked ? "x" : " " }]);
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable content has to be reachable by keyboard
    <section className="notes-scroll" tabIndex={0} aria-label="Notes">
      <Reading text={text} onToggle={canWrite ? check : undefined} />
    </section>
  );
}

type MenuProps = {
  locked: boolean;
  /** For hosts. */
  onLock: ((locked: boolean) => void) | null;
  onVersions: () => void;
  onSave: (format: Format) => void;
  onCopy: () => void;
  onPrint: () => void;
};

function NotesMenu({ locked, onLock, onVersions, onSave, onCopy, onPrint }: MenuProps) {
  return (
    <Menu label="Options for the notes" className="quiet icon-button small" button={<Icon sign="more" />}>
      <MenuItem sign="clock" onClick={onVersions}>
        Earlier versions
      </MenuItem>
      {onLock && (
        <MenuItem sign={locked ? "unlock" : "lock"} onClick={() => onLock(!locked)}>
          {locked ? "Unlock for everyone" : "Lock: only hosts write"}
        </MenuItem>
      )}
      <hr />
      <MenuGroup label="Take along">
        <MenuItem sign="copy" onClick={onCopy}>
          Copy everything
        </MenuItem>
        <MenuItem sign="download" onClick={() => onSave("markdown")}>
          Save as Markdown
        </MenuItem>
        <MenuItem sign="download" onClick={() => onSave("text")}>
          Save as text
        </MenuItem>
        <MenuItem sign="download" onClick={() => onSave("html")}>
          Save as web page
        </MenuItem>
        <MenuItem sign="print" onClick={onPrint}>
          Print
        </MenuItem>
      </MenuGroup>
    </Menu>
  );
}
