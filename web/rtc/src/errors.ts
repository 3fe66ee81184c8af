/** The errors of this package. A refusal of the server is not one of them: it is passed on as `Signalling` gives it. */

/** Base class of every error of this package. */
export class CallError extends Error {
  override readonly name: string = "CallError";
}

/** The connection was lost during a call, and the call may or may not have been carried out. Retrying helps. */
export class Interrupted extends CallError {
  override readonly name = "Interrupted";

  constructor(
    /** How long the server asks the caller to wait. */
    readonly waitMs = 0,
  ) {
    super("the connection to the server was lost during a call");
  }
}

/** The server did not answer in time. */
export class NoAnswer extends CallError {
  override readonly name = "NoAnswer";

  constructor() {
    super("the server does not answer");
  }
}

/** This page has left the call, or another page of the same member has taken it over. */
export class CallLeft extends CallError {
  override readonly name = "CallLeft";

  constructor() {
    super("this page has left the call");
  }
}

/** A Janus server refused a request; `code` is Janus's own or its plugin's. */
export class JanusError extends CallError {
  override readonly name = "JanusError";

  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}
