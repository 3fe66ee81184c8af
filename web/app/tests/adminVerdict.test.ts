import { describe, expect, it } from "vitest";
import type { NodeHealth, Service, Slo } from "../src/admin/api";
import { segments } from "../src/admin/figures";
import { ALARM_MS, LATE_MS, partInWords, verdict } from "../src/admin/verdict";
import { clock } from "../src/ui/time";

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

  it("is as bad as the worst part, and names its causes alone", () => {
    const parts = [part("relay", "warning", "none is set"), part("failed_jobs", "failed", "3")];
    const found = verdict([node({})], parts, [slo("update_latency", "critical")], NOW);
    expect(found.tone).toBe("bad");
    expect(found.reasons).toEqual(["failed jobs: 3", "objective update latency is critical"]);
    const mild = verdict([node({})], parts.slice(0, 1), [], NOW);
    expect(mild).toMatchObject({ tone: "fair", reasons: ["relay: none is set"] });
  });

  it("says what is wrong with a part, by its detail if that is short", () => {
    const reasons = (detail: string) => verdict([], [part("embedding_model", "half_open", detail)], [], NOW).reasons;
    expect(reasons("does not answer")).toEqual(["embedding model: does not answer"]);
    for (const detail of ["", "long ".repeat(20)]) expect(reasons(detail)).toEqual(["embedding model: half open"]);
  });

  it("takes a silent node for an alarm, and one that stopped in order for none", () => {
    const long = NOW - LATE_MS - 1;
    expect(verdict([node({ writtenAt: long })], [], [], NOW).tone).toBe("bad");
    expect(verdict([node({ writtenAt: long, stopped: true })], [], [], NOW).tone).toBe("good");
  });

  it("is an alarm no longer once a node was silent for long", () => {
    const lost = node({ writtenAt: NOW - ALARM_MS });
    expect(verdict([lost], [], [], NOW).tone).toBe("bad");
    const later = verdict([lost, node({})], [], [], NOW + 1);
    expect(later.tone).toBe("fair");
    expect(later.reasons).toEqual([`node efghijkl has been silent since ${clock(lost.writtenAt)}`]);
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
