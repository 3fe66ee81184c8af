/** Configuration of peer connections, and reading their state. */

import type { IceSetup } from "./types";

const ICE_STATES: Partial<Record<RTCIceConnectionState, RTCPeerConnectionState>> = {
  checking: "connecting",
  completed: "connected",
};

/** Return the state of a connection, or its ICE state where the browser has no overall state. */
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
