// Signing in with a real provider, configured like each that is documented, as the page does it but for the browser.
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { bound } from "../src/auth/boundedFetch";
import { claimsOf, NotBegunHere, SignInFailed, SignInNeeded, TryLater } from "../src/auth/credentials";
import { OidcProvider } from "../src/auth/oidc";
import { SignInRefused } from "../src/auth/refusals";

const PAGE = "http://127.0.0.1:9";
const ISSUER = fileURLToPath(new URL("issuer.mjs", import.meta.url));
const PATIENCE_MS = 30_000;
const OIDC_SCOPES = ["openid", "profile", "email", "offline_access"];
const running = [];
let went = "";
// The page bounds its own requests; the person in the browser is not the page.
const outside = globalThis.fetch;

class FakeStorage {
  #items = new Map();
  get length() {
    return this.#items.size;
  }
  key = (index) => [...this.#items.keys()][index] ?? null;
  getItem = (key) => this.#items.get(key) ?? null;
  setItem = (key, value) => void this.#items.set(key, value);
  removeItem = (key) => void this.#items.delete(key);
}

function arriveAt(address) {
  const url = new URL(address);
  const { href, pathname, search } = url;
  vi.stubGlobal("location", { href, pathname, search, origin: PAGE, assign: (to) => (went = String(to)) });
}

beforeEach(() => {
  vi.stubGlobal("localStorage", new FakeStorage());
  vi.stubGlobal("history", { replaceState: () => undefined });
  vi.stubGlobal("navigator", {});
  arriveAt(`${PAGE}/m/meeting`);
});
afterEach(() => vi.useRealTimers());
afterAll(() => {
  for (const one of running) one.kill();
});

/** Runs a provider; returns its name. */
function started(options) {
  const child = spawn(process.execPath, [ISSUER, PAGE, JSON.stringify(options)], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  running.push(child);
  return new Promise((done) => child.stdout.on("data", (text) => done(String(text).trim())));
}

/** Returns what the server tells the page about a provider, from its discovery document. */
async function wayTo(issuer, scope, parameters = {}) {
  const response = await outside(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
  const told = await response.json();
  const endpoints = {
    authorization: told.authorization_endpoint,
    token: told.token_endpoint,
    userinfo: told.userinfo_endpoint,
    revocation: told.revocation_endpoint,
  };
  return { mode: "oidc", issuer, clientId: "connvo-web", scope, parameters, otherAccount: "login", endpoints };
}

/** Does at the provider what a person does in a browser; returns the address of the page that it leads to. */
async function logIn(address) {
  const jar = new Map();
  let next = address;
  for (let step = 0; step < 20 && !next.startsWith(PAGE); step++) {
    const headers = { cookie: [...jar].map((pair) => pair.join("=")).join("; ") };
    let reply = await outside(next, { headers, redirect: "manual" });
    if (reply.status === 200) {
      const action = /action="([^"]+)"/.exec(await reply.text())?.[1] ?? "";
      const body = new URLSearchParams({ prompt: step < 3 ? "login" : "consent", login: "ada", password: "x" });
      reply = await outside(new URL(action, next), { method: "POST", headers, body, redirect: "manual" });
    }
    for (const cookie of reply.headers.getSetCookie()) {
      const [name, value] = cookie.split(";")[0].split("=");
      jar.set(name, value);
    }
    next = new URL(reply.headers.get("location") ?? "", next).href;
  }
  return next;
}

async function signedIn(way) {
  const provider = new OidcProvider(way, async () => way);
  await provider.beginLogin({ back: "/m/meeting", popup: false, otherAccount: false });
  const request = Object.fromEntries(new URL(went).searchParams);
  arriveAt(await logIn(went));
  const login = await provider.completeLogin();
  return { provider, request, login, credentials: provider.remembered() };
}

/** How often the token endpoint was asked. */
const asked = async (issuer) => (await outside(`${issuer.replace(/\/$/, "")}/test/asked`)).json();

// The features of a provider, and what follows: the scope asked for, whether it renews, the address that it tells.
const PROVIDERS = [
  ["Entra ID", { email: null }, OIDC_SCOPES.join(" "), true, "ada@example.org"],
  ["Google", { elsewhere: true, scopes: ["openid"] }, "openid", true, "ada@example.org", { access_type: "offline" }],
  ["GitLab", { rotates: true }, "openid profile email", true, "ada@example.org"],
  ["Keycloak", { rotates: true, consent: false }, OIDC_SCOPES.join(" "), true, "ada@example.org"],
  ["Auth0", { slash: true, rotates: true }, OIDC_SCOPES.join(" "), true, "ada@example.org"],
  ["authentik", { slash: true, elsewhere: true }, "openid profile email", true, "ada@example.org"],
  [
    "one that wants consent for offline access",
    { consent: true },
    OIDC_SCOPES.join(" "),
    true,
    "ada@example.org",
    { prompt: "consent" },
  ],
  [
    "one without refresh tokens, userinfo and address",
    { refreshes: false, userinfo: false, email: false },
    "openid profile",
    false,
    "ada@guest.invalid",
  ],
];

describe("a provider", () => {
  test.each(PROVIDERS)(
    "like %s",
    async (_, options, scope, renews, email, parameters = {}) => {
      const issuer = await started(options);
      const { request, login, credentials } = await signedIn(await wayTo(issuer, scope, parameters));
      expect(request).toMatchObject({ scope, response_type: "code", code_challenge_method: "S256", ...parameters });
      if (!parameters.prompt) expect(request.prompt).toBeUndefined();
      expect(login).toEqual({ back: "/m/meeting", popup: false, otherAccount: false });
      const who = await credentials.fresh(false);
      expect(who).toMatchObject({ subject: "ada", email });
      expect(claimsOf(who.token)).toMatchObject({ iss: issuer, aud: "connvo-web", sub: "ada" });
      if (!renews) {
        await expect(credentials.fresh(true)).rejects.toThrow(SignInNeeded);
        expect((await credentials.fresh(false)).token).toBe(who.token);
        return;
      }
      for (let renewals = 0; renewals < 2; renewals++)
        expect(await credentials.fresh(true)).toMatchObject({ subject: "ada", email });
      expect(await asked(issuer)).toEqual({ all: 3, failed: 0 });
    },
    PATIENCE_MS,
  );
});

describe("staying signed in", () => {
  const control = (issuer, form) => outside(`${issuer}/test/token?${new URLSearchParams(form)}`);

  test(
    "a failure for a moment is no end, a grant that is over is",
    async () => {
      const issuer = await started({ rotates: true });
      const { credentials, provider } = await signedIn(await wayTo(issuer, "openid"));
      for (const status of [502, 503, 429, 403]) {
        await control(issuer, { times: 1, status });
        await expect(credentials.fresh(true)).rejects.toThrow(TryLater);
      }
      await control(issuer, { times: 1, status: 400, error: "invalid_client" });
      await expect(credentials.fresh(true)).rejects.toThrow(TryLater);
      expect(await credentials.fresh(true)).toMatchObject({ subject: "ada" });
      await control(issuer, { times: 1, status: 400, error: "invalid_grant" });
      await expect(credentials.fresh(true)).rejects.toThrow(SignInNeeded);
      expect(provider.remembered()).not.toBeNull();
      await provider.signOut();
      expect(provider.remembered()).toBeNull();
      await expect(credentials.fresh(false)).rejects.toThrow(SignInNeeded);
    },
    PATIENCE_MS,
  );

  test(
    "two windows with a refresh token that works once do not log each other out",
    async () => {
      const issuer = await started({ rotates: true });
      const way = await wayTo(issuer, "openid");
      let last = Promise.resolve();
      const request = (_name, _options, work) => {
        last = last.then(work, work);
        return last;
      };
      vi.stubGlobal("navigator", { locks: { request } });
      const { credentials } = await signedIn(way);
      const second = new OidcProvider(way, async () => way).remembered();
      for (let round = 0; round < 3; round++) {
        const [one, other] = await Promise.all([credentials.fresh(true), second.fresh(true)]);
        expect([one.subject, other.subject]).toEqual(["ada", "ada"]);
      }
      expect((await asked(issuer)).failed).toBe(0);
    },
    PATIENCE_MS,
  );
});

describe("bad answers", () => {
  const WAY = {
    mode: "oidc",
    issuer: "https://id.test",
    clientId: "c",
    scope: "openid",
    parameters: {},
    otherAccount: "login",
  };
  const jwt = (claims) => `x.${btoa(JSON.stringify(claims))}.y`;

  /** A provider whose token endpoint answers this; returns what the page makes of it. */
  async function answered(answer) {
    const server = createServer((request, response) => answer(response, request));
    await new Promise((done) => server.listen(0, "127.0.0.1", done));
    const token = `http://127.0.0.1:${server.address().port}/token`;
    const way = { ...WAY, endpoints: { authorization: "https://id.test/auth", token } };
    const provider = new OidcProvider(way, async () => way);
    await provider.beginLogin({ back: "/", popup: false, otherAccount: false });
    const { state } = Object.fromEntries(new URL(went).searchParams);
    arriveAt(`${PAGE}/?state=${state}&code=x`);
    const outcome = await provider.completeLogin().catch((reason) => reason);
    server.closeAllConnections();
    server.close();
    return outcome;
  }

  const json = (body) => (response) => response.writeHead(200, { "content-type": "application/json" }).end(body);

  test.each([
    ["empty", json("")],
    ["no JSON", json("<html>")],
    ["a list", json("[]")],
    ["null", json("null")],
    ["no ID token", json('{"access_token":"x"}')],
    ["an ID token that is none", json('{"id_token":"hello"}')],
    ["an ID token of another sign-in", json(JSON.stringify({ id_token: jwt({ sub: "a", nonce: "other" }) }))],
    ["deeply nested", json("[".repeat(100_000))],
    [
      "endless",
      (response) => {
        response.writeHead(200, { "content-type": "application/json" });
        const more = () => response.writable && response.write(" ".repeat(100_000), () => setImmediate(more));
        more();
      },
    ],
    ["a server's fault", (response) => response.writeHead(500).end("oops")],
    ["a redirect", (response) => response.writeHead(302, { location: "https://elsewhere.test/" }).end()],
    ["hanging up", (response) => response.destroy()],
    [
      "a refusal with a long text",
      (response) => {
        const body = JSON.stringify({ error: "invalid_scope", error_description: "x".repeat(100_000) });
        response.writeHead(400, { "content-type": "application/json" }).end(body);
      },
    ],
  ])("%s is said in words", async (_, answer) => {
    const outcome = await answered(answer);
    expect(outcome).toBeInstanceOf(SignInFailed);
    expect(outcome.message).toMatch(/^[A-Z][^<>{}[\]]{10,300}$/);
  });

  test("a reply that stalls after its head is given up", async () => {
    const server = createServer((_, response) =>
      response.writeHead(200, { "content-type": "application/json" }).write("{"),
    );
    await new Promise((done) => server.listen(0, "127.0.0.1", done));
    const reply = await bound(outside, `http://127.0.0.1:${server.address().port}/`, {}, 300);
    await expect(reply.text()).rejects.toThrow();
    server.closeAllConnections();
    server.close();
  });

  test("a refusal at the provider is told in words of this page and of the provider", async () => {
    const way = { ...WAY, endpoints: { authorization: "https://id.test/auth", token: "https://id.test/token" } };
    const provider = new OidcProvider(way, async () => way);
    await provider.beginLogin({ back: "/", popup: false, otherAccount: false });
    const state = new URL(went).searchParams.get("state");
    arriveAt(`${PAGE}/?state=${state}&error=access_denied&error_description=user_denied%E2%80%AE+it`);
    const outcome = await provider.completeLogin().catch((reason) => reason);
    expect(outcome).toBeInstanceOf(SignInRefused);
    expect([outcome.message, outcome.told]).toEqual([expect.stringContaining("not allowed"), "user_denied it"]);
  });

  test("an unsolicited answer is refused", async () => {
    const way = { ...WAY, endpoints: { authorization: "https://id.test/auth", token: "https://id.test/token" } };
    arriveAt(`${PAGE}/?state=made-up&error=x&error_description=Call+this+number`);
    const outcome = await new OidcProvider(way, async () => way).completeLogin().catch((reason) => reason);
    expect(outcome).toBeInstanceOf(NotBegunHere);
    expect(outcome.message).toContain("did not start here");
  });

  test.each(["code=x", "error=access_denied", "code=x&state=made-up", "code=x&state=", "error=x&state=made-up"])(
    "?%s is taken out of the address, and told apart even while the provider is away",
    async (query) => {
      const replaceState = vi.fn();
      vi.stubGlobal("history", { replaceState });
      arriveAt(`${PAGE}/?${query}`);
      await expect(new OidcProvider(WAY, async () => WAY).completeLogin()).rejects.toThrow(NotBegunHere);
      expect(replaceState).toHaveBeenCalledWith(null, "", "/");
    },
  );

  test("a provider that the server has not heard of is said, and asked for again", async () => {
    const endpoints = { authorization: "https://id.test/auth", token: "https://id.test/token" };
    let known = false;
    const provider = new OidcProvider(WAY, async () => (known ? { ...WAY, endpoints } : WAY));
    const login = { back: "/", popup: false, otherAccount: true };
    await expect(provider.beginLogin(login)).rejects.toThrow("The sign-in provider is not responding.");
    known = true;
    await provider.beginLogin(login);
    expect(went).toContain("prompt=login");
  });

  test("storage that holds garbage is no sign-in", () => {
    for (const garbage of ["", "{", "[]", "null", "7", '{"idToken":7}']) {
      localStorage.setItem("connvo.oidc", garbage);
      expect(new OidcProvider(WAY, async () => WAY).remembered()).toBeNull();
    }
  });
});
