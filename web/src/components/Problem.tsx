import { Component, type ReactNode } from "react";
import { codeOf, fieldOf, messageOf } from "../api";
import { NoSuchMeeting } from "../pages/NotFound";

/** Shows what went wrong instead of an empty page. */
export class Problem extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: undefined as unknown };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    if (codeOf(error) === "VALIDATION_ERROR" && fieldOf(error) === "meetingId") return <NoSuchMeeting />;
    const outside = codeOf(error) === "FORBIDDEN";
    return (
      <main className="narrow card">
        <h1>{outside ? "You are not in this meeting" : "That did not work"}</h1>
        <p role="alert">{outside ? "A host has removed you, or you have not been invited." : messageOf(error)}</p>
        <a className="button" href="/">
          My meetings
        </a>
      </main>
    );
  }
}
