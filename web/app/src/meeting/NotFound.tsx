import type { ReactNode } from "react";
import { Message } from "../ui/Message";

type Props = { heading?: string; children?: ReactNode };

/** An address that leads nowhere, and the way home. */
export function NotFound({ heading = "Page not found", children }: Props) {
  return (
    <Message title={heading} sign="help">
      <p>{children ?? "The address may be mistyped, or the page may have moved."}</p>
    </Message>
  );
}

/** The address of a meeting that does not exist, or whose id is malformed. */
export function NoSuchMeeting() {
  return (
    <NotFound heading="Meeting not found">
      Its address may be mistyped or cut off: ask for the invitation link again.
    </NotFound>
  );
}
