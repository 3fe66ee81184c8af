import { Component, type ReactNode } from "react";
import { isSignedOut } from "../api/errors";
import { messageOf } from "../api/functions";
import { Message } from "../ui/Message";

type Ways = { onRetry: () => void; onOtherAccount: () => void; onSignedOut: () => void };

/** Explains why an account cannot be used, with ways back. */
export class AccountProblem extends Component<Ways & { children: ReactNode }, { error: unknown }> {
  override state = { error: undefined as unknown };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    if (isSignedOut(error)) return <SignedOut onSignIn={this.props.onSignedOut} />;
    return <AccountCard {...this.props} error={error} />;
  }
}

type CardProps = { error: unknown; onRetry: () => void; onOtherAccount: () => void };

export function AccountCard({ error, onRetry, onOtherAccount }: CardProps) {
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

/** Shown when this sign-in was ended on another device, by the user or by an administrator. */
export function SignedOut({ onSignIn }: { onSignIn: () => void }) {
  return (
    <Message
      title="You have been signed out"
      sign="signOut"
      home={false}
      actions={
        <button type="button" className="primary" onClick={onSignIn}>
          Sign in again
        </button>
      }
    >
      <p role="alert">This sign-in was ended, in another window, on another device, or by an administrator.</p>
    </Message>
  );
}
