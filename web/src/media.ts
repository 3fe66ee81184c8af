/** Camera, microphone and screen. */

export type Choice = { audio: boolean; video: boolean; audioId?: string; videoId?: string };

const IDEAL = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 24 } };

/** Why there is no camera or microphone, for a person. */
export function deviceFault(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  switch (name) {
    case "NotAllowedError":
      return "The browser does not let this page use the camera and microphone.";
    case "NotFoundError":
    case "OverconstrainedError":
      return "No such camera or microphone was found.";
    case "NotReadableError":
      return "The camera or microphone is in use by another program.";
    default:
      return navigator.mediaDevices
        ? "The camera and microphone could not be opened."
        : "Browsers give camera and microphone only to pages served over https or from this computer.";
  }
}

export async function open(choice: Choice): Promise<MediaStream> {
  if (!choice.audio && !choice.video) return new MediaStream();
  return navigator.mediaDevices.getUserMedia({
    audio: choice.audio && { ...(choice.audioId && { deviceId: { exact: choice.audioId } }), echoCancellation: true },
    video: choice.video && { ...(choice.videoId && { deviceId: { exact: choice.videoId } }), ...IDEAL },
  });
}

export async function openScreen(): Promise<MediaStreamTrack | null> {
  const stream = await navigator.mediaDevices.getDisplayMedia({ video: true });
  return stream.getVideoTracks()[0] ?? null;
}

export function stop(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
