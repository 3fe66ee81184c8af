import type { ReactNode } from "react";
import type { ListedMeeting } from "../api/functions";
import { Icon } from "../ui/Icon";
import { agendaOf } from "./agenda";
import { MeetingRow } from "./MeetingRow";
import { type MyMeetings, useMeetings, useNow } from "./useMeetings";

/** The user's meetings: today, upcoming and past. */
export function MeetingList() {
  const meetings = useMeetings();
  if (meetings === undefined) return <Skeleton />;
  if (meetings.coming.length + meetings.past.length === 0) return <NothingYet />;
  return <Lists {...meetings} />;
}

function Lists({ coming, past, more }: MyMeetings) {
  const now = useNow();
  const { today, upcoming, missed } = agendaOf(coming, now);
  const rows = (meetings: ListedMeeting[]) =>
    meetings.map((meeting) => <MeetingRow key={meeting._id} meeting={meeting} now={now} />);
  return (
    <>
      <Group title="Today" empty="Nothing is planned for today.">
        {rows(today)}
      </Group>
      <Group title="Upcoming">{rows(upcoming)}</Group>
      <Group title="Not started">{rows(missed)}</Group>
      <Group title="Past">{rows(past)}</Group>
      {more && (
        <button type="button" className="more" onClick={more}>
          Show more
        </button>
      )}
    </>
  );
}

function Group({ title, empty, children }: { title: string; empty?: string; children: ReactNode[] }) {
  if (children.length === 0 && !empty) return null;
  return (
    <section aria-label={title}>
      <h2 className="group-title">{title}</h2>
      {children.length === 0 ? <p className="muted">{empty}</p> : <ul className="meetings card">{children}</ul>}
    </section>
  );
}

function NothingYet() {
  return (
    <section className="nothing card">
      <Icon sign="calendar" />
      <div>
        <h2 className="nothing-title">No meetings yet</h2>
        <p className="muted">
          Start one now and send its link to the people you want to meet, plan one for later, or join one with a link
          that you were sent. Your meetings will be listed here.
        </p>
      </div>
    </section>
  );
}

function Skeleton() {
  return (
    <div className="skeleton" aria-busy="true">
      <p className="sr-only">Loading your meetings</p>
      <span />
      <span />
      <span />
    </div>
  );
}
