// A real OIDC provider for tests: one public client, and anybody's login is taken. Arguments: the address of the page.
import { createServer } from "node:http";
import Provider from "oidc-provider";

const page = process.argv[2];
const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "connvo-web",
        token_endpoint_auth_method: "none",
        redirect_uris: [`${page}/`],
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
      },
    ],
    claims: { openid: ["sub"], email: ["email"], profile: ["name"] },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@example.org`, name: id.toUpperCase() }),
    }),
    clientBasedCORS: () => true,
    cookies: { keys: ["for tests only"] },
    // Short enough that a token has to be renewed while a test looks on.
    ttl: { IdToken: Number(process.argv[3] ?? 3600) },
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
