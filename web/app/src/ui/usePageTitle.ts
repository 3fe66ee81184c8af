import { useEffect } from "react";

/** Set the title of the window. */
export function usePageTitle(title: string | null): void {
  useEffect(() => {
    document.title = title ? `${title} · connvo` : "connvo";
  }, [title]);
}
