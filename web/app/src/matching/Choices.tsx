type Props = {
  label: string;
  options: readonly string[];
  chosen: readonly string[];
  onChoose: (option: string) => void;
  onDrop: (option: string) => void;
};

/** Options of which any number can be chosen, as buttons that stay pressed. */
export function Choices({ label, options, chosen, onChoose, onDrop }: Props) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is around it already
    <div role="group" aria-label={label} className="choices">
      {options.map((one) => {
        const pressed = chosen.includes(one);
        return (
          <button
            key={one}
            type="button"
            className="small choice"
            aria-pressed={pressed}
            onClick={() => (pressed ? onDrop : onChoose)(one)}
          >
            <bdi>{one}</bdi>
          </button>
        );
      })}
    </div>
  );
}
