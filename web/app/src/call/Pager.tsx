import { Icon } from "../ui/Icon";
import type { Box } from "./layout/geometry";

type Props = { box: Box; page: number; pages: number; onPage: (page: number) => void };

/** Turns the pages of tiles when they do not all fit. */
export function Pager({ box, page, pages, onPage }: Props) {
  const { left, top, width, height } = box;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of buttons, not of fields
    <div className="pager" style={{ left, top, width, height }} role="group" aria-label="Pages of participants">
      <button
        type="button"
        className="quiet icon-button"
        aria-label="Previous page"
        title="Previous page"
        disabled={page === 0}
        onClick={() => onPage(page - 1)}
      >
        <Icon sign="previous" />
      </button>
      <span role="status">
        <span className="sr-only">Page </span>
        {page + 1} <span aria-hidden="true">/</span>
        <span className="sr-only">of</span> {pages}
      </span>
      <button
        type="button"
        className="quiet icon-button"
        aria-label="Next page"
        title="Next page"
        disabled={page === pages - 1}
        onClick={() => onPage(page + 1)}
      >
        <Icon sign="next" />
      </button>
    </div>
  );
}
