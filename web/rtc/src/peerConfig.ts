/** How peer connections are set up, and how their state is read. */

import type { IceSetup } from "./types";

const ICE_STATES: Partial<Record<RTCIceConnectionState, RTCPeerConnectionState>> = {
  checking: "connecting",
  completed: "connected",
};

/** The state of a connection; where a browser has none for the whole of it, that of its ICE. */
export function stateOf({ connectionState, iceConnectionState }: RTCPeerConnection): RTCPeerConnectionState {
  return connectionState ?? ICE_STATES[iceConnectionState] ?? (iceConnectionState as RTCPeerConnectionState);
}

export function configuration(setup: IceSetup): RTCConfiguration {
  return {
    iceServers: setup.iceServers,
    iceTransportPolicy: setup.relayOnly ? "relay" : "all",
    bundlePolicy: "max-bundle",
  };
}
