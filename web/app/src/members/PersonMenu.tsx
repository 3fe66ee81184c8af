import { useMutation } from "convex/react";
import { useState } from "react";
import { api, type Member, nameOf } from "../api/functions";
import { Confirm } from "../ui/Dialog";
import { Icon } from "../ui/Icon";
import { Menu, MenuItem } from "../ui/Menu";
import { Report } from "./Report";

type Props = {
  meetingId: string;
  member: Member;
  /** Whether the present user is a host. */
  host: boolean;
  blocked: boolean;
  audible: boolean;
  onAttempt: (work: Promise<unknown>, done?: string) => void;
  onRemove: () => void;
};

/** Actions on another member; some for hosts only. */
export function PersonMenu({ meetingId, member, host, blocked, audible, onAttempt, onRemove }: Props) {
  const block = useMutation(api.block);
  const unblock = useMutation(api.unblock);
  const [asking, setAsking] = useState<"block" | "report" | null>(null);
  const { userId } = member;
  const name = nameOf(member.user);
  return (
    <>
      <Menu label={`Options for ${name}`} className="quiet icon-button small" button={<Icon sign="more" />}>
        {host && <HostItems meetingId={meetingId} member={member} audible={audible} onAttempt={onAttempt} />}
        {blocked ? (
          <MenuItem sign="person" onClick={() => onAttempt(unblock({ userId }), `${name} is no longer blocked.`)}>
            Unblock
          </MenuItem>
        ) : (
          <MenuItem sign="close" onClick={() => setAsking("block")}>
            Block
          </MenuItem>
        )}
        <MenuItem sign="alert" onClick={() => setAsking("report")}>
          Report
        </MenuItem>
        {host && (
          <MenuItem sign="signOut" danger onClick={onRemove}>
            Remove
          </MenuItem>
        )}
      </Menu>
      {asking === "block" && (
        <Confirm
          title={`Block ${name}?`}
          text="You will no longer see their messages and invitations. In this call you still see and hear each other. They are not told, and you can unblock them at any time."
          yes="Block"
          onYes={() =>
            onAttempt(block({ userId }), `${name} is blocked: you see no messages and invitations of theirs.`)
          }
          onClose={() => setAsking(null)}
        />
      )}
      {asking === "report" && (
        <Report
          title={`Report ${name}`}
          target={{ userId, meetingId }}
          onSent={() => onAttempt(Promise.resolve(), "Your report has been sent.")}
          onClose={() => setAsking(null)}
        />
      )}
    </>
  );
}

type HostProps = Pick<Props, "meetingId" | "member" | "audible" | "onAttempt">;

function HostItems({ meetingId, member, audible, onAttempt }: HostProps) {
  const askToMute = useMutation(api.requestMute);
  const updateRole = useMutation(api.updateRole);
  const { userId, role, presence } = member;
  const name = nameOf(member.user);
  const setRole = (newRole: "host" | "participant", done: string) =>
    onAttempt(updateRole({ meetingId, userId, newRole }), done);
  return (
    <>
      {presence === "joined" && role !== "observer" && audible && (
        <MenuItem
          sign="micOff"
          onClick={() => onAttempt(askToMute({ meetingId, userId }), `${name} has been asked to mute.`)}
        >
          Ask to mute
        </MenuItem>
      )}
      {role === "participant" && (
        <MenuItem sign="shield" onClick={() => setRole("host", `${name} is a host now.`)}>
          Make host
        </MenuItem>
      )}
      {role === "host" && (
        <MenuItem sign="person" onClick={() => setRole("participant", `${name} is no longer a host.`)}>
          Take the host role back
        </MenuItem>
      )}
    </>
  );
}
