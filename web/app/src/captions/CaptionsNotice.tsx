import { Icon } from "../ui/Icon";
import { modeOf } from "./mode";
import { useTranscription } from "./useTranscription";

const WORDS = {
  captions: "Captions are on: what people say is shown to everyone in the call, and not kept.",
  transcript: "A transcript of this meeting is kept: what people say is stored, and everyone in it can read it.",
};

/** Tells before the call what is on. Members who join are asked about their own words. */
export function CaptionsNotice({ meetingId }: { meetingId: string }) {
  const mode = modeOf(useTranscription(meetingId));
  if (mode === "off") return null;
  return (
    <p className={mode === "transcript" ? "alert fair" : "alert"} role="status">
      <Icon sign="captions" />
      <span>{WORDS[mode]} You will be asked about your own words.</span>
    </p>
  );
}
