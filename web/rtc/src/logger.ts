/** Where a call reports failures that it retries. `console` fits. */

export interface Logger {
  warn(message: string, cause?: unknown): void;
}

export const SILENT: Logger = { warn: () => undefined };
