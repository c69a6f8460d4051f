/**
 * The HTTP interface, each request with a proof that it comes from this device.
 *
 * Two ways to fail, told apart: `Refusal`, the server said no and why, in French; `Unreachable`,
 * nobody answered, so the same request may be sent again.
 *
 * Source: RFC 9449 (DPoP), sections 4.2 and 7.1; docs/protocol.md.
 */

import { base64url, keepToken } from "./keys.js";
import { t } from "./strings.js";

const TIMEOUT_MS = 8_000;
// The first document of the day starts the worker that makes it.
export const DOCUMENT_MS = 30_000;
/** The server asks the provider up to four times. */
const SIGN_IN_MS = 40_000;
/** Longer than the server waits for the mail server (`smtp.timeout_s`, 20 s at most). */
const MAIL_MS = 25_000;
const RETRIES = 4;
const RETRY_MS = 500;
/** A device clock this far off is corrected with the server's, else no proof would be recent. */
const SKEW_MS = 5_000;

export class Refusal extends Error {
  /** @param {string} code @param {string} message @param {number} status */
  constructor(code, message, status) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

export class Unreachable extends Error {}

export class API {
  /** @type {import("./keys.js").Identity | null} */
  identity = null;
  #skew_ms = 0;
  /** @type {Promise<any> | null} */
  #renewing = null;

  /**
   * Exchange an invitation for an access token, which is put on the identity.
   * @param {string} secret @param {string | null} code
   */
  async redeem(secret, code) {
    this.#enter(await this.#json("POST", "/api/invitations/redeem", { secret, code }, { isAnonymous: true }));
  }

  /** @param {string} secret @returns {Promise<string>} where to go to sign in with one's account */
  async beginSignIn(secret) {
    return (await this.#json("POST", "/api/openid/begin", { secret }, { isAnonymous: true, timeout_ms: SIGN_IN_MS })).authorization_url;
  }

  /**
   * Exchange what the provider put into the address for an access token.
   * @param {{state: string, code: string | null, iss: string | null}} answer
   */
  async completeSignIn(answer) {
    this.#enter(await this.#json("POST", "/api/openid/callback", answer, { isAnonymous: true, timeout_ms: SIGN_IN_MS }));
  }

  /**
   * What the passkey of this link is to be asked; a person who has none yet gives the code.
   * @param {string} secret @param {string | null} code
   * @returns {Promise<{ceremony: "registration" | "authentication", options: any}>}
   */
  beginPasskey(secret, code) {
    return this.#json("POST", "/api/passkey/begin", { secret, code }, { isAnonymous: true });
  }

  /** Exchange what the passkey answered for an access token. @param {string} secret @param {object} credential */
  async completePasskey(secret, credential) {
    this.#enter(await this.#json("POST", "/api/passkey/complete", { secret, credential }, { isAnonymous: true }));
  }

  /** @param {any} body */
  #enter(body) {
    Object.assign(/** @type {object} */ (this.identity), {
      access_token: body.access_token,
      session_id: body.session_id,
      participant_id: body.participant_id,
      role: body.role,
      id_token: body.id_token,
    });
  }

  /** Give the access back. @returns {Promise<string | null>} where to sign out at the provider too */
  async signOut() {
    const id_token = this.identity?.id_token ?? null;
    return (await this.#json("POST", "/api/sign-out", { id_token }, { timeout_ms: SIGN_IN_MS })).end_session_url;
  }

  /** Have a new access token before this one ends; what is refused is tried again with the next request. */
  async #renew() {
    const identity = /** @type {import("./keys.js").Identity} */ (this.identity);
    this.#renewing ??= this.#json("POST", "/api/access-token", {}, { isRenewal: true }).finally(() => { this.#renewing = null; });
    const { access_token } = await this.#renewing;
    if (identity.access_token === access_token) return;
    identity.access_token = access_token;
    await keepToken(identity);
  }

  /** @param {number} timeout_ms @returns {Promise<string>} a ticket for one WebSocket connection */
  async ticket(timeout_ms) {
    return (await this.#json("POST", "/api/ws-ticket", {}, { timeout_ms })).ticket;
  }

  /**
   * A token for one offer with this certificate, and the TURN servers it may go through.
   * @param {string} fingerprint
   * @returns {Promise<{media_token: string, ice_servers: RTCIceServer[], is_turn_forced: boolean}>}
   */
  mediaToken(fingerprint, isEcho = false) {
    return this.#json("POST", "/api/media-token", { fingerprint, is_echo: isEcho });
  }

  /**
   * Ask for an act. A lost answer is no reason to do it twice: the act keeps its id.
   * @param {Record<string, unknown>} act
   * @param {{timeout_ms?: number}} [options] where the server has to make a document first
   * @returns {Promise<{seq: number}>}
   */
  async command(act, options = {}) {
    const body = { id: crypto.randomUUID(), act };
    for (let tried = 1; ; tried += 1) {
      try {
        return await this.#json("POST", this.#session("/commands"), body, options);
      } catch (error) {
        if (!(error instanceof Unreachable) || tried === RETRIES) throw error;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS * tried));
      }
    }
  }

  /** At a station: sign in by the code of one's own link. @param {string} participant_id @param {string} code */
  signInAtStation(participant_id, code) {
    return this.#json("POST", "/api/stations/sign-in", { participant_id, code });
  }

  /** At a station: what the passkey of somebody is to be asked. @param {string} participant_id @returns {Promise<{options: any}>} */
  beginPasskeyAtStation(participant_id) {
    return this.#json("POST", "/api/stations/passkey/begin", { participant_id });
  }

  /** At a station: sign in by what one's passkey answered. @param {string} participant_id @param {object} credential */
  completePasskeyAtStation(participant_id, credential) {
    return this.#json("POST", "/api/stations/passkey/complete", { participant_id, credential });
  }

  /** @returns {Promise<any>} the BoardView of this access's session */
  board() {
    return this.#json("GET", this.#session("/board"), undefined);
  }

  /** @returns {Promise<string[]>} what a link of this installation can ask for besides */
  async factors() {
    return (await this.#json("GET", this.#session("/invitations"), undefined)).factors;
  }

  /**
   * @param {string} participantId @param {string} factor asked for besides the link
   * @returns {Promise<{participant_id: string, link: string, code: string | null, totp_uri: string | null, totp_qr: {side: number, path: string} | null,
   *   link_qr: {side: number, path: string}, can_mail: boolean}>}
   */
  reissue(participantId, factor) {
    return this.#json("POST", this.#session("/invitations"), { participant_id: participantId, factor });
  }

  /** Have the server send a link that was just made. @param {string} participant_id @param {string} secret of the link @param {string} address */
  mailInvitation(participant_id, secret, address) {
    return this.#json("POST", this.#session("/invitations/mail"), { participant_id, secret, address }, { timeout_ms: MAIL_MS });
  }

  /**
   * Give the server a file, to be shown or sent by the act that names it.
   * @param {Blob} file @returns {Promise<{sha256: string, size_bytes: number}>}
   */
  upload(file) {
    return this.#json("POST", this.#session("/files"), file, { timeout_ms: DOCUMENT_MS });
  }

  /** @param {string} sittingId @returns {Promise<import("./timelines.js").Timeline>} */
  timeline(sittingId) {
    return this.#json("GET", this.#session(`/sittings/${encodeURIComponent(sittingId)}/timeline`), undefined);
  }

  /** @param {string} path @returns {Promise<Blob>} */
  async document(path) {
    return (await this.#send("GET", path, undefined, { timeout_ms: DOCUMENT_MS })).blob();
  }

  /**
   * Return a proof for a request of this device.
   * @param {string} method @param {string} path @param {string | null} token that the proof is bound to
   */
  async proof(method, path, token) {
    const { key } = /** @type {import("./keys.js").Identity} */ (this.identity);
    const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", key.publicKey);
    const header = { typ: "dpop+jwt", alg: "ES256", jwk: { kty, crv, x, y } };
    const claims = {
      jti: crypto.randomUUID(),
      htm: method,
      htu: new URL(path, location.origin).href,
      iat: Math.floor((Date.now() + this.#skew_ms) / 1000),
      ...(token === null ? {} : { ath: await sha256(token) }),
    };
    const signed = [header, claims].map((part) => base64url(new TextEncoder().encode(JSON.stringify(part)))).join(".");
    const algorithm = { name: "ECDSA", hash: "SHA-256" };
    const signature = await crypto.subtle.sign(algorithm, key.privateKey, new TextEncoder().encode(signed));
    return `${signed}.${base64url(signature)}`;
  }

  /** @param {string} path */
  #session(path) {
    return `/api/sessions/${encodeURIComponent(this.identity?.session_id ?? "")}${path}`;
  }

  /** @returns {Promise<any>} */
  async #json(/** @type {string} */ method, /** @type {string} */ path, /** @type {unknown} */ body, options = {}) {
    return (await this.#send(method, path, body, options)).json();
  }

  /**
   * @param {string} method @param {string} path @param {unknown} body
   * @param {{isAnonymous?: boolean, isRenewal?: boolean, timeout_ms?: number, isRetry?: boolean}} options
   * @returns {Promise<Response>}
   */
  async #send(method, path, body, options) {
    if (!options.isAnonymous && !options.isRenewal && this.#isOld()) {
      await this.#renew().catch((error) => console.warn("access.not_renewed", error.code ?? error.name));
    }
    const token = options.isAnonymous ? null : (this.identity?.access_token ?? null);
    const headers = new Headers({ DPoP: await this.proof(method, path, token) });
    if (token !== null) headers.set("Authorization", `DPoP ${token}`);
    const isFile = body instanceof Blob;
    if (body !== undefined) headers.set("Content-Type", isFile ? "application/pdf" : "application/json");
    const response = await reach(path, {
      method,
      headers,
      body: body === undefined || isFile ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(options.timeout_ms ?? TIMEOUT_MS),
    });
    if (response.ok) return response;
    const refusal = await refusalOf(response);
    if (refusal.code === "proof_invalid" && !options.isRetry && this.#correctSkew(response)) {
      return this.#send(method, path, body, { ...options, isRetry: true });
    }
    throw refusal;
  }

  /** Whether more than half of the access token's life is over. */
  #isOld() {
    const token = this.identity?.access_token ?? null;
    if (token === null) return false;
    const { iat, exp } = JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
    return (Date.now() + this.#skew_ms) / 1000 > (iat + exp) / 2;
  }

  /** Take the server's clock if this device's is far off. @param {Response} response @returns {boolean} whether it was */
  #correctSkew(response) {
    const skew_ms = Date.parse(response.headers.get("Date") ?? "") - Date.now();
    if (!(Math.abs(skew_ms - this.#skew_ms) > SKEW_MS)) return false;
    this.#skew_ms = skew_ms;
    return true;
  }
}

/** @param {string} path @param {RequestInit} init @returns {Promise<Response>} */
async function reach(path, init) {
  let response;
  try {
    response = await fetch(path, { ...init, cache: "no-store", credentials: "omit" });
  } catch (error) {
    throw new Unreachable(t.errors.unreachable, { cause: error });
  }
  // What a proxy says of a server that restarts is not the server's word.
  if ([502, 503, 504].includes(response.status)) throw new Unreachable(t.errors.unreachable);
  return response;
}

/** @param {Response} response @returns {Promise<Refusal>} */
async function refusalOf(response) {
  /** @type {{code?: string, detail?: string}} */
  let body;
  try {
    body = await response.json();
  } catch {
    body = { code: `http_${response.status}` };
  }
  return new Refusal(body.code ?? "unknown", body.detail ?? t.errors.unexpected(response.status), response.status);
}

/** @param {string} text */
async function sha256(text) {
  return base64url(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}
