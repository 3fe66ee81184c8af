import { type ReactNode, useState } from "react";
import { type Meeting, type Member, messageOf, type User } from "../api/functions";
import { meetingAddress, saveToCalendar } from "../home/saveToCalendar";
import { InviteEmail } from "../members/InviteEmail";
import { InviteLink, mayInvite, useInvitation } from "../members/InviteLink";
import { NotesCard } from "../notes/NotesCard";
import { Icon } from "../ui/Icon";
import { TopBar } from "../ui/TopBar";
import { Cancelling, Opening } from "./Entrance";
import { MeetingHead } from "./MeetingHead";
import "./Lobby.css";
import { whenInWords } from "../ui/wallClock";

type Props = {
  meeting: Meeting;
  members: Member[];
  me: User;
  account: ReactNode;
  startsAt: number;
  now: number;
};

/** Long before a meeting: its time, and the link to share. No device is opened. */
export function Planned({ meeting, members, me, account, startsAt, now }: Props) {
  const host = meeting.userRole === "host";
  return (
    <>
      <TopBar>{account}</TopBar>
      <main className="planned">
        <MeetingHead meeting={meeting} members={members} me={me._id} />
        <section aria-label="Before the meeting" className="card entrance">
          <p className="alert" role="status">
            <Icon sign="calendar" />
            <span>
              <strong>Planned for {whenInWords(startsAt, now)}.</strong>{" "}
              {host
                ? "Send the link to the people you want to meet."
                : "You can join here as soon as a host starts it."}
            </span>
          </p>
          {mayInvite(meeting) && <InviteLink meetingId={meeting._id} host={host} />}
          {host && <InviteEmail meetingId={meeting._id} />}
          <SaveToCalendar meeting={meeting} startsAt={startsAt} host={host} />
          {host && <Opening meetingId={meeting._id} early />}
          {host && <Cancelling meetingId={meeting._id} />}
        </section>
        <NotesCard meeting={meeting} members={members} me={me._id} />
      </main>
    </>
  );
}

function SaveToCalendar({ meeting, startsAt, host }: { meeting: Meeting; startsAt: number; host: boolean }) {
  const { make } = useInvitation(meeting._id, host);
  const [fault, setFault] = useState<string | null>(null);

  async function save() {
    try {
      saveToCalendar(meeting, startsAt, host ? await make() : meetingAddress(meeting._id));
    } catch (reason) {
      setFault(messageOf(reason));
    }
  }

  return (
    <>
      <button type="button" onClick={() => void save()}>
        <Icon sign="calendar" />
        <span>Save as calendar file</span>
      </button>
      {fault && <p role="alert">{fault}</p>}
    </>
  );
}
