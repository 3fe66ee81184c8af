import { useMutation } from "convex/react";
import { useState } from "react";
import { api, messageOf } from "../api";
import { Icon } from "./Icon";

/** For hosts: makes the link of the meeting, copies it, and takes it back. */
export function InviteLink({ meetingId }: { meetingId: string }) {
  const create = useMutation(api.createLink);
  const revoke = useMutation(api.revokeLink);
  const [link, setLink] = useState<string | null>(null);
  const [said, setSaid] = useState("");

  async function copy() {
    try {
      const { code } = await create({ meetingId });
      const address = `${location.origin}/j/${code}`;
      setLink(address);
      await navigator.clipboard.writeText(address).then(
        () => setSaid("Copied: send it to whom you want to meet."),
        () => setSaid("Copy it and send it to whom you want to meet."),
      );
    } catch (reason) {
      setSaid(messageOf(reason));
    }
  }

  async function withdraw() {
    try {
      await revoke({ meetingId });
      setLink(null);
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
        {link && (
          <button type="button" className="quiet" onClick={() => void withdraw()}>
            Revoke
          </button>
        )}
      </div>
      {link && <input readOnly value={link} aria-label="Invitation link" onFocus={(event) => event.target.select()} />}
      <p role="status" className="muted">
        {said}
      </p>
    </div>
  );
}
