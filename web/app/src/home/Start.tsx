import { useConvexConnectionState, useMutation } from "convex/react";
import { type FormEvent, useState } from "react";
import { api, messageOf } from "../api/functions";
import { Icon } from "../ui/Icon";
import { go } from "../ui/router";
import { destinationOf } from "./destination";
import { Schedule } from "./Schedule";
import { TitleField } from "./TitleField";

/** The ways into a meeting: start, plan, or join one. */
export function Start({ name }: { name: string }) {
  return (
    <div className="start">
      <Begin name={name} />
      <JoinOther />
    </div>
  );
}

function Begin({ name }: { name: string }) {
  const create = useMutation(api.createMeeting);
  const start = useMutation(api.startMeeting);
  // A call that waits for the server would begin the meeting whenever it is back. `Offline` says that it is away.
  const connected = useConvexConnectionState().isWebSocketConnected;
  const [title, setTitle] = useState("");
  const [planning, setPlanning] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const fallback = `Meeting of ${name}`;

  async function meetNow() {
    setBusy(true);
    setError(null);
    try {
      const { meetingId } = await create({ title: title.trim() || fallback });
      await start({ meetingId });
      go(`/m/${meetingId}`);
    } catch (reason) {
      setError(messageOf(reason));
      setBusy(false);
    }
  }

  return (
    <section className="card stack" aria-labelledby="begin">
      <h2 id="begin" className="start-title">
        Start a meeting
      </h2>
      <form className="stack" onSubmit={(event) => submitted(event, meetNow)}>
        <TitleField title={title} fallback={fallback} onTitle={setTitle} />
        <div className="start-actions">
          <button type="submit" className="primary large" disabled={busy || !connected}>
            <Icon sign="camera" />
            <span>Meet now</span>
          </button>
          <button type="button" className="large" onClick={() => setPlanning(true)}>
            <Icon sign="calendar" />
            <span>Plan for later</span>
          </button>
        </div>
        {error && <p role="alert">{error}</p>}
      </form>
      {planning && <Schedule title={title.trim()} fallback={fallback} onClose={() => setPlanning(false)} />}
    </section>
  );
}

function JoinOther() {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string | null>(null);

  function join() {
    const found = destinationOf(text, location.host);
    if ("problem" in found) setProblem(found.problem);
    else go(found.path);
  }

  return (
    <section className="card stack" aria-labelledby="join-other">
      <h2 id="join-other" className="start-title">
        Join with a link or code
      </h2>
      <form className="stack" noValidate onSubmit={(event) => submitted(event, join)}>
        <div className="join-row">
          <label>
            Link or code
            <input
              value={text}
              onChange={(event) => {
                setText(event.target.value);
                setProblem(null);
              }}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              inputMode="url"
              aria-invalid={problem !== null}
              aria-describedby="join-problem"
            />
          </label>
          <button type="submit">Join</button>
        </div>
        <p role="alert" id="join-problem">
          {problem}
        </p>
        <p className="muted hint">Paste an invitation link, or the code at its end.</p>
      </form>
    </section>
  );
}

function submitted(event: FormEvent, then: () => unknown): void {
  event.preventDefault();
  void then();
}
