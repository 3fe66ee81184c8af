import { useEffect } from "react";

type Props = { heading?: string; children?: React.ReactNode };

/** An address that leads nowhere, and the way home. */
export function NotFound({ heading = "There is no such page", children }: Props) {
  useEffect(() => {
    document.title = `${heading} · connvo`;
    return () => {
      document.title = "connvo";
    };
  }, [heading]);
  return (
    <main className="narrow card">
      <h1>{heading}</h1>
      <p>{children ?? "The address may be mistyped, or what was here has moved."}</p>
      <a className="button" href="/">
        My meetings
      </a>
    </main>
  );
}

/** The address of a meeting that is not there, or whose id is none. */
export function NoSuchMeeting() {
  return (
    <NotFound heading="There is no such meeting">
      Its address may be mistyped or cut off: ask for the invitation link again.
    </NotFound>
  );
}
