/** The server's limit. */
const MAX_LENGTH = 200;

type Props = { title: string; fallback: string; onTitle: (title: string) => void };

/** The title of a meeting; `fallback` is used when none is given. */
export function TitleField({ title, fallback, onTitle }: Props) {
  return (
    <label>
      Title
      <input
        value={title}
        onChange={(event) => onTitle(event.target.value)}
        maxLength={MAX_LENGTH}
        placeholder={fallback}
        dir="auto"
      />
    </label>
  );
}
