import { useEffect } from "react";

/** Names the window after what it shows. */
export function usePageTitle(title: string | null): void {
  useEffect(() => {
    document.title = title ? `${title} · connvo` : "connvo";
  }, [title]);
}
