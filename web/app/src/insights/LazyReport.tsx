import { type ComponentProps, lazy, Suspense } from "react";
import type { ReportCard as LoadedReport } from "./ReportCard";

/** The report is a part of the page that is loaded after a call. The rest goes on if that fails. */
const ReportCard = lazy(() =>
  import("./ReportCard").then(
    ({ ReportCard }) => ({ default: ReportCard as typeof LoadedReport }),
    () => ({ default: Unavailable as unknown as typeof LoadedReport }),
  ),
);

export function LazyReport(props: ComponentProps<typeof LoadedReport>) {
  return (
    <Suspense fallback={null}>
      <ReportCard {...props} />
    </Suspense>
  );
}

function Unavailable() {
  return (
    <section className="card">
      <p role="alert">The report could not be loaded. Check your network, then reload the page.</p>
    </section>
  );
}
