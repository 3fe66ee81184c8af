import { useConvexConnectionState, useMutation, useQuery } from "convex/react";
import { type FormEvent, useState } from "react";
import { api, messageOf } from "../api/functions";
import { type Fields, fieldsOf, nextHour, planOf } from "../home/plan";
import { Icon } from "../ui/Icon";
import { Choices } from "./Choices";
import { HOURS, offered, utcOffset, WEEK_MS } from "./time";
import type { OrgWish } from "./types";
import { ROLES, withoutWish, withWish } from "./wishes";

const TOO_FAR = "Choose a time that ends within a week.";
const AWAY = "The server is away. You are put into the queue as soon as it is back.";
/** As many suggestions as fit on a phone. */
const SUGGESTED = 12;

/** Asks when the user has time, and what for. */
export function EntryForm({ hasOrganisation }: { hasOrganisation: boolean }) {
  const enter = useMutation(api.enterQueue);
  const catalog = useQuery(api.interestCatalog, {});
  const [interests, setInterests] = useState<string[]>([]);
  const [roles, setRoles] = useState<string[]>(["Peer"]);
  const [org, setOrg] = useState<OrgWish>("any");
  const [hours, setHours] = useState(2);
  const [later, setLater] = useState<Fields | null>(null);
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const connected = useConvexConnectionState().isWebSocketConnected;
  const clear = () => setFault(null);
  const plan = later && planOf(later, false, Date.now());
  const wanted = withWish(interests, typed);

  const chooseTopics = (chosen: string[]) => {
    clear();
    setInterests(chosen);
  };
  const chooseRoles = (chosen: string[]) => {
    clear();
    setRoles(chosen);
  };

  async function submit(event: FormEvent) {
    event.preventDefault();
    const now = Date.now();
    const at = later ? (plan?.at ?? null) : now;
    const time = at === null ? null : offered(at, hours, now);
    if (time === null) {
      setFault(plan?.problem ?? TOO_FAR);
      return;
    }
    setBusy(true);
    setFault(null);
    const constraints = { interests: wanted, roles, orgConstraints: org, utcOffset: utcOffset(new Date(time.from)) };
    try {
      await enter({ availableFrom: time.from, availableTo: time.to, constraints });
    } catch (reason) {
      setFault(messageOf(reason));
      setBusy(false);
    }
  }

  const popular = [...(catalog ?? [])].sort((one, other) => (other.usageCount ?? 0) - (one.usageCount ?? 0));
  const suggestions = popular.map(({ label }) => label).slice(0, SUGGESTED);
  return (
    <form className="card stack meet-form" onSubmit={(event) => void submit(event)} onChange={clear}>
      <p className="muted">
        You are paired with someone who has time then and shares an interest. Both of you agree before you meet.
      </p>
      <fieldset>
        <legend>What would you like to talk about?</legend>
        <Choices
          label="Topics"
          options={[...suggestions, ...interests.filter((one) => !suggestions.includes(one))]}
          chosen={interests}
          onChoose={(one) => chooseTopics(withWish(interests, one))}
          onDrop={(one) => chooseTopics(withoutWish(interests, one))}
        />
        <div className="join-row">
          <label>
            Another topic
            <input
              value={typed}
              maxLength={80}
              onChange={(event) => setTyped(event.target.value)}
              onKeyDown={(event) => {
                if (event.key !== "Enter" || typed.trim() === "") return;
                event.preventDefault();
                setInterests(wanted);
                setTyped("");
              }}
            />
          </label>
          <button
            type="button"
            disabled={typed.trim() === ""}
            onClick={() => {
              setInterests(wanted);
              setTyped("");
            }}
          >
            Add
          </button>
        </div>
      </fieldset>
      <fieldset>
        <legend>What is your role?</legend>
        <Choices
          label="Roles"
          options={ROLES}
          chosen={roles}
          onChoose={(one) => chooseRoles(withWish(roles, one))}
          onDrop={(one) => chooseRoles(withoutWish(roles, one))}
        />
      </fieldset>
      <fieldset>
        <legend>When do you have time?</legend>
        <div className="meet-when">
          <label className="check">
            <input type="radio" name="when" checked={later === null} onChange={() => setLater(null)} />
            Now
          </label>
          <label className="check">
            <input
              type="radio"
              name="when"
              checked={later !== null}
              onChange={() => setLater(fieldsOf(nextHour(Date.now())))}
            />
            Later
          </label>
          <label>
            For
            <select value={hours} onChange={(event) => setHours(Number(event.target.value))}>
              {HOURS.map((one) => (
                <option key={one} value={one}>
                  {one === 1 ? "1 hour" : `${one} hours`}
                </option>
              ))}
            </select>
          </label>
        </div>
        {later && <Later fields={later} onFields={setLater} problem={plan?.problem ?? null} />}
      </fieldset>
      {hasOrganisation && (
        <label>
          Whom would you like to meet?
          <select value={org} onChange={(event) => setOrg(event.target.value as OrgWish)}>
            <option value="any">Anyone</option>
            <option value="same_org">People of my organisation</option>
            <option value="different_org">People of other organisations</option>
          </select>
        </label>
      )}
      {fault && <p role="alert">{fault}</p>}
      <p role="status">{busy && !connected && AWAY}</p>
      <button type="submit" className="primary large" disabled={busy || wanted.length === 0 || roles.length === 0}>
        <Icon sign="people" />
        <span>{busy ? "Waiting …" : "Find someone"}</span>
      </button>
      {wanted.length === 0 && <p className="muted hint">Choose at least one topic.</p>}
    </form>
  );
}

type LaterProps = { fields: Fields; onFields: (fields: Fields) => void; problem: string | null };

function Later({ fields: { day, time }, onFields, problem }: LaterProps) {
  return (
    <>
      <div className="when">
        <label>
          Day
          <input
            type="date"
            required
            value={day}
            min={fieldsOf(Date.now()).day}
            max={fieldsOf(Date.now() + WEEK_MS).day}
            onChange={(event) => onFields({ day: event.target.value, time })}
          />
        </label>
        <label>
          Time
          <input type="time" required value={time} onChange={(event) => onFields({ day, time: event.target.value })} />
        </label>
      </div>
      <p role="status" className="time-problem">
        {problem}
      </p>
    </>
  );
}
