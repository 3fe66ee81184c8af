import type { ReactNode } from "react";
import { type Meeting, type Member, nameOf, type User } from "../api/functions";
import { DevicePicker, DeviceToggle } from "../call/DevicePicker";
import type { LocalDevices } from "../call/devices/index";
import { SpeakerPicker } from "../call/SpeakerPicker";
import { Tile } from "../call/Tile";
import { NotesCard } from "../notes/NotesCard";
import { LazyIdeas } from "../prompts/LazyPrompts";
import { InsecureNote } from "../ui/Insecure";
import { TopBar } from "../ui/TopBar";
import { Entrance } from "./Entrance";
import { MeetingHead } from "./MeetingHead";
import "./Lobby.css";
import { useLocalMedia } from "../call/useLocalMedia";

type Props = {
  meeting: Meeting;
  members: Member[];
  me: User;
  account: ReactNode;
  devices: LocalDevices;
  onJoin: () => void;
};

/** Before the call: preview, choice of devices, and the members in the call. */
export function Lobby({ meeting, members, me, account, devices, onJoin }: Props) {
  const media = useLocalMedia(devices);
  return (
    <>
      <TopBar>{account}</TopBar>
      <main className="lobby">
        <MeetingHead meeting={meeting} members={members} me={me._id} />
        <section aria-label="Preview" className="preview">
          <Tile
            name={nameOf(me)}
            userId={me._id}
            stream={media.shown}
            mine
            mirrored={media.mirrored}
            muted={!media.state.audio}
            hidden={!media.state.video}
          />
          <div className="device-toggles">
            <DeviceToggle kind="audio" media={media} />
            <DeviceToggle kind="video" media={media} />
          </div>
        </section>
        <Entrance meeting={meeting} members={members} me={me._id} onJoin={onJoin} />
        <section aria-label="Settings" className="lobby-devices">
          <DevicePicker kind="audio" media={media} />
          <DevicePicker kind="video" media={media} />
          <SpeakerPicker media={media} />
          <InsecureNote />
        </section>
        <div className="lobby-more">
          <LazyIdeas meeting={meeting} memberCount={members.length} />
          <NotesCard meeting={meeting} members={members} me={me._id} />
        </div>
      </main>
    </>
  );
}
