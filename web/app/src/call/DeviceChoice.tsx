import { useId } from "react";
import type { Option } from "./devices/index";

type Props = {
  label: string;
  deviceId: string;
  options: Option[];
  onChoose: (deviceId: string) => void;
};

/** A choice among devices of one kind; only the default until the browser lists them. */
export function DeviceChoice({ label, deviceId, options, onChoose }: Props) {
  const id = useId();
  const unknown = !options.some((option) => option.deviceId === deviceId);
  return (
    <>
      <label htmlFor={id}>{label}</label>
      <select id={id} value={deviceId} onChange={(event) => onChoose(event.target.value)}>
        {unknown && <option value={deviceId}>Default</option>}
        {options.map((option) => (
          <option key={option.deviceId} value={option.deviceId}>
            {option.label}
          </option>
        ))}
      </select>
    </>
  );
}
