/**
 * What makes this browser this person: a device key, a DTLS certificate, an access token.
 *
 * One identity per invitation link, kept in IndexedDB so that a reload, or the browser coming
 * back after a crash, is the same device with the same certificate. The private keys cannot be
 * exported, not even by this page. Which identity a tab uses is in its session storage: links of
 * several people can be open side by side.
 *
 * Source: design of identity, step 3; RFC 7638 (thumbprint is made by the server).
 *
 * @typedef {{id: string, key: CryptoKeyPair, certificate: RTCCertificate, access_token: string | null, id_token: string | null,
 *   session_id: string | null, participant_id: string | null, role: string | null,
 *   has_entered: boolean, is_told: boolean, used_ms: number}} Identity
 */

const DATABASE = "visiojury";
const STORE = "identities";
const TAB = "visiojury.identity";
/** Who watches rooms (permissions.WATCHERS). */
export const AGENTS = ["organiser", "invigilator", "session_manager"];
const DAY_MS = 86_400_000;
const CERTIFICATE_DAYS = 60;

/**
 * Return the identity that belongs to an invitation, made now if this is its first use.
 * @param {string} secret @returns {Promise<Identity>}
 */
export async function identityFor(secret) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret));
  const id = base64url(new Uint8Array(digest));
  return (await get(id)) ?? (await make(id));
}

/** Return the identity this tab used, or the last one used in this browser. @returns {Promise<Identity | null>} */
export async function lastIdentity() {
  const id = sessionStorage.getItem(TAB);
  if (id !== null) return get(id);
  const all = /** @type {Identity[]} */ (await run("readonly", (store) => store.getAll()));
  all.sort((a, b) => b.used_ms - a.used_ms);
  return all[0] ?? null;
}

/**
 * Return the accesses of agents that this browser has, one for each session: the one used last.
 * @returns {Promise<Identity[]>}
 */
export async function watching() {
  const all = /** @type {Identity[]} */ (await run("readonly", (store) => store.getAll()));
  const agents = all.filter(({ access_token, role }) => access_token !== null && AGENTS.includes(role ?? ""));
  agents.sort((a, b) => a.used_ms - b.used_ms);
  return [...new Map(agents.map((identity) => [identity.session_id, identity])).values()];
}

/** Keep a new token of an identity, whichever tab's it is. @param {Identity} identity */
export async function keepToken(identity) {
  await run("readwrite", (store) => store.put(identity));
}

/** Keep `identity` as it is now, as this tab's. @param {Identity} identity */
export async function keep(identity) {
  identity.used_ms = Date.now();
  await run("readwrite", (store) => store.put(identity));
  sessionStorage.setItem(TAB, identity.id);
}

/** Forget key, certificate and token; this tab does not take up another's. @param {Identity} identity */
export async function forget(identity) {
  await run("readwrite", (store) => store.delete(identity.id));
  sessionStorage.setItem(TAB, identity.id);
}

/**
 * Sign the digest of a document with the device key, under a label that says what it is.
 * @param {Identity} identity @param {string} label @param {string} sha256 in hexadecimal
 * @returns {Promise<{signature: string, public_key: Record<string, string>}>}
 */
export async function signDigest(identity, label, sha256) {
  const digest = Uint8Array.from(sha256.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const signed = new Uint8Array([...new TextEncoder().encode(label), 0, ...digest]);
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, identity.key.privateKey, signed);
  const { kty, crv, x, y } = /** @type {Record<string, string>} */ (await crypto.subtle.exportKey("jwk", identity.key.publicKey));
  return { signature: base64url(signature), public_key: { kty, crv, x, y } };
}

/** @param {ArrayBuffer} data @returns {Promise<string>} SHA-256 in hexadecimal */
export async function digestOf(data) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {ArrayBuffer | Uint8Array} data @returns {string} */
export function base64url(data) {
  const bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @param {string} id @returns {Promise<Identity>} */
async function make(id) {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const key = await crypto.subtle.generateKey(algorithm, false, ["sign"]);
  return {
    id,
    key: /** @type {CryptoKeyPair} */ (key),
    certificate: await makeCertificate(),
    access_token: null,
    id_token: null,
    session_id: null,
    participant_id: null,
    role: null,
    has_entered: false,
    is_told: false,
    used_ms: Date.now(),
  };
}

/** @returns {Promise<RTCCertificate>} */
function makeCertificate() {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", expires: CERTIFICATE_DAYS * DAY_MS };
  return RTCPeerConnection.generateCertificate(/** @type {any} */ (algorithm));
}

/** @param {string} id @returns {Promise<Identity | null>} */
async function get(id) {
  const identity = /** @type {Identity | undefined} */ (await run("readonly", (store) => store.get(id)));
  if (identity === undefined) return null;
  if (identity.certificate.expires < Date.now() + DAY_MS) identity.certificate = await makeCertificate();
  return identity;
}

/** @returns {Promise<IDBDatabase>} */
function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest} act
 * @returns {Promise<unknown>}
 */
async function run(mode, act) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}
