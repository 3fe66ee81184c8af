import { Component, type ReactNode } from "react";
import { messageOf } from "../api";
import { Message } from "./Message";

type Ways = { onRetry: () => void; onOtherAccount: () => void };

/** Shows why an account cannot be used, with ways back. */
export class AccountProblem extends Component<Ways & { children: ReactNode }, { error: unknown }> {
  override state = { error: undefined as unknown };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return <AccountCard {...this.props} error={error} />;
  }
}

export function AccountCard({ error, onRetry, onOtherAccount }: Ways & { error: unknown }) {
  return (
    <Message
      title="Your account cannot be used"
      sign="person"
      home={false}
      actions={
        <>
          <button type="button" className="primary" onClick={onRetry}>
            Try again
          </button>
          <button type="button" onClick={onOtherAccount}>
            Sign in with another account
          </button>
        </>
      }
    >
      <p role="alert">{messageOf(error)}</p>
    </Message>
  );
}
