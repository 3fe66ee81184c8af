/** Where a call says what went wrong and is tried again: `console` is one. */

export interface Logger {
  warn(message: string, cause?: unknown): void;
}

export const SILENT: Logger = { warn: () => undefined };
