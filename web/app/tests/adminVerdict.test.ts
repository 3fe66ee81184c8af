import { describe, expect, it } from "vitest";
import type { NodeHealth, Service, Slo } from "../src/admin/api";
import { segments } from "../src/admin/figures";
import { LATE_MS, partInWords, verdict } from "../src/admin/verdict";

const NOW = 1_000_000;
const node = (fields: Partial<NodeHealth>) =>
  ({ node: "abcdefghijkl", stopped: false, writtenAt: NOW, ...fields }) as NodeHealth;
const part = (name: string, state: string, detail = ""): Service => ({ name, state, detail });
const slo = (name: string, status: Slo["status"]) => ({ name, status }) as Slo;

describe("how the server is", () => {
  it("is well while nodes write and nothing has failed", () => {
    const parts = [part("database", "ok"), part("language_model", "none"), part("failed_jobs", "ok", "0")];
    expect(verdict([node({})], parts, [slo("latency", "healthy")], NOW)).toEqual({
      tone: "good",
      words: "All is well",
      reasons: [],
    });
  });

  it("is as bad as the worst part, and names each cause", () => {
    const parts = [part("janus", "half_open"), part("failed_jobs", "failed", "3")];
    const found = verdict([node({})], parts, [slo("update_latency", "critical")], NOW);
    expect(found.tone).toBe("bad");
    expect(found.reasons).toEqual(["janus", "failed jobs: 3", "objective update latency is critical"]);
    expect(verdict([node({})], parts.slice(0, 1), [], NOW).tone).toBe("fair");
  });

  it("takes a silent node for an alarm, and one that stopped in order for none", () => {
    const long = NOW - LATE_MS - 1;
    expect(verdict([node({ writtenAt: long })], [], [], NOW).tone).toBe("bad");
    expect(verdict([node({ writtenAt: long, stopped: true })], [], [], NOW).tone).toBe("good");
  });

  it("names parts in words, with their number", () => {
    expect(partInWords(part("failed_jobs", "failed", "12"))).toBe("failed jobs: 12");
    expect(partInWords(part("embedding_model", "works", "bge"))).toBe("embedding model");
  });
});

describe("names of the program", () => {
  it("break after their signs, and lose no letter", () => {
    const parts = (name: string) => segments(name).map(({ part: one }) => one);
    expect(parts("user.erase_begun")).toEqual(["user.", "erase_", "begun"]);
    expect(parts("meetings/lifecycle:endMeeting")).toEqual(["meetings/", "lifecycle:", "endMeeting"]);
    for (const name of ["", "a", "a..b_", "/x"]) expect(parts(name).join("")).toBe(name);
  });
});
