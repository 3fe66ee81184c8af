/** Lists of wishes that users put together: each text once, whatever its case. */

export const MOST_WISHES = 20;
export const WISH_LENGTH = 80;

/** Roles to choose from, each with the one that complements it. */
export const ROLES = ["Peer", "Mentor", "Mentee", "Founder", "Investor", "Technical", "Business"];

/** Return the list with a text at its end, or unchanged if it has the text, is full, or the text is blank. */
export function withWish(list: readonly string[], text: string): string[] {
  const wish = text.replace(/\s+/g, " ").trim().slice(0, WISH_LENGTH);
  const has = list.some((one) => folded(one) === folded(wish));
  return wish === "" || has || list.length >= MOST_WISHES ? [...list] : [...list, wish];
}

/** Return the list without a text. */
export function withoutWish(list: readonly string[], text: string): string[] {
  return list.filter((one) => folded(one) !== folded(text));
}

function folded(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s_-]+/g, " ");
}
