import { useAction, useMutation, useQuery } from "convex/react";
import { useState } from "react";
import { type Attendee, api, type Meeting, messageOf, nameOf, titleOf } from "../api/functions";
import { copyText } from "../ui/copyText";
import { Icon } from "../ui/Icon";
import { Menu, MenuGroup, MenuItem } from "../ui/Menu";
import { plain } from "../ui/text";
import { type Naming, reportMarkdown } from "./markdown";
import { stateText } from "./reportText";
import { Sections } from "./Sections";
import { saveReport } from "./saveReport";
import { type Report, RULES } from "./types";
import "./Report.css";

type Props = { meeting: Meeting; attendees: Attendee[]; me: string };

/** The report of a meeting that is over, for those who were in the call. */
export function ReportCard({ meeting, attendees, me }: Props) {
  if (!attendees.some((one) => one.userId === me)) return null;
  return <Opened meeting={meeting} attendees={attendees} me={me} />;
}

function Opened({ meeting, attendees, me }: Props) {
  const meetingId = meeting._id;
  const report = useQuery(api.meetingReport, { meetingId });
  const extent = useQuery(api.transcriptExtent, { meetingId });
  const [said, setSaid] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  if (!report || extent === undefined) return null;
  const naming: Naming = {
    title: titleOf(meeting),
    // As the transcript counts; without one any more, from the first arrival.
    zeroMs: extent?.zeroMs ?? Math.min(...attendees.map((one) => one.cameAt)),
    nameOf: (userId) => nameOf(report.people.find((one) => one._id === userId)),
  };
  const markdown = () => reportMarkdown(report, naming);
  return (
    <section className="card report" aria-labelledby="report-heading">
      <div className="report-head">
        <h2 id="report-heading">Report</h2>
        <ReportMenu
          meeting={meeting}
          report={report}
          onCopy={() =>
            void copyText(markdown()).then((done) => setSaid(done ? "Copied." : "Copying is not allowed here."))
          }
          onSave={() => saveReport(naming.title, markdown())}
          onFault={setFault}
          onSaid={setSaid}
        />
      </div>
      <State report={report} />
      <p role="status" className="muted report-said">
        {said}
      </p>
      {fault && <p role="alert">{fault}</p>}
      {report.state === "ready" && (
        <Sections meeting={meeting} report={report} naming={naming} attendees={attendees} me={me} onFault={setFault} />
      )}
    </section>
  );
}

function State({ report }: { report: Report }) {
  const { sign, tone, words } = stateText(report);
  return (
    <>
      <p role="status" className="report-state" data-tone={tone}>
        <Icon sign={sign} />
        <span>{words}</span>
      </p>
      {report.state === "ready" && report.source === RULES && report.total === 0 && !report.because && (
        <WhatAModelAdds />
      )}
    </>
  );
}

/** Without a model nothing asks for one; this line says what it would add. */
function WhatAModelAdds() {
  const made = useQuery(api.reportModel, {});
  if (made === undefined) return null;
  return (
    <p className="report-state report-model">
      {made.model === undefined
        ? "With a language model of your own, this server would also write a summary in whole sentences."
        : `Reports here are now written by ${plain(made.model)}. A host can have this one made again.`}
    </p>
  );
}

type MenuProps = {
  meeting: Meeting;
  report: Report;
  onCopy: () => void;
  onSave: () => void;
  onFault: (words: string | null) => void;
  onSaid: (words: string) => void;
};

function ReportMenu({ meeting, report, onCopy, onSave, onFault, onSaid }: MenuProps) {
  const make = useAction(api.makeReport);
  const enable = useMutation(api.enableReport);
  const meetingId = meeting._id;
  const host = meeting.userRole === "host";
  const ready = report.state === "ready";
  const off = report.state === "off";
  if (!ready && !host) return null;
  const attempt = (work: Promise<unknown>, words: string) =>
    void work.then(
      () => {
        onFault(null);
        onSaid(words);
      },
      (reason) => onFault(messageOf(reason)),
    );
  return (
    <Menu label="Options for the report" className="quiet icon-button small" button={<Icon sign="more" />}>
      {ready && (
        <MenuGroup label="Take along">
          <MenuItem sign="copy" onClick={onCopy}>
            Copy as Markdown
          </MenuItem>
          <MenuItem sign="download" onClick={onSave}>
            Save as Markdown
          </MenuItem>
        </MenuGroup>
      )}
      {ready && host && <hr />}
      {host && !off && (
        <MenuItem
          sign="repeat"
          onClick={() => attempt(make({ meetingId, forceRegenerate: true }), "The report was made again.")}
        >
          Make it again
        </MenuItem>
      )}
      {host && (
        <MenuItem
          sign={off ? "unlock" : "lock"}
          danger={!off}
          onClick={() => attempt(enable({ meetingId, enabled: off }), off ? "The report is on." : "The report is off.")}
        >
          {off ? "Turn the report on" : "Turn the report off, and delete it"}
        </MenuItem>
      )}
    </Menu>
  );
}
