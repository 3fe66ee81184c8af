import { useEffect, useState } from "react";
import type { Mode } from "../captions/types";
import { Icon } from "../ui/Icon";
import { elapsed } from "../ui/time";
import "./CallHeader.css";

type Props = {
  title: string;
  people: number;
  /** When the meeting started, in milliseconds since 1970. */
  since: number | undefined;
  recording: boolean;
  transcription: Mode;
};

/** The header of a call: title, duration, number of members, and whether it is recorded or transcribed. */
export function CallHeader({ title, people, since, recording, transcription }: Props) {
  return (
    <header className="call-header">
      <h1 title={title}>
        <bdi>{title}</bdi>
      </h1>
      <div className="facts">
        {recording && (
          <span className="tag bad">
            <Icon sign="record" />
            Recording
          </span>
        )}
        {transcription !== "off" && (
          <span className={transcription === "transcript" ? "tag fair" : "tag"}>
            <Icon sign="captions" />
            {transcription === "transcript" ? "Transcript" : "Captions"}
          </span>
        )}
        {since !== undefined && <Timer since={since} />}
        <span className="fact">
          <Icon sign="people" />
          {people}
          <span className="sr-only">{people === 1 ? " person" : " people"} in the call</span>
        </span>
      </div>
    </header>
  );
}

const SECOND_MS = 1_000;

function Timer({ since }: { since: number }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), SECOND_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <span className="fact" role="timer" aria-label="Time since the meeting started">
      {elapsed(Math.max(0, now - since))}
    </span>
  );
}
