import { type ComponentProps, lazy, Suspense } from "react";
import type { Notes as LoadedNotes } from "./Notes";

/** The notes are a part of the page that is loaded when it is first shown. The rest goes on if that fails. */
const Notes = lazy(() =>
  import("./Notes").then(
    ({ Notes }) => ({ default: Notes as typeof LoadedNotes }),
    () => ({ default: Unavailable as unknown as typeof LoadedNotes }),
  ),
);

export function LazyNotes(props: ComponentProps<typeof LoadedNotes>) {
  return (
    <Suspense fallback={<p className="muted notes-scroll">Opening the notes …</p>}>
      <Notes {...props} />
    </Suspense>
  );
}

function Unavailable() {
  return (
    <p role="alert" className="notes-scroll">
      The notes could not be loaded. Check your network, then reload the page.
    </p>
  );
}
