import { type FormEvent, type ReactNode, useState } from "react";
import { nameOf } from "../api/functions";
import { Icon } from "../ui/Icon";
import { AGE_NAMES, type Age, countInWords, KIND_NAMES } from "./places";
import { ResultList } from "./ResultList";
import type { FoundKind } from "./types";
import { type Filters, type Search, useSearch } from "./useSearch";
import "./Search.css";

const MAX_LENGTH = 400;

/** Finds what was said, written and decided in the user's meetings; `children` are shown while nothing is searched. */
export function SearchBox({ children }: { children: ReactNode }) {
  const search = useSearch();
  const [typed, setTyped] = useState(search.text);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    search.search(typed);
  };
  const clear = () => {
    setTyped("");
    search.clear();
  };
  return (
    <>
      <search className="meeting-search">
        <form onSubmit={submit}>
          <span className="meeting-search-field">
            <Icon sign="search" />
            <input
              type="search"
              aria-label="Search your meetings"
              placeholder="Search your meetings"
              maxLength={MAX_LENGTH}
              enterKeyHint="search"
              value={typed}
              onChange={(event) => {
                setTyped(event.target.value);
                if (event.target.value === "") search.clear();
              }}
              onKeyDown={(event) => {
                if (event.key === "Escape" && typed !== "") clear();
              }}
            />
          </span>
          <button type="submit" disabled={typed.trim() === ""}>
            Search
          </button>
        </form>
      </search>
      {search.text === "" ? children : <Found search={search} onClear={clear} />}
    </>
  );
}

function Found({ search, onClear }: { search: Search; onClear: () => void }) {
  const { results, busy, fault } = search;
  // A card says it to those who see; the status to those who hear.
  const nothing = results?.results.length === 0 && !fault && !busy;
  return (
    <section className="found" aria-label="Search results" aria-busy={busy}>
      <div className="found-bar">
        <FilterRow search={search} />
        <button type="button" className="quiet small" onClick={onClear}>
          Show all meetings
        </button>
      </div>
      <p role="status" className={`muted found-count ${nothing ? "sr-only" : ""}`}>
        {busy ? "Searching …" : results && !fault && countInWords(results.results.length)}
      </p>
      {fault && <p role="alert">{fault}</p>}
      {nothing && <NothingFound search={search} />}
      {results && !fault && <ResultList results={results.results} />}
      {results && !results.complete && (
        <p className="muted">You have more meetings than one search covers: only the newest were searched.</p>
      )}
    </section>
  );
}

function FilterRow({ search: { filters, people, filter } }: { search: Search }) {
  const change = (part: Partial<Filters>) => filter({ ...filters, ...part });
  return (
    <div className="found-filters">
      <select
        aria-label="Where"
        value={filters.kind ?? ""}
        onChange={(event) => change({ kind: (event.target.value || null) as FoundKind | null })}
      >
        <option value="">Everywhere</option>
        {(Object.keys(KIND_NAMES) as FoundKind[]).map((kind) => (
          <option key={kind} value={kind}>
            {KIND_NAMES[kind]}
          </option>
        ))}
      </select>
      <select
        aria-label="By whom"
        value={filters.person?._id ?? ""}
        onChange={(event) => change({ person: people.find((one) => one._id === event.target.value) ?? null })}
      >
        <option value="">By anyone</option>
        {people.map((one) => (
          <option key={one._id} value={one._id}>
            {nameOf(one)}
          </option>
        ))}
      </select>
      <select aria-label="When" value={filters.age} onChange={(event) => change({ age: event.target.value as Age })}>
        {(Object.keys(AGE_NAMES) as Age[]).map((age) => (
          <option key={age} value={age}>
            {AGE_NAMES[age]}
          </option>
        ))}
      </select>
    </div>
  );
}

function NothingFound({ search: { filters, results } }: { search: Search }) {
  const filtered = filters.kind !== null || filters.person !== null || filters.age !== "any";
  return (
    <div className="nothing card">
      <Icon sign="search" />
      <div>
        <h2 className="nothing-title">Nothing found</h2>
        <p className="muted">
          {filtered
            ? "Search everywhere, by anyone and at any time, or use other words."
            : results?.byMeaning
              ? "Use other words. Words of a moment ago can be found in some seconds."
              : "Use fewer words, as they were said or written."}
        </p>
      </div>
    </div>
  );
}
