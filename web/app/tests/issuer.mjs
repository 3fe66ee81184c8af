// A real OIDC provider for tests: one public client, and any login is taken.
//
// Arguments: the address of the page, and as JSON what sets this provider apart: `life` of ID tokens in seconds, `scopes` that
// are supported, `elsewhere` (token and userinfo endpoints at another port), `slash` (the issuer's name ends in one),
// `ahead` (its clock, in seconds), `rotates` (a refresh token works once), `refreshes` (false: no refresh tokens),
// `userinfo` (false: none), `email` (false: no address, null: an unverified one), `consent` (true: offline_access
// only where the request asks for consent), `secret` (the client's, without which it answers no token request).
//
// GET /test/token?status=503&times=1 has the token endpoint fail, as something in between does, or with `error` as the
// provider itself; GET /test/asked tells how often it was asked, and how often without success.
import { createServer } from "node:http";

const [page, options = "{}"] = process.argv.slice(2);
const {
  life = 3600,
  scopes,
  elsewhere,
  slash,
  ahead = 0,
  rotates,
  refreshes = true,
  userinfo = true,
  ...more
} = JSON.parse(options);
const { email = true, consent = false, secret } = more;

const now = Date.now.bind(Date);
Date.now = () => now() + ahead * 1000;
const { default: Provider } = await import("oidc-provider");

const failing = { times: 0, status: 503, error: undefined };
const asked = { all: 0, failed: 0 };

function listening() {
  const server = createServer();
  return new Promise((done) => server.listen(0, "127.0.0.1", () => done(server)));
}
const addressOf = (server) => `http://127.0.0.1:${server.address().port}`;

const [here, there] = [await listening(), await listening()];
const issuer = addressOf(here) + (slash ? "/" : "");
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "connvo-web",
      token_endpoint_auth_method: secret ? "client_secret_basic" : "none",
      ...(secret && { client_secret: secret }),
      redirect_uris: [`${page}/`],
      grant_types: refreshes ? ["authorization_code", "refresh_token"] : ["authorization_code"],
      response_types: ["code"],
    },
  ],
  scopes: scopes ?? ["openid", "offline_access"],
  claims: scopes
    ? { openid: ["sub", "email", "email_verified", "name"] }
    : { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  conformIdTokenClaims: false,
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      name: id.toUpperCase(),
      ...(email !== false && { email: `${id}@example.org`, email_verified: email === true }),
    }),
  }),
  features: { userinfo: { enabled: userinfo }, revocation: { enabled: true } },
  ...(!consent && { issueRefreshToken: async (_, client) => client.grantTypeAllowed("refresh_token") }),
  rotateRefreshToken: rotates === true,
  clientBasedCORS: () => true,
  cookies: { keys: ["for tests only"] },
  ttl: { IdToken: life, AccessToken: life },
});
const serve = provider.callback();

async function answer(server, request, response) {
  const url = new URL(request.url, addressOf(server));
  if (url.pathname === "/test/token") {
    const { status = 503, times = 1, error } = Object.fromEntries(url.searchParams);
    Object.assign(failing, { status: Number(status), times: Number(times), error });
    return response.end();
  }
  if (url.pathname === "/test/asked") return response.end(JSON.stringify(asked));
  if (url.pathname === "/token" && request.method === "POST") {
    asked.all += 1;
    if (failing.times-- > 0) return fail(request, response);
  }
  if (url.pathname === "/.well-known/openid-configuration" && elsewhere) return describe(response);
  return serve(request, response);
}

function fail({ headers: { origin = "*" } }, response) {
  asked.failed += 1;
  const { status, error } = failing;
  const type = error ? "application/json" : "text/html";
  response.writeHead(status, { "access-control-allow-origin": origin, "content-type": type });
  response.end(error ? JSON.stringify({ error }) : "<h1>Bad gateway</h1>");
}

/** The discovery document, with the token and userinfo endpoints at the other port. */
async function describe(response) {
  const document = await (await fetch(`${addressOf(there)}/.well-known/openid-configuration?whole`)).json();
  const moved = Object.fromEntries(
    Object.entries(document).map(([name, value]) => [
      name,
      name === "token_endpoint" || name === "userinfo_endpoint" || typeof value !== "string"
        ? value
        : value.replace(addressOf(there), addressOf(here)),
    ]),
  );
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(moved));
}

here.on("request", (request, response) => answer(here, request, response));
there.on("request", (request, response) =>
  request.url.endsWith("?whole") ? serve(request, response) : answer(there, request, response),
);
console.log(issuer);
