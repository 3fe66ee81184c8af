import { useMutation } from "convex/react";
import { useState } from "react";
import { api, messageOf } from "../api";
import { copyText } from "../copyText";
import { Icon } from "./Icon";

/** Makes the link of a meeting and copies it. `address` is there from then on, and `said` how it went. */
export function useInvitation(meetingId: string) {
  const create = useMutation(api.createLink);
  const [address, setAddress] = useState<string | null>(null);
  const [said, setSaid] = useState("");

  async function copy() {
    try {
      const { code } = await create({ meetingId });
      const made = `${location.origin}/j/${code}`;
      setAddress(made);
      const copied = await copyText(made);
      setSaid(`${copied ? "Copied: send it" : "Copy it and send it"} to whom you want to meet.`);
    } catch (reason) {
      setSaid(messageOf(reason));
    }
  }
  return { address, said, copy, setAddress, setSaid };
}

/** For hosts: makes the link of the meeting, copies it, and takes it back. */
export function InviteLink({ meetingId }: { meetingId: string }) {
  const revoke = useMutation(api.revokeLink);
  const { address, said, copy, setAddress, setSaid } = useInvitation(meetingId);

  async function withdraw() {
    try {
      await revoke({ meetingId });
      setAddress(null);
      setSaid("The link no longer works.");
    } catch (reason) {
      setSaid(messageOf(reason));
    }
  }

  return (
    <div className="invite">
      <div className="row">
        <button type="button" onClick={() => void copy()}>
          <Icon sign="link" />
          <span>Copy invitation link</span>
        </button>
        {address && (
          <button type="button" className="quiet" onClick={() => void withdraw()}>
            Revoke
          </button>
        )}
      </div>
      {address && (
        <input readOnly value={address} aria-label="Invitation link" onFocus={(event) => event.target.select()} />
      )}
      <p role="status" className="muted">
        {said}
      </p>
    </div>
  );
}
