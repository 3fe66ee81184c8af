import { useEffect, useState } from "react";
import { Icon } from "../ui/Icon";
import { InsecureHelp } from "../ui/Insecure";
import { TopBar } from "../ui/TopBar";
import { usePageTitle } from "../ui/usePageTitle";
import { type CheckResult, gather, iceUrls, reachServer, reachSocket, reachStun } from "./checks";
import { reachTurn, relaysOfMyCall } from "./turnCheck";
import "./DiagnosticsPage.css";

/** The connectivity of this browser, without a sign-in, with advice in words. */
export function DiagnosticsPage() {
  const [run, setRun] = useState(0);
  const { findings, candidates, inCall, done } = useChecks(run);
  usePageTitle("My connection");
  const bad = findings.filter((finding) => finding.ok === false);
  return (
    <>
      <TopBar>
        <a href="/" className="button quiet">
          My meetings
        </a>
      </TopBar>
      <main className="narrow diagnostics">
        <h1>My connection</h1>
        <p role="status" className={`alert ${done ? (bad.length === 0 ? "good" : "bad") : ""}`}>
          <Icon sign={done ? (bad.length === 0 ? "check" : "alert") : "clock"} />
          <span>{summary(done, bad.length)}</span>
        </p>
        <ul className="findings card" aria-busy={!done}>
          {findings.map((finding) => (
            <li key={finding.name} data-ok={finding.ok}>
              <Icon sign={finding.ok === null ? "info" : finding.ok ? "check" : "alert"} />
              <span>
                <span className="sr-only">{wordsFor(finding.ok)}: </span>
                <strong>{finding.name}</strong> <span className="muted">{finding.detail}</span>
                {finding.advice && <span className="advice">{finding.advice}</span>}
              </span>
            </li>
          ))}
        </ul>
        {done && !inCall && findings.some(({ name, ok }) => ok && name.startsWith("TURN")) && (
          <p className="muted">
            Only during a call can this page see whether a relay lets you in: open it beside the call and check again.
          </p>
        )}
        <div className="row">
          <button type="button" className="primary" onClick={() => setRun(run + 1)} disabled={!done}>
            <Icon sign="repeat" />
            <span>Check again</span>
          </button>
        </div>
        <InsecureHelp />
        <Candidates candidates={candidates} done={done} />
      </main>
    </>
  );
}

function Candidates({ candidates, done }: { candidates: RTCIceCandidate[]; done: boolean }) {
  return (
    <details>
      <summary>Addresses under which this browser can be reached</summary>
      {candidates.length === 0 && done && (
        <p className="muted">None. A browser extension or a policy may forbid WebRTC.</p>
      )}
      {candidates.length > 0 && (
        <p className="muted">host: this device itself; srflx: as seen from outside; relay: at a TURN server.</p>
      )}
      <ul className="candidates">
        {candidates.map((candidate) => (
          <li key={candidate.candidate}>
            <code>
              {candidate.type} {candidate.protocol} {candidate.address ?? "hidden"}:{candidate.port}
            </code>
          </li>
        ))}
      </ul>
    </details>
  );
}

function wordsFor(ok: boolean | null): string {
  if (ok === null) return "Not there";
  return ok ? "Reached" : "Not reached";
}

function summary(done: boolean, bad: number): string {
  if (!done) return "Checking …";
  if (bad === 0) return "Everything that calls need can be reached.";
  return bad === 1 ? "One thing cannot be reached from here." : `${bad} things cannot be reached from here.`;
}

const ORDER = ["Server", "Live updates", "STUN", "TURN"];

function rank({ name }: CheckResult): number {
  return ORDER.findIndex((start) => name.startsWith(start));
}

function useChecks(run: number) {
  const [findings, setFindings] = useState<CheckResult[]>([]);
  const [candidates, setCandidates] = useState<RTCIceCandidate[]>([]);
  const [inCall, setInCall] = useState(false);
  const [done, setDone] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another run checks again
  useEffect(() => {
    let gone = false;
    setFindings([]);
    setDone(false);
    const add = async (checking: Promise<CheckResult>) => {
      const finding = await checking;
      if (!gone) setFindings((before) => [...before, finding].sort((one, other) => rank(one) - rank(other)));
    };
    const all = async () => {
      await Promise.all([add(reachServer()), add(reachSocket())]);
      const urls = await iceUrls().catch(() => []);
      const stun = urls.filter((url) => url.startsWith("stun"));
      const found = await gather(stun.length > 0 ? [{ urls: stun }] : [], () => false);
      if (gone) return;
      setCandidates(found.candidates);
      const relays = await relaysOfMyCall().catch(() => null);
      if (gone) return;
      setInCall(relays !== null);
      await Promise.all(urls.map((url) => add(url.startsWith("turn") ? reachTurn(url, relays) : reachStun(url))));
      if (!urls.some((url) => url.startsWith("turn"))) {
        await add(Promise.resolve(NO_TURN));
      }
    };
    void all().finally(() => gone || setDone(true));
    return () => {
      gone = true;
    };
  }, [run]);
  return { findings, candidates, inCall, done };
}

const NO_TURN: CheckResult = {
  name: "TURN",
  ok: null,
  detail: "this server has none configured",
  advice: "People behind strict firewalls cannot be reached without one.",
};
