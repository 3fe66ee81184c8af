/** Texts that the server does not have, by meeting: also for pages that do not show the notes. */

export const unsavedNotes = new Map<string, () => string[]>();
