import { Icon } from "../ui/Icon";
import { type Moment, showMoment, timeAddress } from "../ui/moments";
import { elapsed } from "../ui/time";

type Props = { cites: Moment[]; zeroMs: number; text: string };

/** As many as fit on a line. */
const FEW = 3;

/** Links to the moments that a statement rests on. */
export function Moments({ cites, zeroMs, text }: Props) {
  return (
    <span className="moments">
      {cites.slice(0, FEW).map((cite) => {
        const time = elapsed(Math.max(0, cite.startMs - zeroMs));
        return (
          <a
            key={cite.segmentId}
            className="moment"
            href={timeAddress(cite.startMs)}
            title="Show in the transcript"
            aria-label={`${time}: show in the transcript: ${text}`}
            onClick={(press) => {
              if (press.metaKey || press.ctrlKey || press.shiftKey || press.altKey) return;
              press.preventDefault();
              showMoment(cite);
            }}
          >
            <Icon sign="clock" />
            {time}
          </a>
        );
      })}
    </span>
  );
}
