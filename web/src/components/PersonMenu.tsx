import { useMutation } from "convex/react";
import { api, type Member, nameOf } from "../api";
import { Icon } from "./Icon";
import { Menu, MenuItem } from "./Menu";

type Props = {
  meetingId: string;
  member: Member;
  audible: boolean;
  onAttempt: (work: Promise<unknown>, done?: string) => void;
  onRemove: () => void;
};

/** What a host can do about one of the others. */
export function PersonMenu({ meetingId, member, audible, onAttempt, onRemove }: Props) {
  const askToMute = useMutation(api.requestMute);
  const updateRole = useMutation(api.updateRole);
  const { userId, role, presence } = member;
  const name = nameOf(member.user);
  const setRole = (newRole: "host" | "participant", done: string) =>
    onAttempt(updateRole({ meetingId, userId, newRole }), done);
  return (
    <Menu label={`Options for ${name}`} className="quiet icon-button small" button={<Icon sign="more" />}>
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
      <MenuItem sign="signOut" danger onClick={onRemove}>
        Remove
      </MenuItem>
    </Menu>
  );
}
