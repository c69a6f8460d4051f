/**
 * An OpenID provider for the tests, in the profile of ProConnect: node provider.js SETTINGS
 *
 * SETTINGS is JSON: {port, client}. Its first line on standard output says that it listens. Who is
 * at the login page, and how surely, its form says: /interaction/ID?account=A&acr=B, or ?refuse.
 */

import { createServer } from "node:http";
import Provider from "oidc-provider";

const { port, client } = JSON.parse(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;

const LOGIN = `<!doctype html><title>Login</title><form><input name="account"><input name="acr" value="eidas1"><button>OK</button></form>`;
const LOGOUT = `<!doctype html><title>Logout</title><button type="submit" form="op.logoutForm" name="logout" value="yes">OK</button>`;

const provider = new Provider(issuer, {
  clients: [client],
  acrValues: ["eidas1", "eidas2"],
  features: {
    devInteractions: { enabled: false },
    jwtUserinfo: { enabled: true },
    rpInitiatedLogout: { enabled: true, logoutSource: (ctx, form) => { ctx.body = LOGOUT + form; } },
  },
  pkce: { required: () => false },
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  // Agents consent to nothing: their administration registered the client.
  async loadExistingGrant(ctx) {
    const { client: asking, session, provider: own } = ctx.oidc;
    const grant = new own.Grant({ clientId: asking.clientId, accountId: session.accountId });
    grant.addOIDCScope("openid");
    await grant.save();
    return grant;
  },
});

const answer = provider.callback();
createServer(async (request, response) => {
  const url = new URL(request.url, issuer);
  if (!url.pathname.startsWith("/interaction/")) return answer(request, response);
  const accountId = url.searchParams.get("account");
  const isRefused = url.searchParams.has("refuse");
  if (accountId === null && !isRefused) return response.writeHead(200, { "Content-Type": "text/html" }).end(LOGIN);
  const result = isRefused
    ? { error: "access_denied" }
    : { login: { accountId, acr: url.searchParams.get("acr") } };
  return provider.interactionFinished(request, response, result);
}).listen(port, "127.0.0.1", () => console.log("listening"));
