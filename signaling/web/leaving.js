/**
 * Signing out: the access ends at the server, this browser forgets its key, the provider is told.
 *
 * Source: OpenID Connect RP-Initiated Logout 1.0, sections 2 and 3.
 */

const STATE = "visiojury.signing_out";
const RETURN_PATH = "/openid/signed-out";

/** @param {import("./main.js").App} app */
export async function signOut(app) {
  await app.acts.run("sign-out", async () => {
    const url = await app.api.signOut();
    app.socket.stop("signedOut");
    // Here too: the browser may leave for the provider before the page has done so.
    await app.forget();
    if (url === null) return;
    sessionStorage.setItem(STATE, new URL(url).searchParams.get("state") ?? "");
    location.assign(url);
  });
}

/** Whether the provider sent the browser back here, and for the sign-out that this tab began. @returns {"no" | "ours" | "foreign"} */
export function returnInAddress() {
  if (location.pathname !== RETURN_PATH) return "no";
  const began = sessionStorage.getItem(STATE);
  const isOurs = began !== null && began === new URLSearchParams(location.search).get("state");
  sessionStorage.removeItem(STATE);
  history.replaceState(null, "", "/");
  return isOurs ? "ours" : "foreign";
}
