import { Component, type ReactNode } from "react";
import { messageOf } from "../api/functions";
import { Icon, type Sign } from "../ui/Icon";
import { TopBar } from "../ui/TopBar";
import { usePageTitle } from "../ui/usePageTitle";
import { Audit } from "./Audit";
import { Calls } from "./Calls";
import { Functions } from "./Functions";
import { Health } from "./Health";
import { Jobs } from "./Jobs";
import { Meetings } from "./Meetings";
import { NoOperator } from "./NoOperator";
import { Users } from "./Users";
import { useAccess } from "./useAccess";
import "./Admin.css";

type Section = { name: string; words: string; sign: Sign; part: () => ReactNode };

const HEALTH: Section = { name: "health", words: "Health", sign: "shield", part: Health };
const SECTIONS: Section[] = [
  HEALTH,
  { name: "meetings", words: "Meetings", sign: "camera", part: Meetings },
  { name: "calls", words: "Failed calls", sign: "alert", part: Calls },
  { name: "functions", words: "Functions", sign: "chart", part: Functions },
  { name: "jobs", words: "Jobs", sign: "checklist", part: Jobs },
  { name: "users", words: "Users", sign: "people", part: Users },
  { name: "audit", words: "Audit trail", sign: "list", part: Audit },
];

/**
 * The operators' console. Every section reads live queries, and none shows the content of a meeting. Sections are asked
 * for only once it is known that the caller is an operator.
 */
export function AdminPage({ section, account }: { section: string; account: ReactNode }) {
  const shown = SECTIONS.find(({ name }) => name === section) ?? HEALTH;
  usePageTitle(`${shown.words} of the server`);
  const Part = shown.part;
  const access = useAccess();
  return (
    <>
      <TopBar>{account}</TopBar>
      <main className="admin">
        <h1>Operators' console</h1>
        {access === undefined && <p role="status">Loading …</p>}
        {access instanceof Error && <p role="alert">{messageOf(access)}</p>}
        {access !== undefined &&
          !(access instanceof Error) &&
          (access.operator ? (
            <>
              <Sections shown={shown} />
              <Refusal key={shown.name}>
                <Part />
              </Refusal>
            </>
          ) : (
            <NoOperator identity={access.identity} />
          ))}
      </main>
    </>
  );
}

/** The bar of sections, which are all in view at every width. */
function Sections({ shown }: { shown: Section }) {
  return (
    <nav className="admin-nav" aria-label="Sections of the console">
      {SECTIONS.map(({ name, words, sign }) => (
        <a
          key={name}
          href={`/admin#${name}`}
          className="button quiet"
          aria-current={name === shown.name ? "page" : undefined}
        >
          <Icon sign={sign} />
          <span>{words}</span>
        </a>
      ))}
    </nav>
  );
}

/** Shows why the server refuses a section, in place of the section. */
class Refusal extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <section className="card">
        <p role="alert">{messageOf(error)}</p>
      </section>
    );
  }
}
