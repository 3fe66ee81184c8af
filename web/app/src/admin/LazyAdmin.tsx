import { type ComponentProps, lazy, Suspense } from "react";
import { Message } from "../ui/Message";
import type { AdminPage as LoadedAdmin } from "./AdminPage";

/** The console is loaded for operators alone. */
const AdminPage = lazy(() =>
  import("./AdminPage").then(
    ({ AdminPage }) => ({ default: AdminPage as typeof LoadedAdmin }),
    () => ({ default: Unavailable as unknown as typeof LoadedAdmin }),
  ),
);

export function LazyAdmin(props: ComponentProps<typeof LoadedAdmin>) {
  return (
    <Suspense fallback={null}>
      <AdminPage {...props} />
    </Suspense>
  );
}

function Unavailable() {
  return (
    <Message title="The console could not be loaded" sign="alert">
      <p role="alert">Check your network, then reload the page.</p>
    </Message>
  );
}
