import { type RefObject, useEffect, useId, useRef, useState } from "react";
import type { Kind, Option } from "../devices";
import type { LocalMedia } from "../useLocalMedia";

type Props = { kind: Kind; media: LocalMedia };

const NAMES: Record<Kind, string> = { audio: "Microphone", video: "Camera" };

/** A small button beside a microphone or camera button, with a menu of the devices to choose from in a call. */
export function DeviceMenu({ kind, media }: Props) {
  const [open, setOpen] = useState(false);
  const menu = useId();
  const whole = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const { deviceId, options, problem } = media[kind];
  const name = `${NAMES[kind]} settings`;
  useClosing(whole, open, (byKey) => {
    setOpen(false);
    if (byKey) button.current?.focus();
  });
  return (
    <div ref={whole} className="device-menu" data-problem={problem ? true : undefined}>
      <button
        ref={button}
        type="button"
        className="device-settings"
        aria-label={name}
        title={problem ?? name}
        aria-expanded={open}
        aria-controls={menu}
        onClick={() => setOpen(!open)}
      >
        <span aria-hidden="true">{problem ? "!" : "▴"}</span>
      </button>
      <section id={menu} className="menu" aria-label={name} hidden={!open}>
        {problem && <p className="problem">{problem}</p>}
        <Choice
          legend={NAMES[kind]}
          deviceId={deviceId}
          options={options}
          onChoose={(chosen) => media.choose(kind, chosen)}
        />
        {kind === "audio" && media.speaker.options.length > 0 && (
          <Choice legend="Speaker" {...media.speaker} onChoose={media.chooseSpeaker} />
        )}
        {kind === "audio" && media.speaker.problem && <p className="problem">{media.speaker.problem}</p>}
      </section>
    </div>
  );
}

/** Close by Escape, and by a press or the keyboard anywhere else. */
function useClosing(whole: RefObject<HTMLElement | null>, open: boolean, onClose: (byKey: boolean) => void): void {
  const close = useRef(onClose);
  close.current = onClose;
  useEffect(() => {
    if (!open) return;
    const onElsewhere = ({ target }: Event) => {
      if (!whole.current?.contains(target as Node)) close.current(false);
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.stopPropagation(); // a panel that is open stays so
      close.current(true);
    };
    document.addEventListener("pointerdown", onElsewhere);
    document.addEventListener("focusin", onElsewhere);
    document.addEventListener("keydown", onKey);
    return () => {
      document.removeEventListener("pointerdown", onElsewhere);
      document.removeEventListener("focusin", onElsewhere);
      document.removeEventListener("keydown", onKey);
    };
  }, [open, whole]);
}

type ChoiceProps = { legend: string; deviceId: string; options: Option[]; onChoose: (deviceId: string) => void };

function Choice({ legend, deviceId, options, onChoose }: ChoiceProps) {
  const group = useId();
  return (
    <fieldset>
      <legend>{legend}</legend>
      {options.length === 0 && <p className="muted">The choice is shown once it is on.</p>}
      {options.map((option) => (
        <label key={option.deviceId}>
          <input
            type="radio"
            name={group}
            checked={option.deviceId === deviceId}
            onChange={() => onChoose(option.deviceId)}
          />
          {option.label}
        </label>
      ))}
    </fieldset>
  );
}
