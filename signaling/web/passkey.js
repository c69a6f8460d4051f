/**
 * Passkeys: what the server asks is handed to the browser, and what the device answers brought back.
 *
 * Both in the standard's JSON form, converted here: browsers that are still in use know passkeys but
 * not yet the conversion.
 *
 * Source: W3C Web Authentication Level 3, section 5.1.
 */

import { base64url } from "./keys.js";
import { t } from "./strings.js";

/** The device did not answer; the message says to the person what to do. */
export class NoAnswer extends Error {}

/**
 * Have the person's device make a passkey, or use one.
 * @param {"registration" | "authentication"} ceremony @param {any} options @returns {Promise<object>}
 */
export async function answer(ceremony, options) {
  if (globalThis.PublicKeyCredential === undefined) throw new NoAnswer(t.join.passkey.errors.NotSupportedError);
  try {
    const credential = ceremony === "registration"
      ? await navigator.credentials.create({ publicKey: creation(options) })
      : await navigator.credentials.get({ publicKey: request(options) });
    return encoded(/** @type {PublicKeyCredential} */ (credential));
  } catch (error) {
    const { errors } = t.join.passkey;
    throw new NoAnswer(errors[/** @type {Error} */ (error).name] ?? errors.other, { cause: error });
  }
}

/** @param {any} options @returns {PublicKeyCredentialCreationOptions} */
function creation(options) {
  const user = { ...options.user, id: bytes(options.user.id) };
  return { ...options, user, challenge: bytes(options.challenge), excludeCredentials: options.excludeCredentials.map(descriptor) };
}

/** @param {any} options @returns {PublicKeyCredentialRequestOptions} */
function request(options) {
  return { ...options, challenge: bytes(options.challenge), allowCredentials: options.allowCredentials.map(descriptor) };
}

/** @param {any} one */
function descriptor(one) {
  return { ...one, id: bytes(one.id) };
}

/** @param {PublicKeyCredential} credential */
function encoded({ id, rawId, type, response }) {
  /** @type {Record<string, string>} */
  const parts = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    const value = /** @type {any} */ (response)[part];
    if (value instanceof ArrayBuffer) parts[part] = base64url(value);
  }
  return { id, rawId: base64url(rawId), type, response: parts };
}

/** @param {string} text in base64url */
function bytes(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
}
