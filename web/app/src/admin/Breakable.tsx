import { Fragment } from "react";
import { segments } from "./figures";

/** A name of the program, which breaks between its words only. */
export function Breakable({ text }: { text: string }) {
  return (
    <code className="breakable">
      {segments(text).map(({ at, part }) => (
        <Fragment key={at}>
          {part}
          <wbr />
        </Fragment>
      ))}
    </code>
  );
}
