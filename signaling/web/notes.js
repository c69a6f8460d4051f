/**
 * A jury member's own notes on a candidate: in this browser, on this device, and nowhere else.
 *
 * Nothing here asks the network for anything, and nothing that does reads them. They are erased at
 * sign-out, a day after this page learnt that the deliberation was closed, and thirty days after
 * they were last written; a time that passes while no page is open, by the next that is opened.
 *
 * @typedef {{session_id: string | null, participant_id: string | null}} Owner
 * @typedef {{text: string, written_ms: number, closed_ms: number | null}} Note
 */

const PREFIX = "visiojury.note";
export const LONGEST = 20_000;
const DAY_MS = 86_400_000;
const KEPT_DAYS = 30;

/** @param {Owner} owner @param {string} candidateId @returns {string} what is on the candidate; empty: nothing */
export function read(owner, candidateId) {
  return parse(nameOf(owner, candidateId))?.text ?? "";
}

/**
 * Keep a text as it is now; an empty one is none.
 * @param {Owner} owner @param {string} candidateId @param {string} text
 * @returns {boolean} whether the browser could keep it
 */
export function write(owner, candidateId, text) {
  const name = nameOf(owner, candidateId);
  try {
    if (text === "") localStorage.removeItem(name);
    else localStorage.setItem(name, JSON.stringify({ text, written_ms: Date.now(), closed_ms: null }));
    return true;
  } catch (error) {
    console.warn("note.not_kept", error instanceof DOMException ? error.name : "unknown");
    return false;
  }
}

/** The deliberation is closed: from the first time this is said their last day runs. @param {Owner} owner */
export function close(owner) {
  for (const name of namesOf(owner)) {
    const note = parse(name);
    if (note !== null && note.closed_ms === null) localStorage.setItem(name, JSON.stringify({ ...note, closed_ms: Date.now() }));
  }
}

/** Erase all of one person. @param {Owner} owner */
export function forget(owner) {
  for (const name of namesOf(owner)) localStorage.removeItem(name);
}

/** Erase those whose time has passed, whoever's they are. */
export function sweep() {
  for (const name of names()) {
    const note = parse(name);
    if (note === null || untilOf(note) <= Date.now()) localStorage.removeItem(name);
  }
}

/** @param {Note} note @returns {number} */
function untilOf({ written_ms, closed_ms }) {
  return Math.min(written_ms + KEPT_DAYS * DAY_MS, (closed_ms ?? Infinity) + DAY_MS);
}

/** @param {string} name @returns {Note | null} */
function parse(name) {
  try {
    return JSON.parse(localStorage.getItem(name) ?? "null");
  } catch {
    return null;
  }
}

/** @param {Owner} owner @param {string} candidateId */
function nameOf(owner, candidateId) {
  return [prefixOf(owner), encodeURIComponent(candidateId)].join("/");
}

/** @param {Owner} owner */
function prefixOf({ session_id, participant_id }) {
  return [PREFIX, ...[session_id, participant_id].map((part) => encodeURIComponent(part ?? ""))].join("/");
}

/** @param {Owner} owner */
function namesOf(owner) {
  return names().filter((name) => name.startsWith(`${prefixOf(owner)}/`));
}

/** @returns {string[]} */
function names() {
  return Object.keys(localStorage).filter((name) => name.startsWith(`${PREFIX}/`));
}
