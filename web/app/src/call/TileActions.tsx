import { type MouseEvent, useRef } from "react";
import { Icon } from "../ui/Icon";
import { useFullScreen } from "../ui/useFullScreen";

type Props = { name: string; pinned: boolean; large: boolean; onPin: () => void };

/** A double click on a button must not pin the tile below it. */
const keep = (event: MouseEvent) => event.stopPropagation();

/** The actions of a tile: pin it and, once it is large, show it in full screen. */
export function TileActions({ name, pinned, large, onPin }: Props) {
  const row = useRef<HTMLElement | null>(null);
  const fullScreen = useFullScreen(row);
  const fill = (event: MouseEvent<HTMLButtonElement>) => {
    row.current = event.currentTarget.closest("figure");
    fullScreen.toggle();
  };
  return (
    <>
      {large && fullScreen.possible && (
        <button
          type="button"
          className="tile-action"
          title="Fill the screen"
          data-roving
          onClick={fill}
          onDoubleClick={keep}
        >
          <Icon sign="expand" />
          <span className="sr-only">Fill the screen with {name}</span>
        </button>
      )}
      <button
        type="button"
        className="tile-action"
        aria-pressed={pinned}
        title={pinned ? "Unpin" : "Pin: show large"}
        data-roving
        onClick={onPin}
        onDoubleClick={keep}
      >
        <Icon sign="pin" />
        <span className="sr-only">Pin {name}</span>
      </button>
    </>
  );
}
