import type { ReactNode } from "react";
import { Message } from "../ui/Message";

type Props = { heading?: string; children?: ReactNode };

/** An address that leads nowhere, and the way home. */
export function NotFound({ heading = "There is no such page", children }: Props) {
  return (
    <Message title={heading} sign="help">
      <p>{children ?? "The address may be mistyped, or what was here has moved."}</p>
    </Message>
  );
}

/** The address of a meeting that does not exist, or whose id is malformed. */
export function NoSuchMeeting() {
  return (
    <NotFound heading="There is no such meeting">
      Its address may be mistyped or cut off: ask for the invitation link again.
    </NotFound>
  );
}
