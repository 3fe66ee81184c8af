/** Icons, 24 by 24, one stroke. They repeat adjacent text, so they are hidden from screen readers. */

const PATHS = {
  alert: "M12 4 2.8 20h18.4ZM12 10v4.5M12 17.4v.1",
  bold: "M7 5h6a3.5 3.5 0 0 1 0 7H7ZM7 12h7a3.5 3.5 0 0 1 0 7H7Z",
  calendar: "M4 6h16v14H4ZM4 10.5h16M8 3.5V8M16 3.5V8",
  camera: "M3 7h12v10H3zM15 11l6-4v10l-6-4",
  cameraOff: "M3 7h12v10H3zM15 11l6-4v10l-6-4M3 3l18 18",
  captions: "M3 5.5h18v13H3ZM10.5 10.3a2 2 0 1 0 0 3.4M17 10.3a2 2 0 1 0 0 3.4",
  chart: "M4 20V4M4 20h16M8 16l4-5 3 3 5-7",
  chat: "M4 5h16v11H10l-5 4v-4H4zM8 9h8M8 12h5",
  check: "M5 12.5 10 17.5 19.5 7",
  checklist: "M3.5 6.5 5 8l3-3.5M3.5 13.5 5 15l3-3.5M12 6.5h8.5M12 13.5h8.5M12 19.5h8.5M4 19.5h3.5",
  clock: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM12 7.5V12l3.2 2",
  close: "M6 6l12 12M18 6L6 18",
  code: "M8.5 7 3.5 12l5 5M15.5 7l5 5-5 5",
  copy: "M9 9h11v11H9ZM15 9V4H4v11h5",
  down: "M6 9.5l6 6 6-6",
  download: "M12 4v11M7.5 11l4.5 4.5 4.5-4.5M4 20h16",
  end: "M6 6l12 12M18 6L6 18",
  edit: "M4 20l1-4.5L16.5 4 20 7.5 8.5 19ZM14 6.5l3.5 3.5",
  expand: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  grid: "M4 4h7v7H4ZM13 4h7v7h-7ZM4 13h7v7H4ZM13 13h7v7h-7Z",
  heading: "M6.5 5v14M17.5 5v14M6.5 12h11",
  help: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM9.5 9.5a2.5 2.5 0 1 1 3.7 2.2c-.8.5-1.2 1-1.2 1.8M12 16.5v.1",
  idea: "M9 17.5h6M10 20.5h4M8.5 14.5a5.5 5.5 0 1 1 7 0c-.6.5-1 1.2-1 2v1h-5v-1c0-.8-.4-1.5-1-2Z",
  info: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM12 11v5.5M12 7.6v.1",
  keyboard: "M3 6h18v12H3ZM7 10v.1M11 10v.1M15 10v.1M7 14h10",
  leave: "M3 15c5-5 13-5 18 0l-3 3-3-2v-3a10 10 0 0 0-6 0v3l-3 2z",
  list: "M9 6h11M9 12h11M9 18h11M4.5 6v.1M4.5 12v.1M4.5 18v.1",
  lock: "M5 11h14v9H5ZM8 11V8a4 4 0 0 1 8 0v3",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  mic: "M12 15a4 4 0 0 0 4-4V6a4 4 0 0 0-8 0v5a4 4 0 0 0 4 4Zm-7-4a7 7 0 0 0 14 0M12 18v3",
  micOff: "M12 15a4 4 0 0 0 4-4V6a4 4 0 0 0-8 0v5a4 4 0 0 0 4 4Zm-7-4a7 7 0 0 0 14 0M12 18v3M4 3l16 18",
  minimise: "M9 4v5H4M15 4v5h5M15 20v-5h5M9 20v-5H4",
  moon: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10Z",
  more: "M12 5v.1M12 12v.1M12 19v.1",
  next: "M9.5 6l6 6-6 6",
  notes: "M5 3.5h9.5L19 8v12.5H5ZM8.5 9h4M8.5 12.5h7M8.5 16h7",
  people:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2 20a7 7 0 0 1 14 0M16 4.5a3.5 3.5 0 0 1 0 6.5M18 14a7 7 0 0 1 4 6",
  person: "M12 11.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4 20.5a8 8 0 0 1 16 0",
  pin: "M9 4h6l-1 6 3.5 4h-11L10 10ZM12 14v6.5",
  previous: "M14.5 6l-6 6 6 6",
  print: "M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7Z",
  record: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6Z",
  repeat: "M4 11a7.5 7.5 0 0 1 13-4.5L20 9M20 4v5h-5M20 13a7.5 7.5 0 0 1-13 4.5L4 15M4 20v-5h5",
  screen: "M3 5h18v11H3zM8 20h8M12 16v4M9 11l3-3 3 3M12 8v6",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM15.3 15.3 20.5 20.5",
  send: "M4 12l16-8-6 16-3-7zM11 13l9-9",
  settings:
    "M4 7h9M19 7h1M4 17h1M11 17h9M16 4.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5ZM8 14.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5Z",
  shield: "M12 3.5l7.5 2.8v5.2c0 4.4-3 7.6-7.5 9-4.5-1.4-7.5-4.6-7.5-9V6.3Z",
  signOut: "M10 4H4v16h6M9 12h11M16 8l4 4-4 4",
  redo: "M15 14l5-5-5-5M20 9H9.5a5.5 5.5 0 0 0 0 11H13",
  thumbDown:
    "M7.5 13.5V4H4v9.5ZM7.5 13.5l4 7c1.4 0 2.2-1 2-2.4l-.5-3.6h5.2a2 2 0 0 0 2-2.4l-1.3-6.5A2 2 0 0 0 17 4H7.5",
  thumbUp:
    "M7.5 10.5V20H4v-9.5ZM7.5 10.5l4-7c1.4 0 2.2 1 2 2.4L13 9.5h5.2a2 2 0 0 1 2 2.4l-1.3 6.5A2 2 0 0 1 17 20H7.5",
  undo: "M9 14 4 9l5-5M4 9h10.5a5.5 5.5 0 0 1 0 11H11",
  unlock: "M5 11h14v9H5ZM8 11V8a4 4 0 0 1 7.6-1.7",
  spotlight: "M4 5h16v10H4ZM4 18.5h4.5M9.8 18.5h4.4M15.5 18.5H20",
  speaker: "M4 9.5h3.5L12 5.5v13l-4.5-4H4ZM15.5 9a4 4 0 0 1 0 6M18 6.5a7.6 7.6 0 0 1 0 11",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4",
  system: "M3 5h18v11H3ZM8 20h8M12 16v4",
} as const;

export type Sign = keyof typeof PATHS;

export function Icon({ sign }: { sign: Sign }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false" data-sign={sign}>
      <path d={PATHS[sign]} />
    </svg>
  );
}
