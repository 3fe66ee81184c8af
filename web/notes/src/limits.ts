/** Limits of the server. */

/** Most UTF-16 units of a text. */
export const MAX_TEXT = 1_000_000;
