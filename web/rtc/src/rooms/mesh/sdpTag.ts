/**
 * The sender and recipient of a description, more exactly than by member: one line at the end of its SDP.
 *
 * A page may open several connections to the same page, one after the other, and a member may reload while signals are
 * under way. The line names the sending connection, the receiving page, and the connection there once it is known.
 * WebRTC stacks ignore unknown attributes and drop the line when they write SDP. A description without the line comes
 * from another client and is accepted as it is.
 */

import type { Description } from "../../types";

export type SdpTag = { from: string; toPage: string; to: string | null };

const LINE = /\r?\na=x-connvo:(\S+) (\S+) (\S+)\r?\n?$/;
const UNKNOWN = "-";

export function addTag(description: Description, { from, toPage, to }: SdpTag): Description {
  const body = description.sdp.replace(/\r?\n$/, "");
  return { type: description.type, sdp: `${body}\r\na=x-connvo:${from} ${toPage} ${to ?? UNKNOWN}\r\n` };
}

export function readTag(description: Description): SdpTag | null {
  const [, from, toPage, to] = LINE.exec(description.sdp) ?? [];
  if (from === undefined || toPage === undefined) return null;
  return { from, toPage, to: to === UNKNOWN || to === undefined ? null : to };
}
