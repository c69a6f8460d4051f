/** JSON merge patch. Source: RFC 7396, section 2. */

/**
 * Return `target` with `patch` applied; neither is changed, and what did not change is shared.
 * @param {any} target @param {any} patch @returns {any}
 */
export function merge(target, patch) {
  if (!isObject(patch)) return patch;
  /** @type {Record<string, any>} */
  const result = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = merge(result[name], value);
  }
  return result;
}

/** @param {any} value */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
