import { useQuery } from "convex/react";
import { type ReactNode, useState } from "react";
import { api } from "../api/functions";
import { Loading } from "../ui/Loading";
import { Message } from "../ui/Message";
import { TopBar } from "../ui/TopBar";
import { usePageTitle } from "../ui/usePageTitle";
import { Confirmed } from "./Confirmed";
import { EntryForm } from "./EntryForm";
import { History } from "./History";
import { Thanks } from "./HowWasIt";
import { OrganiserNumbers } from "./OrganiserNumbers";
import { cameToNothing, nothingInWords } from "./outcome";
import { Proposal } from "./Proposal";
import type { Availability, CurrentMatch } from "./types";
import { WaitingCard } from "./WaitingCard";
import "./Meet.css";

/** When, what for, how it stands, the proposal, the meeting; and what came of earlier ones. */
export function MeetPage({ account }: { account: ReactNode }) {
  const offered = useQuery(api.matchingAvailability, {});
  if (offered === undefined) return <Loading words="Loading …" />;
  if (!offered.enabled) return <SwitchedOff />;
  return <Offered account={account} offered={offered} />;
}

function Offered({ account, offered }: { account: ReactNode; offered: Availability }) {
  usePageTitle("Meet somebody");
  return (
    <>
      <TopBar>{account}</TopBar>
      <main className="meet">
        <h1>Meet somebody</h1>
        <Now hasOrganisation={offered.hasOrganisation} />
        <History />
        {offered.seesNumbers && <OrganiserNumbers />}
      </main>
    </>
  );
}

type Shown = Pick<CurrentMatch, "matchId" | "state"> & { entryId: string };

function Now({ hasOrganisation }: { hasOrganisation: boolean }) {
  const match = useQuery(api.currentMatch, {});
  const entry = useQuery(api.queueEntry, {});
  // The match that was shown last: what came of it is said until there is another, or the page is left.
  const [before, setBefore] = useState<Shown | null>(null);
  const [thanked, setThanked] = useState<string>();
  const open = match && (match.state === "proposed" || match.meetingId) ? match : null;
  if (open && entry && (open.matchId !== before?.matchId || open.state !== before.state)) {
    setBefore({ matchId: open.matchId, state: open.state, entryId: entry._id });
  }
  if (match === undefined || entry === undefined) return <p role="status">Loading …</p>;
  if (match?.state === "proposed") return <Proposal key={match.matchId} match={match} />;
  if (match?.meetingId) {
    const onThanked = () => setThanked(match.matchId);
    return <Confirmed key={match.matchId} match={match} meetingId={match.meetingId} onThanked={onThanked} />;
  }
  return (
    <>
      {thanked !== undefined && (
        <section className="card stack">
          <Thanks />
        </section>
      )}
      {cameToNothing(before, open, entry) && (
        <p role="status" className="card meet-nothing">
          {nothingInWords(entry !== null)}
        </p>
      )}
      {entry ? <WaitingCard entry={entry} /> : <EntryForm hasOrganisation={hasOrganisation} />}
    </>
  );
}

function SwitchedOff() {
  return (
    <Message title="Not offered here">
      <p>This server does not bring people together. You can start a meeting and send others its link.</p>
    </Message>
  );
}
