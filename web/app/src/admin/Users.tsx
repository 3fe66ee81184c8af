import { useMutation, useQuery } from "convex/react";
import { useState } from "react";
import { messageOf } from "../api/functions";
import { Confirm } from "../ui/Dialog";
import { isolate } from "../ui/text";
import { dayAndClock } from "../ui/time";
import { type Account, admin } from "./api";
import { type Column, Table } from "./Table";

type Asked = { account: Account; action: "deactivate" | "erase" };

/** Accounts, found by id, address or part of a name; they can be deactivated and erased. */
export function Users() {
  const [text, setText] = useState("");
  const [wanted, setWanted] = useState("");
  const [asked, setAsked] = useState<Asked | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const accounts = useQuery(admin.findUsers, wanted ? { text: wanted } : "skip");
  const setActive = useMutation(admin.setActive);
  const erase = useMutation(admin.eraseUser);
  const run = (change: Promise<unknown>) => {
    setFault(null);
    change.catch((error: unknown) => setFault(messageOf(error)));
  };
  const columns: Column<Account>[] = [
    { label: "Name", cell: (one) => <bdi>{one.displayName ?? "–"}</bdi> },
    { label: "Address", cell: (one) => <bdi>{one.email ?? "–"}</bdi> },
    { label: "Id", cell: (one) => <code>{one._id}</code> },
    { label: "Last seen", cell: (one) => (one.lastSeenAt === undefined ? "–" : dayAndClock(one.lastSeenAt)) },
    {
      label: "State",
      cell: (one) => (
        <span className={`tag ${one.isActive ? "good" : "bad"}`}>{one.isActive ? "active" : "closed"}</span>
      ),
    },
    {
      label: "Actions",
      cell: (one) => (
        <span className="row">
          {one.isActive ? (
            <button type="button" className="small" onClick={() => setAsked({ account: one, action: "deactivate" })}>
              Deactivate
            </button>
          ) : (
            <button type="button" className="small" onClick={() => run(setActive({ userId: one._id, active: true }))}>
              Activate
            </button>
          )}
          <button type="button" className="small danger" onClick={() => setAsked({ account: one, action: "erase" })}>
            Erase
          </button>
        </span>
      ),
    },
  ];
  return (
    <section className="card" aria-labelledby="users-heading">
      {asked && (
        <Confirm
          {...question(asked)}
          onYes={() => {
            const userId = asked.account._id;
            run(asked.action === "erase" ? erase({ userId }) : setActive({ userId, active: false }));
          }}
          onClose={() => setAsked(null)}
        />
      )}
      <h2 id="users-heading">Users</h2>
      <search>
        <form
          className="row admin-search"
          onSubmit={(event) => {
            event.preventDefault();
            setWanted(text.trim());
          }}
        >
          <label>
            Id, address or part of a name
            <input type="search" value={text} onChange={(event) => setText(event.target.value)} />
          </label>
          <button type="submit" className="primary">
            Find
          </button>
        </form>
      </search>
      {fault && <p role="alert">{fault}</p>}
      {wanted !== "" && (
        <Table
          label="Users"
          columns={columns}
          rows={accounts ?? []}
          rowKey={(one) => one._id}
          empty={accounts === undefined ? "Searching …" : "No account matches."}
        />
      )}
    </section>
  );
}

function question({ account, action }: Asked) {
  const name = isolate(account.displayName ?? account._id);
  if (action === "erase") {
    return {
      title: "Erase this account?",
      text: `Everything that belongs to ${name} alone is deleted. This cannot be undone.`,
      yes: "Erase",
    };
  }
  return {
    title: "Deactivate this account?",
    text: `${name} leaves every meeting at once and cannot sign in until the account is activated again.`,
    yes: "Deactivate",
  };
}
