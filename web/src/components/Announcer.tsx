import { useEffect, useRef, useState } from "react";
import { type Member, nameOf } from "../api";

/** Says who comes and goes, to people who do not see the grid. */
export function Announcer({ members, me }: { members: Member[]; me: string }) {
  const [said, setSaid] = useState("");
  const before = useRef<Map<string, string> | null>(null);
  useEffect(() => {
    const now = new Map(
      members
        .filter((one) => one.presence === "joined" && one.userId !== me)
        .map((one) => [one.userId, nameOf(one.user)]),
    );
    const old = before.current;
    before.current = now;
    if (!old) return;
    const came = [...now].filter(([id]) => !old.has(id)).map(([, name]) => `${name} has joined.`);
    const left = [...old].filter(([id]) => !now.has(id)).map(([, name]) => `${name} has left.`);
    if (came.length + left.length > 0) setSaid([...came, ...left].join(" "));
  }, [members, me]);
  return (
    <p className="sr-only" role="status">
      {said}
    </p>
  );
}
