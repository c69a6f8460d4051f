/**
 * From the link to an access: what the link asks for besides, step by step, until the server lets in.
 *
 * The page's `mode` says which step is shown (views/join.js); who is in never comes back here.
 */

import { Refusal, Unreachable } from "./api.js";
import * as keys from "./keys.js";
import { returnInAddress } from "./leaving.js";
import { answer } from "./passkey.js";

const PASSING = ["unreachable"];
/** What is said beside the form, to be typed again. */
const CODE_REFUSALS = ["invitation_code_needed", "invitation_totp_needed", "invitation_code_wrong", "invitation_code_replayed"];
/** The person's device may answer better another time. */
const PASSKEY_REFUSALS = /^passkey_/;

export class Joining {
  /** @type {{message: string, isPassing: boolean} | null} */
  refused = null;
  /** What the passkey is asked, while it is. @type {{ceremony: "registration" | "authentication", options: any} | null} */
  passkey = null;

  #secret = "";
  #isPasskeyAsked = false;
  /** That the server found good, should the passkey be asked again. @type {string | null} */
  #code = null;

  /** @param {import("./main.js").App} app @param {() => Promise<void>} enter with the access on `app.api.identity` */
  constructor(app, enter) {
    this.app = app;
    this.enter = enter;
  }

  async begin() {
    if (crypto.subtle === undefined || globalThis.RTCPeerConnection === undefined) return this.app.go("unsafe");
    const signedOut = returnInAddress();
    if (signedOut !== "no") return signedOut === "ours" ? this.app.sayStopped("signedOutThere") : this.app.go("noLink");
    const signedIn = answerInAddress();
    if (signedIn !== null) return this.#completeSignIn(signedIn);
    this.#secret = invitationInAddress() ?? "";
    if (this.#secret !== "") history.replaceState(null, "", location.pathname + location.search);
    const identity = this.#secret === "" ? await keptIdentity() : await keys.identityFor(this.#secret);
    if (identity === null) return this.app.go("noLink");
    this.app.api.identity = identity;
    if (identity.access_token !== null) return this.enter();
    if (this.#secret === "") return this.app.go("noLink");
    await keys.keep(identity);
    await this.redeem(null);
  }

  /** Exchange the link for an access. @param {string | null} code */
  async redeem(code) {
    if (this.#isPasskeyAsked) return this.#askPasskey(code);
    await this.#try(code, () => this.app.api.redeem(this.#secret, code));
  }

  /** Leave for the provider, to sign in with one's account. */
  async signIn() {
    await this.app.acts.run("redeem", async () => location.assign(await this.app.api.beginSignIn(this.#secret)));
  }

  /** Have the person's device answer what the server asked of its passkey, from a press of a button. */
  async usePasskey() {
    const { acts, api } = this.app;
    await acts.run("redeem", async () => {
      const { ceremony, options } = /** @type {NonNullable<Joining["passkey"]>} */ (this.passkey);
      const credential = await answer(ceremony, options);
      try {
        await api.completePasskey(this.#secret, credential);
      } catch (error) {
        // What was asked serves once: the next press answers a new question.
        const isToBeTriedAgain = error instanceof Refusal && PASSKEY_REFUSALS.test(error.code);
        if (!isToBeTriedAgain && this.#explain(error, null)) return;
        this.passkey = await api.beginPasskey(this.#secret, this.#code);
        throw error;
      }
      await this.enter();
    });
  }

  /** @param {string | null} code */
  async #askPasskey(code) {
    await this.app.acts.run("redeem", async () => {
      try {
        this.passkey = await this.app.api.beginPasskey(this.#secret, code);
      } catch (error) {
        if (!this.#explain(error, code)) throw error;
        return;
      }
      this.#code = code;
      this.app.go("passkey");
    });
  }

  /** Come back from the provider: the same tab, so the same device key. @param {{state: string, code: string | null, iss: string | null}} given */
  async #completeSignIn(given) {
    history.replaceState(null, "", "/");
    const identity = await keys.lastIdentity();
    if (identity === null) return this.app.go("noLink");
    this.app.api.identity = identity;
    try {
      await this.app.api.completeSignIn(given);
    } catch (error) {
      this.#explain(error, null);
      return;
    }
    await this.enter();
  }

  /** @param {string | null} code @param {() => Promise<void>} exchange */
  async #try(code, exchange) {
    await this.app.acts.run("redeem", async () => {
      try {
        await exchange();
      } catch (error) {
        if (!this.#explain(error, code)) throw error;
        return;
      }
      await this.enter();
    });
    if (this.#isPasskeyAsked && this.passkey === null) await this.#askPasskey(null);
  }

  /** @param {unknown} error @param {string | null} code @returns {boolean} false: it is shown beside the form */
  #explain(error, code) {
    if (error instanceof Refusal && error.code === "invitation_openid_needed") {
      this.app.go("openid");
      return true;
    }
    if (error instanceof Refusal && error.code === "invitation_passkey_needed") {
      this.#isPasskeyAsked = true;
      return true;
    }
    const isCode = error instanceof Refusal && CODE_REFUSALS.includes(error.code);
    if (isCode && code === null) {
      this.app.go(error.code === "invitation_totp_needed" ? "totp" : "code");
      return true;
    }
    if (isCode || (code !== null && error instanceof Unreachable)) return false;
    if (!(error instanceof Refusal || error instanceof Unreachable)) throw error;
    const isPassing = error instanceof Unreachable || PASSING.includes(error.code) || error.status >= 500;
    this.refused = { message: error.message, isPassing: this.#secret !== "" && isPassing };
    this.app.go("refused");
    return true;
  }
}

/** The access of the session that the address names, as a link of the board does; else this tab's. @returns {Promise<keys.Identity | null>} */
async function keptIdentity() {
  const session_id = sessionInAddress();
  if (session_id === null) return keys.lastIdentity();
  history.replaceState(null, "", location.pathname + location.search);
  return (await keys.watching()).find((identity) => identity.session_id === session_id) ?? null;
}

/** @returns {string | null} */
export function sessionInAddress() {
  return new URLSearchParams(location.hash.slice(1)).get("session");
}

/** The secret of the invitation in the address, if there is one. @returns {string | null} */
export function invitationInAddress() {
  const secret = new URLSearchParams(location.hash.slice(1)).get("invitation");
  return secret === "" ? null : secret;
}

/** What the OpenID provider put into the address. @returns {{state: string, code: string | null, iss: string | null} | null} */
function answerInAddress() {
  if (location.pathname !== "/openid/callback") return null;
  const given = new URLSearchParams(location.search);
  return { state: given.get("state") ?? "", code: given.get("code"), iss: given.get("iss") };
}
