/**
 * The address bar as state: /, /m/<meeting>, /j/#<code>, /meet, /diagnostics, /admin#<section>; any other leads nowhere.
 * The code of an invitation lets users in, so it is in the fragment, which no request carries into a log; older links
 * have it in the path.
 */

import { useSyncExternalStore } from "react";

export type Route =
  | { page: "home" }
  | { page: "meeting"; meetingId: string }
  | { page: "link"; code: string }
  | { page: "meet" }
  | { page: "diagnostics" }
  | { page: "admin"; section: string }
  | { page: "lost" };

export function parse(address: string): Route {
  const [path = "", fragment = ""] = address.split("#");
  const [first, second] = path.split("/").filter(Boolean);
  if (first === "m" && second) return { page: "meeting", meetingId: second };
  if (first === "j" && (second || fragment)) return { page: "link", code: second || fragment };
  if (first === "meet") return { page: "meet" };
  if (first === "diagnostics") return { page: "diagnostics" };
  if (first === "admin" && !second) return { page: "admin", section: fragment };
  return { page: first === undefined ? "home" : "lost" };
}

export function go(path: string, replace = false): void {
  history[replace ? "replaceState" : "pushState"](null, "", path);
  dispatchEvent(new PopStateEvent("popstate"));
}

type Press = Pick<MouseEvent, "metaKey" | "ctrlKey" | "shiftKey" | "altKey" | "preventDefault">;

/** Follow a link without reloading the page, unless the user asked for another window. */
export function follow(press: Press, path: string): void {
  if (press.metaKey || press.ctrlKey || press.shiftKey || press.altKey) return;
  press.preventDefault();
  go(path);
}

/** Return the address within this server, as `go` takes it. */
export function here(): string {
  return location.pathname + location.hash;
}

function subscribe(listener: () => void): () => void {
  addEventListener("popstate", listener);
  return () => removeEventListener("popstate", listener);
}

export function useRoute(): Route {
  return parse(useSyncExternalStore(subscribe, here));
}
