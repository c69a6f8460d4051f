/** The French plural: one and zero take the singular. */
export const plural = (/** @type {number} */ count, /** @type {string} */ one, /** @type {string} */ many) =>
  `${count} ${count > 1 ? many : one}`;
