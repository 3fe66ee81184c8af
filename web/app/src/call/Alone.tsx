import type { Meeting } from "../api/functions";
import { InviteLink, mayInvite } from "../members/InviteLink";

/** Shown while no other member is in the call. */
export function Alone({ meeting }: { meeting: Meeting }) {
  const invites = mayInvite(meeting);
  return (
    <section className="alone" aria-labelledby="alone">
      <h2 id="alone">You are the only one here</h2>
      <p className="muted">
        {invites
          ? "Send the invitation link to the people you want to meet."
          : "Others join with the invitation link. Hosts can send it to them."}
      </p>
      {invites && <InviteLink meetingId={meeting._id} host={meeting.userRole === "host"} />}
    </section>
  );
}
