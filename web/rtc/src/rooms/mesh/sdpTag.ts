/**
 * Who a description is from and for, more exactly than by member: one line at the end of its SDP.
 *
 * A page may open several connections to the same other page, one after the other, and a member may reload the page
 * while signals are under way. The line names the connection it comes from, the page it goes to, and the connection
 * there, once that is known. Every WebRTC stack ignores attributes it does not know, and drops the line when it
 * writes SDP of its own; a description without the line is from somebody else's client and is taken as it comes.
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
