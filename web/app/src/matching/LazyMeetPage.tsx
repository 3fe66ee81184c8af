import { type ComponentProps, lazy, Suspense } from "react";
import { Loading } from "../ui/Loading";
import type { MeetPage as Loaded } from "./MeetPage";

/** A part of the page that is loaded when it is first shown. */
const MeetPage = lazy(() => import("./MeetPage").then(({ MeetPage }) => ({ default: MeetPage })));

export function LazyMeetPage(props: ComponentProps<typeof Loaded>) {
  return (
    <Suspense fallback={<Loading words="Loading …" />}>
      <MeetPage {...props} />
    </Suspense>
  );
}
