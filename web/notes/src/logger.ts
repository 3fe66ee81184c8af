/** Where notes report failures that they retry. `console` fits. */

export interface Logger {
  warn(message: string, cause?: unknown): void;
}

export const SILENT: Logger = { warn: () => undefined };
