import { useConvex, useMutation, useQuery } from "convex/react";
import { useState } from "react";
import { api, type Meeting, messageOf, titleOf } from "../api/functions";
import { copyText } from "../ui/copyText";
import { Confirm } from "../ui/Dialog";
import { fileNameFor, saveFile } from "../ui/files";
import { Icon } from "../ui/Icon";
import { Menu, MenuGroup, MenuItem } from "../ui/Menu";
import { DeleteOwnWords } from "./DeleteOwnWords";
import type { FileFormat } from "./types";
import { wholeText } from "./wholeText";

type Props = { meeting: Meeting; me: string; timeOf: (at: number) => string };

const FORMATS: readonly [FileFormat, string][] = [
  ["txt", "Save as text"],
  ["md", "Save as Markdown"],
  ["vtt", "Save as subtitles (WebVTT)"],
  ["srt", "Save as subtitles (SRT)"],
  ["json", "Save as data (JSON)"],
];

/** What can be done with a whole transcript. Files, and deleting it, are for hosts. */
export function TranscriptMenu({ meeting, me, timeOf }: Props) {
  const meetingId = meeting._id;
  const host = meeting.userRole === "host";
  const convex = useConvex();
  const erase = useMutation(api.eraseTranscript);
  const speakers = useQuery(api.speakerTimes, { meetingId });
  const [asking, setAsking] = useState<"mine" | "all" | null>(null);
  const [said, setSaid] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const tell = (reason: unknown) => setFault(messageOf(reason));
  const spoke = speakers?.some((one) => one.userId === me && one.chunks > 0) ?? false;

  async function copy() {
    setSaid("Copying …");
    const done = await copyText(await wholeText(convex, meetingId, timeOf));
    setSaid(done ? "Copied." : "Copying is not allowed here.");
  }

  async function save(format: FileFormat) {
    const { contentType, content } = await convex.action(api.transcriptFile, { meetingId, format });
    const [type = "text/plain"] = contentType.split(";");
    saveFile(fileNameFor(titleOf(meeting), "transcript", format), type, content);
  }

  return (
    <>
      <Menu label="Options for the transcript" className="quiet icon-button small" button={<Icon sign="more" />}>
        <MenuGroup label="Take along">
          <MenuItem sign="copy" onClick={() => void copy().catch(tell)}>
            Copy everything
          </MenuItem>
          {host &&
            FORMATS.map(([format, name]) => (
              <MenuItem key={format} sign="download" onClick={() => void save(format).then(() => setFault(null), tell)}>
                {name}
              </MenuItem>
            ))}
        </MenuGroup>
        {(spoke || host) && <hr />}
        {spoke && (
          <MenuItem danger sign="close" onClick={() => setAsking("mine")}>
            Delete my words
          </MenuItem>
        )}
        {host && (
          <MenuItem danger sign="close" onClick={() => setAsking("all")}>
            Delete the transcript
          </MenuItem>
        )}
      </Menu>
      <p role="status" className="sr-only">
        {said}
      </p>
      {fault && (
        <p role="alert" className="transcript-fault">
          {fault}
        </p>
      )}
      {asking === "mine" && <DeleteOwnWords meetingId={meetingId} onClose={() => setAsking(null)} />}
      {asking === "all" && (
        <Confirm
          title="Delete the transcript?"
          text="All words that were kept until now are deleted, for everyone. This cannot be undone."
          yes="Delete the transcript"
          onYes={() => void erase({ meetingId }).then(() => setFault(null), tell)}
          onClose={() => setAsking(null)}
        />
      )}
    </>
  );
}
