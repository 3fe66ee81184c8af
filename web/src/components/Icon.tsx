/** Drawn signs. They repeat words that stand beside them, so nobody needs to read them aloud. */

const PATHS = {
  mic: "M12 15a4 4 0 0 0 4-4V6a4 4 0 0 0-8 0v5a4 4 0 0 0 4 4Zm-7-4a7 7 0 0 0 14 0M12 18v3",
  micOff: "M12 15a4 4 0 0 0 4-4V6a4 4 0 0 0-8 0v5a4 4 0 0 0 4 4Zm-7-4a7 7 0 0 0 14 0M12 18v3M4 3l16 18",
  camera: "M3 7h12v10H3zM15 11l6-4v10l-6-4",
  cameraOff: "M3 7h12v10H3zM15 11l6-4v10l-6-4M3 3l18 18",
  screen: "M3 5h18v11H3zM8 20h8M12 16v4M9 11l3-3 3 3M12 8v6",
  people:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2 20a7 7 0 0 1 14 0M16 4.5a3.5 3.5 0 0 1 0 6.5M18 14a7 7 0 0 1 4 6",
  chart: "M4 20V4M4 20h16M8 16l4-5 3 3 5-7",
  chat: "M4 5h16v11H10l-5 4v-4H4zM8 9h8M8 12h5",
  send: "M4 12l16-8-6 16-3-7zM11 13l9-9",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  leave: "M3 15c5-5 13-5 18 0l-3 3-3-2v-3a10 10 0 0 0-6 0v3l-3 2z",
  end: "M6 6l12 12M18 6L6 18",
} as const;

export type Sign = keyof typeof PATHS;

export function Icon({ sign }: { sign: Sign }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[sign]} />
    </svg>
  );
}
