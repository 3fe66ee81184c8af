import { Component, type ReactNode } from "react";
import { detailOf } from "../api/errors";
import { codeOf, fieldOf, messageOf } from "../api/functions";
import { NoSuchMeeting } from "../meeting/NotFound";
import { Waiting } from "../meeting/Waiting";
import type { Sign } from "./Icon";
import { Message } from "./Message";

/** Shows the error instead of an empty page. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: undefined as unknown };

  retry = () => this.setState({ error: undefined });

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    if (codeOf(error) === "VALIDATION_ERROR" && fieldOf(error) === "meetingId") return <NoSuchMeeting />;
    const removedFrom = removedFromOf(error);
    if (removedFrom) return <Waiting meetingId={removedFrom} onMember={this.retry} />;
    const { title, text, sign } = wordsFor(error);
    const actions = sign === "alert" && (
      <button type="button" className="primary" onClick={() => location.reload()}>
        Try again
      </button>
    );
    return (
      <Message title={title} sign={sign} actions={actions}>
        <p role="alert">{text}</p>
      </Message>
    );
  }
}

/** Return the meeting that a host has removed this user from. */
function removedFromOf(error: unknown): string | null {
  const meetingId = detailOf(error, "meetingId");
  const removed = codeOf(error) === "FORBIDDEN" && detailOf(error, "reason") === "removed";
  return removed && typeof meetingId === "string" ? meetingId : null;
}

function wordsFor(error: unknown): { title: string; text: string; sign: Sign } {
  if (codeOf(error) !== "FORBIDDEN") return { title: "That did not work", text: messageOf(error), sign: "alert" };
  if (detailOf(error, "meetingId") === undefined)
    return { title: "You do not have access", text: messageOf(error), sign: "shield" };
  return {
    title: "You are not in this meeting",
    text: "You have not been invited to it. Open an invitation link, or ask a host for one.",
    sign: "shield",
  };
}
