import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { messageOf } from "../src/api/errors";
import { SignInFailed } from "../src/auth/credentials";
import { SignInRefused } from "../src/auth/refusals";

const told = (description: unknown, code = "access_denied") => new SignInRefused(code, description).told;

describe("a refusal of the provider", () => {
  test.each([
    ["access_denied", /not allowed.*another account/],
    ["login_required", /sign in there again/],
    ["interaction_required", /ask you something/],
    ["account_selection_required", /choose one/],
    ["consent_required", /consent/],
    ["invalid_scope", /administrator/],
    ["unauthorized_client", /administrator/],
    ["invalid_client", /administrator/],
    ["invalid_request", /administrator/],
    ["invalid_grant", /took too long/],
    ["server_error", /went wrong at the sign-in provider/],
    ["temporarily_unavailable", /in a moment/],
    ["registration_not_supported", /refused/],
    ["__proto__", /refused/],
    ["", /refused/],
    [null, /refused/],
  ])("%s has words of its own, and is no fault of the page", (code, words) => {
    const refused = new SignInRefused(code, "the_user said: [no] AADSTS65004 Trace ID 1");
    expect(refused).toBeInstanceOf(SignInFailed);
    expect(messageOf(refused)).toBe(refused.message);
    expect(refused.message).toMatch(words);
    expect(refused.message).not.toContain("AADSTS");
    expect(refused.told).toBe("the_user said: [no] AADSTS65004 Trace ID 1");
  });

  test("an unknown code replaces a description that is missing", () => {
    expect(told(null, "odd_code")).toBe("odd_code");
    expect(told(undefined)).toBeNull();
    expect(told("\u202e\n ")).toBeNull();
    for (const odd of [7, {}, [], true]) expect(told(odd)).toBeNull();
  });

  test("the provider's words are one line without marks that turn text around", () => {
    expect(told("Call\u0000 now\u202e!\r\n\u2028Bye\u2066\u200f\u061c\ufeff\ud800")).toBe("Call now! Bye");
    expect(told("می\u200cخواهم")).toBe("می\u200cخواهم");
    expect(told("<b>&amp;")).toBe("<b>&amp;");
  });

  test("they are short, whatever is sent", () => {
    expect(told("x".repeat(200))).toBe("x".repeat(200));
    expect([...(told("😀".repeat(100_000)) ?? "")]).toHaveLength(200);
    expect(told("x".repeat(201))).toBe(`${"x".repeat(199)}…`);
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
        const shown = told(text) ?? "";
        expect([...shown].length).toBeLessThanOrEqual(200);
        expect(shown).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });
});
