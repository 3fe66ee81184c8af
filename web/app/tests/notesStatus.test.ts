import { Refused, type Status } from "@connvo/notes";
import { ConvexError } from "convex/values";
import { describe, expect, it } from "vitest";
import { sentence } from "../src/notes/presence";
import { announcement, statusText } from "../src/notes/statusText";

const MEMBER = { canWrite: true, canManage: false, locked: false };
const LOCKED = { canWrite: false, canManage: false, locked: true };
const refused = (code: string, message: string): Status => ({
  state: "refused",
  error: new Refused(code, new ConvexError({ code, message, metadata: {} })),
  pending: true,
  kept: "yes",
});

describe("the status of notes", () => {
  it("says that changes are kept on this device only if they are", () => {
    expect(statusText({ state: "offline", pending: true, kept: "yes" }, MEMBER).words).toContain("kept on this device");
    expect(statusText({ state: "offline", pending: true, kept: "no" }, MEMBER).words).toContain("leave this page open");
    expect(statusText({ state: "offline", pending: false, kept: "yes" }, MEMBER).words).toBe("You can go on writing.");
  });

  it("says why something is not saved, in plain words", () => {
    expect(statusText(refused("FORBIDDEN", "locked"), LOCKED).words).toContain("A host has locked the notes");
    expect(statusText(refused("LIMIT_EXCEEDED", "too long"), MEMBER).words).toContain("too long");
    expect(statusText(refused("NOT_FOUND", "no such meeting"), MEMBER).words).toContain("no longer exists");
  });

  it("does not call saved text unsaved when the server no longer shows the notes", () => {
    const status = { ...refused("NOT_FOUND", "no such meeting"), pending: false } as Status;
    expect(statusText(status, MEMBER).title).toBe("Out of date");
  });

  it("is read aloud when it matters, and when it is over", () => {
    const offline: Status = { state: "offline", pending: true, kept: "yes" };
    expect(announcement("saving", statusText(offline, MEMBER), "offline")).toMatch(/^Offline\. /);
    expect(announcement("offline", statusText({ state: "saving", kept: "yes" }, MEMBER), "saving")).toBeNull();
    expect(announcement("offline", statusText({ state: "saved" }, MEMBER), "saved")).toBe("All changes are saved.");
    expect(announcement("saving", statusText({ state: "saved" }, MEMBER), "saved")).toBeNull();
  });
});

describe("presence in words", () => {
  it("names who came and who writes", () => {
    expect(sentence(["Ada"], [])).toBe("Ada has opened the notes.");
    expect(sentence(["Ada", "Ben"], ["Cy"])).toBe("Ada and Ben have opened the notes. Cy is writing in the notes.");
  });
});
