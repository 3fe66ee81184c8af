/** The languages that a speaker can choose. */

/** Those of recognisers that know any. */
const TAGS = [
  ...["ar", "bn", "bg", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi", "hr", "hu", "id"],
  ...["it", "ja", "ko", "lt", "lv", "ms", "nb", "nl", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "sw", "ta", "th"],
  ...["tr", "uk", "ur", "vi", "zh"],
];

export type Language = { tag: string; name: string };

/** Return the languages that a server knows, or all if it names none, by their own names in order. */
export function languages(known: readonly string[]): Language[] {
  return (known.length > 0 ? known : TAGS)
    .map((tag) => ({ tag, name: nameIn(tag) }))
    .sort((one, other) => one.name.localeCompare(other.name));
}

/** Return the language to begin with: that of the speaker or the browser, such as "en" for "en-GB", if it is known. */
export function firstLanguage(wanted: string, known: readonly string[]): string {
  const [base = "en"] = wanted.toLowerCase().split("-");
  const tag = base === "no" || base === "nn" ? "nb" : base;
  const [first = tag] = known;
  return known.length === 0 || known.includes(tag) ? tag : first;
}

function nameIn(tag: string): string {
  try {
    const name = new Intl.DisplayNames([tag, "en"], { type: "language" }).of(tag) ?? tag;
    return name.charAt(0).toLocaleUpperCase(tag) + name.slice(1);
  } catch {
    return tag;
  }
}
