/**
 * Elements as values, and the one place that makes the page equal to them.
 *
 * A view is a function that returns nodes made with `h`; `render` changes only what differs, so
 * that a video goes on playing and the keyboard focus stays where it was. There is no way in for
 * HTML text: Trusted Types are required by the page's policy, and nothing here needs them.
 *
 * @typedef {{tag: string, props: Record<string, any>, children: Node_[]}} Element_
 * @typedef {Element_ | string} Node_
 * @typedef {Node_ | number | null | undefined | boolean | readonly any[]} Child
 */

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "path", "circle", "rect", "line", "defs", "pattern"]);

/** What `render` last put on an element. @type {WeakMap<Node, Record<string, any>>} */
const known = new WeakMap();

/**
 * Describe an element.
 *
 * Props: attributes by name; `testid`; `on…` handlers; `key` to keep the element when its place
 * changes; `style` (an object); `prop` (properties, set when they differ); `init` (properties,
 * set once); `hook` (called with the element after each render, the first time before it is in the
 * page).
 *
 * @param {string} tag
 * @param {Record<string, any> | null} [props]
 * @param {...Child} children
 * @returns {Element_}
 */
export function h(tag, props = null, ...children) {
  const kept = children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
  return {
    tag,
    props: props ?? {},
    children: kept.map((child) => (typeof child === "object" ? /** @type {Element_} */ (child) : String(child))),
  };
}

/**
 * Make the children of `root` equal to `nodes`.
 * @param {Element} root
 * @param {...Child} nodes
 */
export function render(root, ...nodes) {
  patchChildren(root, h("div", null, ...nodes).children);
}

/** @param {Element} parent @param {Node_[]} wanted */
function patchChildren(parent, wanted) {
  const found = match([...parent.childNodes], wanted);
  const keep = new Set(found);
  for (const node of [...parent.childNodes]) {
    if (!keep.has(node)) node.remove();
  }
  // What stays in order is not moved: a moved video stops playing.
  let next = parent.firstChild;
  wanted.forEach((description, index) => {
    const node = found[index] ?? create(description);
    // What is new is complete before it is put into the page, which then has it to do once.
    patch(node, description);
    if (node === next) next = node.nextSibling;
    else parent.insertBefore(node, next);
  });
}

/** @param {Node[]} present @param {Node_[]} wanted @returns {(Node | undefined)[]} */
function match(present, wanted) {
  const free = new Set(present);
  const byKey = new Map(present.map((node) => [known.get(node)?.key, node]));
  return wanted.map((description) => {
    const node =
      typeof description === "object" && description.props.key !== undefined
        ? byKey.get(description.props.key)
        : [...free].find((candidate) => fits(candidate, description));
    if (node === undefined || !free.has(node) || !isSameKind(node, description)) return undefined;
    free.delete(node);
    return node;
  });
}

/** @param {Node} node @param {Node_} description */
function fits(node, description) {
  return known.get(node)?.key === undefined && isSameKind(node, description);
}

/** @param {Node} node @param {Node_} description */
function isSameKind(node, description) {
  return node.nodeName.toLowerCase() === (typeof description === "string" ? "#text" : description.tag);
}

/** @param {Node_} description @returns {Node} */
function create(description) {
  if (typeof description === "string") return document.createTextNode(description);
  const { tag, props } = description;
  const element = SVG_TAGS.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  Object.assign(element, props.init ?? {});
  return element;
}

/** @param {Node} node @param {Node_} description */
function patch(node, description) {
  if (typeof description === "string") {
    if (node.nodeValue !== description) node.nodeValue = description;
    return;
  }
  const element = /** @type {HTMLElement} */ (node);
  const before = known.get(element) ?? {};
  const { props } = description;
  known.set(element, props);
  for (const name of new Set([...Object.keys(before), ...Object.keys(props)])) {
    setProp(element, name, props[name], before[name]);
  }
  patchChildren(element, description.children);
  props.hook?.(element);
}

/** @param {HTMLElement} element @param {string} name @param {any} value @param {any} before */
function setProp(element, name, value, before) {
  if (["key", "init", "hook"].includes(name)) return;
  if (name === "prop") return assignChanged(element, value ?? {});
  if (name === "style") return setStyle(element, value ?? {}, before ?? {});
  if (name.startsWith("on")) {
    /** @type {any} */ (element)[name.toLowerCase()] = value ?? null;
    return;
  }
  if (value === before) return;
  const attribute = name === "testid" ? "data-testid" : name;
  if (value === null || value === undefined || value === false) element.removeAttribute(attribute);
  else element.setAttribute(attribute, value === true ? "" : String(value));
}

/** @param {any} element @param {Record<string, any>} values */
function assignChanged(element, values) {
  for (const [name, value] of Object.entries(values)) {
    if (element[name] !== value) element[name] = value;
  }
}

/** @param {HTMLElement} element @param {Record<string, string>} value @param {Record<string, string>} before */
function setStyle(element, value, before) {
  for (const name of Object.keys(before)) {
    if (!(name in value)) element.style.removeProperty(name);
  }
  for (const [name, text] of Object.entries(value)) {
    if (before[name] !== text) element.style.setProperty(name, text);
  }
}
