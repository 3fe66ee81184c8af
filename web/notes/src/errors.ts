/** The errors of this package. */

/** Base class of every error of this package. */
export class NotesError extends Error {
  override readonly name: string = "NotesError";
}

/** An operation is not in order, or does not fit its text. */
export class UnfitOperation extends NotesError {
  override readonly name = "UnfitOperation";
}

/** A call was interrupted, and may or may not have been carried out. Retrying helps. */
export class Interrupted extends NotesError {
  override readonly name = "Interrupted";

  constructor(
    /** How long the server asks the caller to wait. */
    readonly waitMs = 0,
  ) {
    super("a call to the server was interrupted");
  }
}

/** The server has refused a call, and nothing was changed. */
export class Refused extends NotesError {
  override readonly name = "Refused";

  constructor(
    /** The server's stable code, such as CONFLICT. */
    readonly code: string,
    /** The error as the port got it, for words to users. */
    override readonly cause: unknown = undefined,
  ) {
    super(`the server has refused a call: ${code}`);
  }
}
