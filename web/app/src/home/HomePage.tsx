import type { ReactNode } from "react";
import { nameOf, type User } from "../api/functions";
import { MeetCard } from "../matching/MeetCard";
import { SearchBox } from "../search/SearchBox";
import { TopBar } from "../ui/TopBar";
import { usePageTitle } from "../ui/usePageTitle";
import { BlockedPeople } from "./BlockedPeople";
import { Invitations } from "./Invitations";
import { MeetingList } from "./MeetingList";
import { Start } from "./Start";
import "./HomePage.css";

/** The home page: ways into a meeting, and the user's meetings. */
export function HomePage({ me, account }: { me: User; account: ReactNode }) {
  usePageTitle("My meetings");
  return (
    <>
      <TopBar home>{account}</TopBar>
      <main className="wide home">
        <h1>My meetings</h1>
        <Invitations />
        <SearchBox>
          <Start name={nameOf(me)} />
          <MeetCard />
          <MeetingList />
          <BlockedPeople />
        </SearchBox>
      </main>
    </>
  );
}
