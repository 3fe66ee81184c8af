import { languages } from "./languages";

type Props = { language: string; known: readonly string[]; onChoose: (language: string) => void };

/** The language that the user speaks. */
export function LanguageChoice({ language, known, onChoose }: Props) {
  return (
    <label className="language">
      <span>I speak</span>
      <select value={language} onChange={(event) => onChoose(event.target.value)}>
        {languages(known).map(({ tag, name }) => (
          <option key={tag} value={tag} lang={tag}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
