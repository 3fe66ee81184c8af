import { Message } from "../ui/Message";

type Props = { title: string; why: string; onAgain: () => void };

/** Replaces a call that the server did not let this user into. */
export function NotLetIn({ title, why, onAgain }: Props) {
  return (
    <Message
      title="You could not join"
      sign="leave"
      actions={
        <button type="button" className="primary" onClick={onAgain}>
          Try again
        </button>
      }
    >
      <p>
        <bdi>{title}</bdi>
      </p>
      <p role="alert">{why}</p>
    </Message>
  );
}
