import { useConvex } from "convex/react";
import { type RefObject, useCallback, useEffect } from "react";
import { api } from "../api/functions";
import { keepInView } from "../ui/keepInView";
import { type Moment, timeIn, useMoments } from "../ui/moments";

/** Follow statements of the report, and an address that names a moment, to their place in the transcript. */
export function useMomentJump(
  meetingId: string,
  section: RefObject<HTMLElement | null>,
  onJump: (sequence: number) => void,
): void {
  const convex = useConvex();
  const jump = useCallback(
    async ({ startMs }: Pick<Moment, "startMs">) => {
      const sequence = await convex.query(api.sequenceAt, { meetingId, atMs: startMs });
      if (sequence === null) return;
      onJump(sequence);
      section.current?.scrollIntoView({ block: "nearest" });
    },
    [convex, meetingId, onJump, section],
  );
  useMoments(useCallback((moment: Moment) => void jump(moment).catch(() => undefined), [jump]));
  useEffect(() => {
    const startMs = timeIn(location.hash);
    if (startMs === null) return;
    void jump({ startMs }).catch(() => undefined);
    return keepInView(() => section.current, "nearest");
  }, [jump, section]);
}
