import type { ReactNode } from "react";
import { nameOf, type User } from "../api";
import { TopBar } from "../components/TopBar";
import { BlockedPeople } from "../home/BlockedPeople";
import { Invitations } from "../home/Invitations";
import { MeetingList } from "../home/MeetingList";
import { Start } from "../home/Start";
import { usePageTitle } from "../usePageTitle";
import "../home/home.css";

/** The ways into a meeting, and my meetings. */
export function Home({ me, account }: { me: User; account: ReactNode }) {
  usePageTitle("My meetings");
  return (
    <>
      <TopBar home>{account}</TopBar>
      <main className="wide home">
        <h1>My meetings</h1>
        <Invitations />
        <Start name={nameOf(me)} />
        <MeetingList />
        <BlockedPeople />
      </main>
    </>
  );
}
