import { useMutation } from "convex/react";
import { useState } from "react";
import { api, messageOf } from "../api/functions";
import { Dialog } from "../ui/Dialog";
import { go } from "../ui/router";
import { type Choice, fieldsOf, nextHour, planOf, zoneInWords } from "./plan";
import { TitleField } from "./TitleField";

type Props = { title: string; fallback: string; onClose: () => void };

const MINUTE_MS = 60_000;
const LENGTHS_MINUTES = [15, 30, 45, 60, 90, 120, 180, 240];
const USUAL_MINUTES = 30;

/** Plans a meeting: title, day, time and length, in the zone of this device. */
export function Schedule({ title: given, fallback, onClose }: Props) {
  const create = useMutation(api.createMeeting);
  const [title, setTitle] = useState(given);
  const [{ day, time }, setWhen] = useState(() => fieldsOf(nextHour(Date.now())));
  const [later, setLater] = useState(false);
  const [minutes, setMinutes] = useState(USUAL_MINUTES);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const { at, problem, choices, instead } = planOf({ day, time }, later, Date.now());

  async function submit(scheduledAt: number) {
    setBusy(true);
    setError(null);
    try {
      const { meetingId } = await create({
        title: title.trim() || fallback,
        scheduledAt,
        duration: minutes * MINUTE_MS,
      });
      go(`/m/${meetingId}`);
    } catch (reason) {
      setError(messageOf(reason));
      setBusy(false);
    }
  }

  return (
    <Dialog title="Plan a meeting" onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (at !== null) void submit(at);
        }}
      >
        <TitleField title={title} fallback={fallback} onTitle={setTitle} />
        <div className="when">
          <label>
            Day
            <input
              type="date"
              required
              value={day}
              min={fieldsOf(Date.now()).day}
              onChange={(event) => setWhen({ day: event.target.value, time })}
            />
          </label>
          <label>
            Time
            <input type="time" required value={time} onChange={(event) => setWhen({ day, time: event.target.value })} />
          </label>
          <label>
            Length
            <select value={minutes} onChange={(event) => setMinutes(Number(event.target.value))}>
              {LENGTHS_MINUTES.map((one) => (
                <option key={one} value={one}>
                  {lengthWords(one)}
                </option>
              ))}
            </select>
          </label>
        </div>
        <p className="muted zone">Times are in {zoneInWords(at ?? Date.now())}.</p>
        {choices.length > 0 && <Twice choices={choices} later={later} onLater={setLater} />}
        <p role="status" className="time-problem">
          {problem}
        </p>
        {instead && (
          <button type="button" className="small" onClick={() => setWhen(instead)}>
            Use {instead.words}
          </button>
        )}
        {error && <p role="alert">{error}</p>}
        <div className="row end">
          <button type="button" onClick={onClose}>
            Not now
          </button>
          <button type="submit" className="primary" disabled={busy || at === null}>
            Schedule
          </button>
        </div>
      </form>
    </Dialog>
  );
}

type TwiceProps = { choices: Choice[]; later: boolean; onLater: (later: boolean) => void };

/** Asks which of two moments is meant when clocks are put back. */
function Twice({ choices, later, onLater }: TwiceProps) {
  return (
    <fieldset className="twice">
      <legend>The clocks go back on that day, so this time occurs twice. Which one do you mean?</legend>
      {choices.map(({ at, words }, place) => (
        <label key={at} className="check">
          <input type="radio" name="twice" checked={later === (place === 1)} onChange={() => onLater(place === 1)} />
          {words}
        </label>
      ))}
    </fieldset>
  );
}

function lengthWords(minutes: number): string {
  if (minutes < 60) return `${minutes} minutes`;
  const hours = minutes / 60;
  return hours === 1 ? "1 hour" : `${hours} hours`;
}
