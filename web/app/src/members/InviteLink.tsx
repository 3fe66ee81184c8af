import { useMutation, useQuery } from "convex/react";
import { useState } from "react";
import { api, type Meeting, messageOf } from "../api/functions";
import { copyText } from "../ui/copyText";
import { Icon } from "../ui/Icon";
import { invitationAddress, rememberedInvitation } from "./invitation";
import "./InviteLink.css";

/** Return the meeting's link and how to create and copy it. `address` is set from then on, and `said` is the result. */
export function useInvitation(meetingId: string, host = true) {
  const create = useMutation(api.createLink);
  // The link by which this user joined may have been changed since.
  const link = useQuery(api.link, host || rememberedInvitation(meetingId) === null ? "skip" : { meetingId });
  const [address, setAddress] = useState<string | null>(null);
  const [said, setSaid] = useState("");

  async function make() {
    const code = host ? (await create({ meetingId })).code : link?.code;
    if (!code) throw new Error("Ask a host for the invitation link.");
    return invitationAddress(code);
  }

  async function copy() {
    try {
      const made = await make();
      setAddress(made);
      setSaid(
        (await copyText(made))
          ? "Link copied. Send it to the people you want to meet."
          : "Copy this link and send it to the people you want to meet.",
      );
    } catch (reason) {
      setSaid(messageOf(reason));
    }
  }
  return { address, said, copy, make, setAddress, setSaid };
}

/** Return whether this user has a link to share: hosts create one, and guests pass on the one they joined by. */
export function mayInvite({ _id, userRole }: Pick<Meeting, "_id" | "userRole">): boolean {
  return userRole === "host" || rememberedInvitation(_id) !== null;
}

/** Copies the invitation link of the meeting; hosts can also withdraw it. */
export function InviteLink({ meetingId, host = true }: { meetingId: string; host?: boolean }) {
  const revoke = useMutation(api.revokeLink);
  const { address: copied, said, copy, setAddress, setSaid } = useInvitation(meetingId, host);
  const link = useQuery(api.link, copied ? { meetingId } : "skip");
  const address = copied && link ? invitationAddress(link.code) : copied;

  async function withdraw() {
    try {
      await revoke({ meetingId });
      setAddress(null);
      setSaid("The link no longer works. Copy the invitation link to make a new one.");
    } catch (reason) {
      setSaid(messageOf(reason));
    }
  }

  return (
    <div className="invite">
      <button type="button" onClick={() => void copy()}>
        <Icon sign="link" />
        <span>Copy invitation link</span>
      </button>
      {address && (
        <input readOnly value={address} aria-label="Invitation link" onFocus={(event) => event.target.select()} />
      )}
      <p role="status" className="muted">
        {said}
      </p>
      {address && host && (
        <button type="button" className="quiet danger" onClick={() => void withdraw()}>
          Revoke the link
        </button>
      )}
    </div>
  );
}
