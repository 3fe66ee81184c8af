import { type ComponentProps, lazy, Suspense } from "react";
import type { Ideas as LoadedIdeas } from "./Ideas";
import type { NudgeCard as LoadedNudge } from "./NudgeCard";

/** Prompts are parts of the page that are loaded when they may first be shown. Without them, all else goes on. */
const Ideas = lazy(() =>
  import("./Ideas").then(
    ({ Ideas }) => ({ default: Ideas as typeof LoadedIdeas }),
    () => ({ default: nothing as unknown as typeof LoadedIdeas }),
  ),
);
const NudgeCard = lazy(() =>
  import("./NudgeCard").then(
    ({ NudgeCard }) => ({ default: NudgeCard as typeof LoadedNudge }),
    () => ({ default: nothing as unknown as typeof LoadedNudge }),
  ),
);

export function LazyIdeas(props: ComponentProps<typeof LoadedIdeas>) {
  return (
    <Suspense fallback={null}>
      <Ideas {...props} />
    </Suspense>
  );
}

export function LazyNudgeCard(props: ComponentProps<typeof LoadedNudge>) {
  return (
    <Suspense fallback={null}>
      <NudgeCard {...props} />
    </Suspense>
  );
}

function nothing() {
  return null;
}
