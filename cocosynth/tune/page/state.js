// The values of the configuration: what the file has and the user changed, over what that stands for.

export class State {
  constructor(values) {
    this.values = values; // as a file has them
    this.effective = {}; // every key, as the command answered
    this.saved = JSON.stringify(values);
    this.past = [];
    this.future = [];
    this.changing = null; // the key that is being dragged: one step of undo
    this.listeners = [];
  }

  /** What stands under a key: `seed`, `limits.max_overlap`. */
  get(key) {
    const mine = at(this.values, key);
    return mine === undefined ? at(this.effective, key) : mine;
  }

  has(key) {
    return at(this.values, key) !== undefined;
  }

  /** Change a value. `more` says that the next change of the same key belongs to this one. */
  set(key, value, { more = false, stale = false } = {}) {
    this.change((values) => put(values, key, value), { key: more ? key : null, stale });
  }

  reset(key) {
    this.change((values) => remove(values, key), { stale: true });
  }

  change(edit, { key = null, stale = false } = {}) {
    const before = JSON.stringify(this.values);
    const next = JSON.parse(before);
    edit(next);
    if (JSON.stringify(next) === before) {
      if (key === null) this.changing = null;
      return;
    }
    if (this.changing === null || this.changing !== key) this.past.push(before);
    this.changing = key;
    this.future = [];
    this.values = next;
    this.tell({ stale });
  }

  /** The drag has ended: the next change is a step of its own. */
  settle() {
    this.changing = null;
  }

  undo() {
    this.move(this.past, this.future);
  }

  redo() {
    this.move(this.future, this.past);
  }

  move(from, to) {
    if (!from.length) return;
    to.push(JSON.stringify(this.values));
    this.values = JSON.parse(from.pop());
    this.changing = null;
    this.tell({ stale: true });
  }

  get isChanged() {
    return JSON.stringify(this.values) !== this.saved;
  }

  listen(listener) {
    this.listeners.push(listener);
  }

  tell(event) {
    for (const listener of this.listeners) listener(event);
  }
}

/** Steps of an address: `foregrounds[0].whole` -> ["foregrounds", 0, "whole"]. */
export function steps(key) {
  return key
    .split(/\.|(?=\[)/)
    .map((step) => (step.startsWith("[") ? Number(step.slice(1, -1)) : step));
}

function at(value, key) {
  for (const step of steps(key)) value = value?.[step];
  return value;
}

function put(values, key, value) {
  const path = steps(key);
  const last = path.pop();
  let node = values;
  for (const step of path) {
    if (node[step] === undefined || node[step] === null || typeof node[step] !== "object") node[step] = {};
    node = node[step];
  }
  node[last] = value;
}

export function remove(values, key) {
  const path = steps(key);
  const last = path.pop();
  let node = values;
  for (const step of path) node = node?.[step];
  if (!node) return;
  delete node[last];
  if (path.length === 1 && typeof path[0] === "string" && !Object.keys(node).length) delete values[path[0]];
}

/** A step of a list, `flip` or `{flip: {p: 0.5}}`, as a name and parameters. */
export function parsed(spec) {
  if (typeof spec === "string") return { name: spec, parameters: {} };
  const [name, parameters] = Object.entries(spec ?? {})[0] ?? ["", {}];
  return { name, parameters: parameters ?? {} };
}

export function written({ name, parameters }) {
  return Object.keys(parameters).length ? { [name]: parameters } : name;
}
