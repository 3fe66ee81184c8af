import { useEffect, useState } from "react";
import { InsecureHelp } from "../components/Insecure";
import { type Finding, gather, iceUrls, reachServer, reachSocket, reachStun } from "../reach";
import { reachTurn, relaysOfMyCall } from "../relays";

/** What this browser can reach, for anybody, with advice in words. */
export function Diagnostics() {
  const [run, setRun] = useState(0);
  const { findings, candidates, inCall, done } = useChecks(run);
  const bad = findings.filter((finding) => finding.ok === false);
  return (
    <main className="wide">
      <header className="bar">
        <h1>My connection</h1>
        <a href="/" className="quiet back">
          My meetings
        </a>
      </header>
      <p role="status">{summary(done, bad.length)}</p>
      <ul className="findings card" aria-busy={!done}>
        {findings.map((finding) => (
          <li key={finding.name} data-ok={finding.ok}>
            <span className="sign" aria-hidden="true">
              {finding.ok === null ? "–" : finding.ok ? "✓" : "!"}
            </span>
            <span className="grow">
              <strong>{finding.name}</strong> <span className="muted">{finding.detail}</span>
              {finding.advice && <span className="advice">{finding.advice}</span>}
            </span>
          </li>
        ))}
      </ul>
      {done && !inCall && findings.some(({ name, ok }) => ok && name.startsWith("TURN")) && (
        <p className="muted">
          Whether a relay lets you in shows while you are in a call: open this page beside it and check again.
        </p>
      )}
      <InsecureHelp />
      <h2>Addresses under which this browser can be reached</h2>
      {candidates.length === 0 && done && (
        <p className="muted">None. A browser extension or policy may forbid WebRTC.</p>
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
      <button type="button" onClick={() => setRun(run + 1)} disabled={!done}>
        Check again
      </button>
    </main>
  );
}

function summary(done: boolean, bad: number): string {
  if (!done) return "Checking …";
  if (bad === 0) return "Everything that calls need can be reached.";
  return bad === 1 ? "One thing cannot be reached from here." : `${bad} things cannot be reached from here.`;
}

const ORDER = ["Server", "Live updates", "STUN", "TURN"];

function rank({ name }: Finding): number {
  return ORDER.findIndex((start) => name.startsWith(start));
}

function useChecks(run: number) {
  const [findings, setFindings] = useState<Finding[]>([]);
  const [candidates, setCandidates] = useState<RTCIceCandidate[]>([]);
  const [inCall, setInCall] = useState(false);
  const [done, setDone] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another run is another look
  useEffect(() => {
    let gone = false;
    setFindings([]);
    setDone(false);
    const add = async (checking: Promise<Finding>) => {
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

const NO_TURN: Finding = {
  name: "TURN",
  ok: null,
  detail: "this server has none configured",
  advice: "People behind strict firewalls cannot be reached without one.",
};
