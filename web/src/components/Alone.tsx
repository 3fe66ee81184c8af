import { InviteLink } from "./InviteLink";

/** Shown while nobody else is in the call. Only hosts can make the link. */
export function Alone({ meetingId, host }: { meetingId: string; host: boolean }) {
  return (
    <section className="alone" aria-labelledby="alone">
      <h2 id="alone">You are the only one here</h2>
      <p className="muted">
        {host
          ? "Send the invitation link to the people you want to meet."
          : "Others come in with the invitation link that you were given."}
      </p>
      {host && <InviteLink meetingId={meetingId} />}
    </section>
  );
}
