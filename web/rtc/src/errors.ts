/** The errors of this package. A refusal of the server is no error of ours: it is passed on as `Signalling` gives it. */

/** Any error that this package makes. */
export class CallError extends Error {
  override readonly name: string = "CallError";
}

/** The server did not answer a call, for a reason that passes. It may or may not have been carried out. */
export class Interrupted extends CallError {
  override readonly name = "Interrupted";

  constructor(
    /** The server asks the caller to wait this long. */
    readonly waitMs = 0,
  ) {
    super("the connection to the server was lost during a call");
  }
}

/** The server said nothing for too long. */
export class NoAnswer extends CallError {
  override readonly name = "NoAnswer";

  constructor() {
    super("the server does not answer");
  }
}

/** This page has left the call, or another page of the same member has it now. */
export class CallLeft extends CallError {
  override readonly name = "CallLeft";

  constructor() {
    super("this page has left the call");
  }
}

/** A Janus server refused a request, with the code that it or its plugin gave. */
export class JanusError extends CallError {
  override readonly name = "JanusError";

  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}
