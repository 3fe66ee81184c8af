import { useMutation, useQuery } from "convex/react";
import { useState } from "react";
import { api, type Meeting, messageOf, nameOf, type User } from "../api";
import { Icon } from "../components/Icon";
import { useInvitation } from "../components/InviteLink";
import { go } from "../router";
import { dayAndClock } from "../time";

/** My meetings, live, and the way to a new one. */
export function Home({ me, onSignOut }: { me: User; onSignOut: () => void }) {
  const meetings = useQuery(api.listUserMeetings, { limit: 50 });
  return (
    <main className="wide">
      <header className="bar">
        <h1>My meetings</h1>
        <span className="row">
          <span className="muted">{nameOf(me)}</span>
          <button type="button" className="quiet" onClick={onSignOut}>
            Sign out
          </button>
        </span>
      </header>
      <NewMeeting name={nameOf(me)} />
      <Meetings meetings={meetings} />
      <footer className="muted">
        <a href="/diagnostics">Check my connection</a> · <a href="/docs">API reference</a>
      </footer>
    </main>
  );
}

function NewMeeting({ name }: { name: string }) {
  const create = useMutation(api.createMeeting);
  const start = useMutation(api.startMeeting);
  const [title, setTitle] = useState("");
  const [when, setWhen] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function submit() {
    setBusy(true);
    try {
      const scheduledAt = when ? new Date(when).getTime() : undefined;
      const { meetingId } = await create({
        title: title.trim() || `Meeting of ${name}`,
        ...(scheduledAt !== undefined && { scheduledAt }),
      });
      if (scheduledAt === undefined) await start({ meetingId });
      go(`/m/${meetingId}`);
    } catch (reason) {
      setError(messageOf(reason));
      setBusy(false);
    }
  }

  return (
    <form
      className="card row new"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <label className="grow">
        Title
        <input
          value={title}
          onChange={(event) => setTitle(event.target.value)}
          maxLength={200}
          dir="auto"
          placeholder={`Meeting of ${name}`}
        />
      </label>
      <label>
        When
        <input type="datetime-local" value={when} onChange={(event) => setWhen(event.target.value)} />
      </label>
      <button type="submit" className="primary" disabled={busy}>
        {when ? "Schedule" : "Meet now"}
      </button>
      {error && <p role="alert">{error}</p>}
    </form>
  );
}

function Meetings({ meetings }: { meetings: Meeting[] | undefined }) {
  if (meetings === undefined) return <p aria-busy="true">Loading …</p>;
  if (meetings.length === 0) return <p className="muted">No meetings yet. Make one, and send its link to somebody.</p>;
  return (
    <ul className="meetings">
      {meetings.map((meeting) => (
        <Entry key={meeting._id} meeting={meeting} />
      ))}
    </ul>
  );
}

function Entry({ meeting }: { meeting: Meeting }) {
  const path = `/m/${meeting._id}`;
  const open = meeting.state === "active" || meeting.state === "scheduled";
  return (
    <li>
      <a
        href={path}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey) return;
          event.preventDefault();
          go(path);
        }}
      >
        <bdi>
          <strong>{meeting.title}</strong>
        </bdi>
        <time className="muted">{dayAndClock(meeting.scheduledAt ?? meeting.createdAt)}</time>
        <span className="tag" data-state={meeting.state}>
          {meeting.state === "active" ? "now" : meeting.state}
        </span>
      </a>
      {open && meeting.userRole === "host" && <Invitation meeting={meeting} />}
    </li>
  );
}

function Invitation({ meeting }: { meeting: Meeting }) {
  const { address, said, copy } = useInvitation(meeting._id);
  return (
    <>
      <button type="button" title="Copy invitation link" onClick={() => void copy()}>
        <Icon sign="link" />
        <span className="sr-only">Copy invitation link of {meeting.title}</span>
      </button>
      {address && <input readOnly value={address} aria-label={`Invitation link of ${meeting.title}`} />}
      <p role="status" className="said muted">
        {said}
      </p>
    </>
  );
}
