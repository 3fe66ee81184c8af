/** The address bar as state: /, /m/<meeting>, /j/<code>, /diagnostics; any other leads nowhere. */

import { useSyncExternalStore } from "react";

export type Route =
  | { page: "home" }
  | { page: "meeting"; meetingId: string }
  | { page: "link"; code: string }
  | { page: "diagnostics" }
  | { page: "lost" };

export function parse(path: string): Route {
  const [first, second] = path.split("/").filter(Boolean);
  if (first === "m" && second) return { page: "meeting", meetingId: second };
  if (first === "j" && second) return { page: "link", code: second };
  if (first === "diagnostics") return { page: "diagnostics" };
  return { page: first === undefined ? "home" : "lost" };
}

export function go(path: string, replace = false): void {
  history[replace ? "replaceState" : "pushState"](null, "", path);
  dispatchEvent(new PopStateEvent("popstate"));
}

type Press = Pick<MouseEvent, "metaKey" | "ctrlKey" | "shiftKey" | "altKey" | "preventDefault">;

/** Goes where a link leads without loading the page again, unless the person asked for another window. */
export function follow(press: Press, path: string): void {
  if (press.metaKey || press.ctrlKey || press.shiftKey || press.altKey) return;
  press.preventDefault();
  go(path);
}

function subscribe(listener: () => void): () => void {
  addEventListener("popstate", listener);
  return () => removeEventListener("popstate", listener);
}

export function useRoute(): Route {
  return parse(useSyncExternalStore(subscribe, () => location.pathname));
}
