import type { ReactNode } from "react";
import { type Meeting, type Member, nameOf, type User } from "../api";
import { DevicePicker, DeviceToggle } from "../components/DevicePicker";
import { InsecureNote } from "../components/Insecure";
import { SpeakerPicker } from "../components/SpeakerPicker";
import { Tile } from "../components/Tile";
import { TopBar } from "../components/TopBar";
import type { LocalDevices } from "../devices";
import { Entrance } from "../lobby/Entrance";
import { Head } from "../lobby/Head";
import "../lobby/lobby.css";
import { useLocalMedia } from "../useLocalMedia";

type Props = {
  meeting: Meeting;
  members: Member[];
  me: User;
  account: ReactNode;
  devices: LocalDevices;
  onJoin: () => void;
};

/** Before the call: see and hear oneself, choose devices, see who is in. */
export function Lobby({ meeting, members, me, account, devices, onJoin }: Props) {
  const media = useLocalMedia(devices);
  return (
    <>
      <TopBar>{account}</TopBar>
      <main className="lobby">
        <Head meeting={meeting} members={members} me={me._id} />
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
      </main>
    </>
  );
}
