import { type ComponentProps, lazy, Suspense } from "react";
import type { Transcript as LoadedTranscript } from "./Transcript";

/** The transcript is a part of the page that is loaded when it is first shown. The rest goes on if that fails. */
const Transcript = lazy(() =>
  import("./Transcript").then(
    ({ Transcript }) => ({ default: Transcript as typeof LoadedTranscript }),
    () => ({ default: Unavailable as unknown as typeof LoadedTranscript }),
  ),
);

export function LazyTranscript(props: ComponentProps<typeof LoadedTranscript>) {
  return (
    <Suspense fallback={<p className="muted transcript-none">Opening the transcript …</p>}>
      <Transcript {...props} />
    </Suspense>
  );
}

function Unavailable() {
  return (
    <p role="alert" className="transcript-none">
      The transcript could not be loaded. Check your network, then reload the page.
    </p>
  );
}
