type Props = { title: string; why: string; onAgain: () => void };

/** In place of a call that the server did not let this person into. */
export function NotLetIn({ title, why, onAgain }: Props) {
  return (
    <main className="narrow card">
      <h1>You could not come in</h1>
      <p className="muted">{title}</p>
      <p role="alert">{why}</p>
      <div className="row">
        <button type="button" className="primary" onClick={onAgain}>
          Try again
        </button>
        <a className="button" href="/">
          My meetings
        </a>
      </div>
    </main>
  );
}
