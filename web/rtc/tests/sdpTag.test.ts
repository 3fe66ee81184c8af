import { describe, expect, test } from "vitest";
import { isPolite, newLink, newPage, pageOf, sessionIdOf } from "../src/ids";
import { addTag, readTag } from "../src/rooms/mesh/sdpTag";

const SDP = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n";

describe("the address of a description", () => {
  test("is read as it was written, and leaves the rest alone", () => {
    const address = { from: "a1", toPage: "page-2", to: "b2" };
    const stamped = addTag({ type: "offer", sdp: SDP }, address);
    expect(readTag(stamped)).toEqual(address);
    expect(stamped.sdp.startsWith(SDP)).toBe(true);
    expect(stamped.sdp.endsWith("\r\n")).toBe(true);
  });

  test("may not know the connection on the other side", () => {
    const address = { from: "a1", toPage: "page-2", to: null };
    expect(readTag(addTag({ type: "offer", sdp: SDP }, address))).toEqual(address);
  });

  test("is absent in descriptions of other clients", () => {
    expect(readTag({ type: "offer", sdp: SDP })).toBeNull();
    expect(readTag({ type: "offer", sdp: `a=x-connvo:a b c\r\n${SDP}` })).toBeNull();
  });
});

describe("session ids", () => {
  test("name the page and the attempt", () => {
    const page = newPage();
    expect(pageOf(sessionIdOf(page, 3))).toBe(page);
    expect(sessionIdOf(page, 1)).not.toBe(sessionIdOf(page, 2));
  });

  test("of other clients are a page of their own", () => {
    expect(pageOf("somebody")).toBe("somebody");
  });

  test("settle between two pages which one is polite", () => {
    const [one, other] = [newPage(), newPage()];
    expect(isPolite(one, other)).toBe(!isPolite(other, one));
  });

  test("connections never share a name", () => {
    expect(new Set(Array.from({ length: 100 }, newLink)).size).toBe(100);
  });
});
