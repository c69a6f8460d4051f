/**
 * The server's clock, as this page knows it.
 *
 * The device's own clock may be wrong by hours; the monotonic one is only shifted. A pong bounds
 * the shift from both sides, a tick from one; the narrowest bound of late is the best.
 *
 * Source: the exchange of RFC 5905 section 8, with half the round trip as the largest error.
 */

const KEPT_MS = 60_000;

export class ServerClock {
  /** @type {{at: number, shift: number, error: number}[]} */
  #samples = [];
  #shift = 0;
  #isKnown = false;

  get isKnown() {
    return this.#isKnown;
  }

  /** The instant on the server now. @returns {number} milliseconds since the Unix epoch */
  now() {
    return this.#isKnown ? performance.now() + this.#shift : Date.now();
  }

  /** The instant on the server when this page's monotonic clock read `at`. @param {number} at */
  at(at) {
    return this.#isKnown ? at + this.#shift : Date.now() - performance.now() + at;
  }

  /** Forget what was learnt: another server process, or this device slept. */
  reset() {
    this.#samples = [];
    this.#isKnown = false;
  }

  /** @param {number} server_ms @param {number} sent @param {number} received both of `performance.now()` */
  pong(server_ms, sent, received) {
    const error = (received - sent) / 2;
    this.#samples = this.#samples.filter((sample) => sample.at > received - KEPT_MS);
    this.#samples.push({ at: received, shift: server_ms - received + error, error });
    const best = this.#samples.reduce((a, b) => (b.error < a.error ? b : a));
    this.#shift = best.shift;
    this.#isKnown = true;
  }

  /** A message cannot arrive before it was sent. @param {number} server_ms @param {number} received */
  tick(server_ms, received) {
    const least = server_ms - received;
    if (!this.#isKnown || this.#shift < least) this.#shift = least;
    this.#isKnown = true;
  }
}
