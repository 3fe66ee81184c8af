import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { type Credentials, type SignedIn, SignInNeeded, TryLater } from "../src/auth/credentials";
import { type Clock, SignInSession } from "../src/auth/signInSession";

const LIFE_S = 600;
let now = 0;
let waits: number[] = [];
let made = 0;

/** A clock whose waits are over at once, unless they are long: those end when they are interrupted. */
const clock: Clock = {
  now: () => now,
  wait: (ms, signal) => {
    waits.push(ms);
    if (ms <= 30_000 && !stuck) {
      now += ms;
      return Promise.resolve();
    }
    return new Promise((done) => signal.addEventListener("abort", () => done()));
  },
};
let stuck = false;

beforeEach(() => {
  now = 1_800_000_000_000;
  waits = [];
  made = 0;
  stuck = false;
});

function tokenOf(subject = "ada"): SignedIn {
  made += 1;
  const claims = { sub: subject, iat: now / 1000, exp: now / 1000 + LIFE_S, jti: made };
  const token = `x.${btoa(JSON.stringify(claims))}.y`;
  return { token, subject, email: "" };
}

/** Credentials that do these things one after another; the last one again and again. */
function credentials(...steps: (() => SignedIn)[]): Credentials & { forced: boolean[] } {
  const forced: boolean[] = [];
  const fresh = async (force: boolean) => {
    forced.push(force);
    const step = steps.length > 1 ? steps.shift() : steps[0];
    return (step as () => SignedIn)();
  };
  return { fresh, forced };
}

const good = () => tokenOf();
const later = () => {
  throw new TryLater("The sign-in provider is not responding.");
};
const needed = () => {
  throw new SignInNeeded("Your sign-in has ended.");
};
const settle = () => new Promise((done) => setTimeout(done, 0));

test("a failure for a moment is tried again, later and later, and then forgotten", async () => {
  const session = new SignInSession(credentials(later, later, later, good), clock);
  const states: string[] = [];
  session.subscribe(() => states.push(session.status().state));
  expect(await session.token(false)).not.toBeNull();
  expect(waits).toEqual([500, 1000, 2000]);
  expect(states).toEqual(["waiting", "good"]);
});

test("waits grow to half a minute and no further", async () => {
  const session = new SignInSession(credentials(...Array(12).fill(later), good), clock);
  await session.token(false);
  expect(Math.max(...waits)).toBe(30_000);
});

test("a client that is told when to come back does not come before", async () => {
  const busy = () => {
    throw new TryLater("Too many people have signed in from your network.", 20_000);
  };
  await new SignInSession(credentials(busy, busy, good), clock).token(false);
  expect(waits).toEqual([20_000, 20_000]);
});

test("an unforeseen fault is tried again, in words of ours", async () => {
  const broken = () => {
    throw new RangeError("undefined is not a function");
  };
  const session = new SignInSession(credentials(broken, good), clock);
  const words: unknown[] = [];
  session.subscribe(() => words.push(session.status()));
  await session.token(false);
  expect(words[0]).toEqual({ state: "waiting", words: "The sign-in could not be renewed." });
});

test("a user that has to sign in again is waited for, and goes on where they were", async () => {
  stuck = true;
  const session = new SignInSession(credentials(needed, good), clock);
  const waited = session.token(true);
  await settle();
  expect(session.status()).toEqual({ state: "ended", words: "Your sign-in has ended." });
  session.retry();
  expect(await waited).not.toBeNull();
  expect(session.status()).toEqual({ state: "good" });
});

test("a token that the server refused is replaced once, and then it is said", async () => {
  stuck = true;
  const source = credentials(good);
  const session = new SignInSession(source, clock);
  const first = await session.token(false);
  session.refused("The token was made for another audience", true);
  const second = await session.token(true);
  expect(second).not.toBe(first);
  session.refused("The token was made for another audience", true);
  const third = session.token(true);
  await settle();
  expect(session.status()).toEqual({ state: "refused", words: "The token was made for another audience" });
  expect(source.forced).toEqual([false, true]);
  session.retry();
  expect(await third).not.toBe(second);
  session.accepted();
  expect(session.status()).toEqual({ state: "good" });
});

test("a refused token that cannot be replaced is not issued out again", async () => {
  stuck = true;
  const same = tokenOf();
  const session = new SignInSession(
    credentials(() => same),
    clock,
  );
  expect(await session.token(false)).toBe(same.token);
  session.refused("This server does not know the token's issuer", true);
  void session.token(true);
  await settle();
  expect(session.status()).toMatchObject({ state: "refused", words: "This server does not know the token's issuer" });
});

test("a token that ended and cannot be renewed asks to sign in again", async () => {
  stuck = true;
  const same = tokenOf();
  const session = new SignInSession(
    credentials(() => same),
    clock,
  );
  await session.token(false);
  session.refused("The token has expired: get a new one", false);
  void session.token(true);
  await settle();
  expect(session.status().state).toBe("ended");
});

test("a session never changes to another account", async () => {
  stuck = true;
  const session = new SignInSession(
    credentials(good, () => tokenOf("ben"), good),
    clock,
  );
  await session.token(false);
  now += LIFE_S * 1000;
  const waited = session.token(true);
  await settle();
  expect(session.status()).toMatchObject({ state: "ended", words: expect.stringContaining("Another person") });
  session.retry();
  await waited;
  expect(session.signedIn?.subject).toBe("ada");
});

test("a token is not replaced as soon as it was issued out", async () => {
  const source = credentials(good);
  const session = new SignInSession(source, clock);
  await session.token(false);
  stuck = true;
  const waited = session.token(true);
  await settle();
  expect(waits).toEqual([10_000]);
  expect(source.forced).toEqual([false]);
  session.retry();
  expect(await waited).not.toBeNull();
});

test("a second request takes the place of the first", async () => {
  stuck = true;
  const session = new SignInSession(credentials(later, good), clock);
  const before = session.token(false);
  await settle();
  const after = session.token(false);
  expect(await before).toBeNull();
  expect(await after).not.toBeNull();
});

test("a closed session asks no more", async () => {
  stuck = true;
  const session = new SignInSession(credentials(later), clock);
  const waited = session.token(false);
  await settle();
  session.close();
  expect(await waited).toBeNull();
});

test("a server that cannot tell is said, until it shows something", () => {
  const session = new SignInSession(credentials(good), clock);
  session.unverifiable("The server cannot reach the sign-in provider.");
  expect(session.status().state).toBe("waiting");
  session.verified();
  expect(session.status().state).toBe("good");
});

test("whatever happens, no refused token is issued out and no open session gives up", async () => {
  const step = fc.constantFrom("good", "same", "later", "fault", "needed", "refuse", "expire", "accept");
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      let last = tokenOf();
      const fresh = async () => {
        const next = steps.shift() ?? "good";
        if (next === "later") return later();
        if (next === "needed") return needed();
        if (next === "fault") throw new Error("odd");
        if (next !== "same") last = tokenOf();
        return last;
      };
      const session = new SignInSession({ fresh }, clock);
      let rejected: string | null = null;
      for (let asked = 0; asked < 10; asked++) {
        const token = await session.token(asked > 0);
        expect(token).not.toBeNull();
        expect(token).not.toBe(rejected);
        const next = steps.shift();
        if (next === "refuse" || next === "expire") rejected = token;
        if (next === "refuse") session.refused("no", true);
        if (next === "expire") session.refused("expired", false);
        if (next === "accept") {
          session.accepted();
          rejected = null;
        }
        now += LIFE_S * 1000;
      }
    }),
    { numRuns: 200 },
  );
});
