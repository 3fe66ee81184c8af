/** The devices of this browser. */

import { playback } from "./playback";
import type { Kind, Ports } from "./ports";

const PERMISSIONS: Record<Kind, string> = { audio: "microphone", video: "camera" };

export function browserPorts(): Ports {
  return {
    source: navigator.mediaDevices ?? null,
    secure: isSecureContext,
    permission,
    storage: storage(),
    output: playback,
  };
}

/** Not every browser has these names, or answers at all. */
async function permission(kind: Kind): Promise<PermissionState | null> {
  try {
    return (await navigator.permissions.query({ name: PERMISSIONS[kind] as PermissionName })).state;
  } catch {
    return null;
  }
}

/** Even access to the property throws where the browser forbids storage. */
function storage(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
