import { useAction } from "convex/react";
import { useCallback, useEffect, useRef, useState } from "react";
import { api, messageOf, type UserCard } from "../api/functions";
import { type Age, searchAddress, searchIn, sinceOf } from "./places";
import type { FoundKind, SearchResults } from "./types";

export type Filters = { kind: FoundKind | null; person: UserCard | null; age: Age };
export const NO_FILTERS: Filters = { kind: null, person: null, age: "any" };

export type Search = {
  /** The text that was searched for, empty before the first search. */
  text: string;
  filters: Filters;
  results: SearchResults | null;
  busy: boolean;
  fault: string | null;
  /** The people of all passages so far. */
  people: UserCard[];
  search: (text: string) => void;
  filter: (filters: Filters) => void;
  clear: () => void;
};

/** Search the user's meetings; only the answer to the last question is shown. */
export function useSearch(): Search {
  const ask = useAction(api.searchText);
  const [text, setText] = useState(() => searchIn(location.hash));
  const [filters, setFilters] = useState(NO_FILTERS);
  const [results, setResults] = useState<SearchResults | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [people, setPeople] = useState<UserCard[]>([]);
  const asked = useRef(0);

  const run = useCallback(
    (wanted: string, { kind, person, age }: Filters) => {
      const number = ++asked.current;
      setBusy(true);
      setFault(null);
      const since = sinceOf(age, Date.now());
      void ask({
        text: wanted,
        ...(kind && { kinds: [kind] }),
        ...(person && { userId: person._id }),
        ...(since !== undefined && { since }),
      })
        .then(
          (found) => {
            if (number !== asked.current) return;
            setResults(found);
            setPeople((before) => merged(before, found));
          },
          (reason) => {
            if (number === asked.current) setFault(messageOf(reason));
          },
        )
        .finally(() => {
          if (number === asked.current) setBusy(false);
        });
    },
    [ask],
  );

  // An address with a search, as after the way back from a result.
  const first = useRef(text);
  useEffect(() => {
    if (first.current !== "") run(first.current, NO_FILTERS);
  }, [run]);

  const show = (wanted: string) => {
    setText(wanted);
    history.replaceState(history.state, "", searchAddress(wanted));
  };
  return {
    text,
    filters,
    results,
    busy,
    fault,
    people,
    search: (typed) => {
      const wanted = typed.trim();
      if (wanted === "") return;
      show(wanted);
      setPeople([]);
      setFilters(NO_FILTERS);
      run(wanted, NO_FILTERS);
    },
    filter: (chosen) => {
      setFilters(chosen);
      run(text, chosen);
    },
    clear: () => {
      asked.current++;
      show("");
      setResults(null);
      setFault(null);
      setBusy(false);
      setPeople([]);
      setFilters(NO_FILTERS);
    },
  };
}

function merged(before: UserCard[], { results }: SearchResults): UserCard[] {
  const known = new Map(before.map((one) => [one._id, one]));
  for (const { user } of results) if (user) known.set(user._id, user);
  return [...known.values()];
}
