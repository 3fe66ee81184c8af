import { type Meeting, type Member, nameOf, titleOf } from "../api/functions";
import { Icon } from "../ui/Icon";
import { dayAndClock } from "../ui/time";
import { hostedBy } from "./lobbyText";

/** The head of a meeting's pages: title, time and hosts. */
export function MeetingHead({ meeting, members, me }: { meeting: Meeting; members: Member[]; me: string }) {
  const hosts = members.filter((member) => member.role === "host");
  const names = hosts.map((member) => (member.userId === me ? "you" : nameOf(member.user)));
  return (
    <header className="lobby-head">
      <h1>
        <bdi>{titleOf(meeting)}</bdi>
      </h1>
      {meeting.scheduledAt && (
        <p className="muted">
          <Icon sign="clock" />
          <time dateTime={new Date(meeting.scheduledAt).toISOString()}>{dayAndClock(meeting.scheduledAt)}</time>
        </p>
      )}
      {hosts.length > 0 && (
        <p className="muted">
          <Icon sign="person" />
          <span>{hostedBy(names)}</span>
        </p>
      )}
    </header>
  );
}
