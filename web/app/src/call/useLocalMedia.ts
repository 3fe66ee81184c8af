/** Microphone, camera, screen and speaker for the pages; they are open while a page that shows them is. */

import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { browserPorts, type DevicesView, type Kind, LocalDevices, type TrackReceiver } from "./devices/index";

export type LocalMedia = DevicesView & {
  toggle: (kind: Kind) => void;
  turn: (kind: Kind, on: boolean) => void;
  share: () => void;
  choose: (kind: Kind, deviceId: string) => void;
  chooseSpeaker: (deviceId: string) => void;
  pickSpeaker: () => Promise<void>;
  attach: (call: TrackReceiver | null) => void;
  /** Release every device; `resume` opens the wanted ones again. */
  release: () => void;
  resume: () => void;
};

/** Return the devices of this page. They are open while `active`, and released at once when it ends. */
export function useLocalDevices(active: boolean): LocalDevices {
  const [devices] = useState(() => new LocalDevices(browserPorts()));
  useEffect(() => {
    if (!active) return;
    // a page that the browser froze and restores goes on as before
    const onShow = ({ persisted }: PageTransitionEvent) => persisted && devices.resume();
    devices.resume();
    addEventListener("pagehide", devices.release);
    addEventListener("pageshow", onShow);
    return () => {
      removeEventListener("pagehide", devices.release);
      removeEventListener("pageshow", onShow);
      devices.release();
    };
  }, [devices, active]);
  return devices;
}

export function useLocalMedia(devices: LocalDevices): LocalMedia {
  const view = useSyncExternalStore(devices.subscribe, devices.getView);
  return useMemo(() => {
    const { toggle, turn, share, choose, chooseSpeaker, pickSpeaker, attach, release, resume } = devices;
    return { ...view, toggle, turn, share, choose, chooseSpeaker, pickSpeaker, attach, release, resume };
  }, [devices, view]);
}
