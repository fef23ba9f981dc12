// A control for each kind of value.

import { make, newId } from "./dom.js";
import { firstRange, numberInput, range, slider } from "./slider.js";

/** Draw a field: its name, its help, its control, and the place of its errors.
 *
 * `context`: address, value, change(value, more), and reset() where the value can be taken out.
 */
export function drawField(field, context) {
  const id = newId("field");
  const help = make("p", { class: "help", id: `${id}-help`, hidden: true }, field.help);
  const ask = field.help && make("button", {
    type: "button", class: "ask", "aria-label": `What is ${field.label}?`, "aria-expanded": "false",
    "aria-controls": help.id, title: field.help,
    onclick: () => {
      help.hidden = !help.hidden;
      ask.setAttribute("aria-expanded", String(!help.hidden));
    },
  }, "?");
  const reset = make("button", {
    type: "button", class: "reset", "aria-label": `Reset ${field.label}`, title: "Back to the default",
    onclick: () => context.reset(), hidden: !context.isSet,
  }, "↺");
  const changed = (value, more = false) => {
    if (context.reset) reset.hidden = false;
    row.classList.add("set");
    context.change(value, more);
  };
  const { head = [], body = null } = control(field, context.value, changed, id);
  const row = make("div", {
    class: `field ${field.widget}${context.isSet ? " set" : ""}`, "data-address": context.address,
    "data-words": `${field.label} ${field.help}`.toLowerCase(),
  },
  make("div", { class: "line" },
    make("label", { for: id }, field.label), ask || null,
    make("span", { class: "grow" }), context.reset ? reset : null, ...head),
  body, help, make("p", { class: "wrong", role: "alert", hidden: true }));
  return row;
}

function control(field, value, changed, id) {
  if (field.nullable && (value === null || value === undefined) && !["choice", "words", "text", "number", "value"].includes(field.widget)) {
    return {
      head: [make("button", {
        type: "button", class: "soft", id,
        onclick: () => changed(field.widget === "range" ? firstRange(field) : field.min ?? 0, "redraw"),
      }, "set")],
    };
  }
  return (KINDS[field.widget] ?? KINDS.value)(field, value, changed, id);
}

/** A value in one line, as JSON or as YAML has it: words need no quotes. */
function parsed(text) {
  const part = /("(?:[^"\\]|\\.)*"|-?\d[\w.+-]*)|([A-Za-z_./][\w./-]*)/g;
  const plain = new Set(["true", "false", "null"]);
  return JSON.parse(text.replace(part, (found, asIs) => asIs || plain.has(found) ? found : JSON.stringify(found)));
}

const KINDS = {
  slider: (field, value, changed, id) => slider(field, value ?? field.min, changed, id),
  range(field, value, changed, id) {
    const pair = typeof value === "number" ? [value, value] : value; // as `objects_per_image: 3`
    return Array.isArray(pair) ? range(field, pair, changed, id) : KINDS.value(field, pair, changed, id);
  },

  number(field, value, changed, id) {
    let now = value;
    const number = numberInput(field, field.label, () => now, (next, more) => changed((now = next), more), id);
    number.show();
    return { head: [number.input] };
  },

  pair(field, value, changed, id) {
    const now = [...(value ?? [null, null])];
    const inputs = [0, 1].map((side) => {
      const label = `${field.label}, ${side ? "to" : "from"}`;
      const input = make("input", { type: "number", step: "any", class: "number", "aria-label": label, id: side ? null : id });
      input.value = now[side] ?? "";
      if (now[side] === null) input.placeholder = "any";
      input.addEventListener("change", () => {
        now[side] = input.value === "" ? null : Number(input.value);
        changed([...now]);
      });
      return input;
    });
    return { head: [inputs[0], make("span", { class: "to", "aria-hidden": "true" }, "–"), inputs[1]] };
  },

  choice(field, value, changed, id) {
    const none = field.nullable ? [make("option", { value: "" }, "none")] : [];
    const select = make("select", { id }, ...none, ...field.options.map((name) => make("option", { value: name }, name)));
    select.value = value ?? "";
    select.addEventListener("change", () => changed(select.value || null));
    return { head: [select] };
  },

  toggle(field, value, changed, id) {
    const box = make("input", { type: "checkbox", role: "switch", id, class: "switch" });
    box.checked = Boolean(value);
    box.addEventListener("change", () => changed(box.checked));
    return { head: [box] };
  },

  text(field, value, changed, id) {
    const input = make("input", { type: "text", id, class: "wide", value: value ?? "" });
    input.addEventListener("change", () => changed(input.value === "" && field.nullable ? null : input.value));
    return { body: input };
  },

  words(field, value, changed, id) {
    const input = make("input", { type: "text", id, class: "wide" });
    const names = field.example ? `, as ${field.example.replace(/[[\]]/g, "")}` : "";
    input.placeholder = `${field.nullable ? "all" : "none"}${names}`;
    input.value = (value ?? []).join(", ");
    input.addEventListener("change", () => {
      const words = input.value.split(",").map((word) => word.trim()).filter(Boolean);
      changed(words.length || !field.nullable ? words : null);
    });
    return { body: input };
  },

  value(field, value, changed, id) {
    const input = make("input", { type: "text", id, class: "wide code", spellcheck: "false" });
    input.value = value === undefined || value === null ? "" : JSON.stringify(value);
    input.placeholder = field.example ? `none, as ${field.example}` : "none";
    input.addEventListener("change", () => {
      try {
        input.setCustomValidity("");
        changed(input.value.trim() === "" ? null : parsed(input.value));
      } catch {
        input.setCustomValidity(`write it as ${field.example ?? "[1, 2] or {small: 1}"}`);
        input.reportValidity();
      }
    });
    return { body: input };
  },

  counts(field, value, changed, id) {
    const now = { ...value };
    const rows = Object.keys(now).map((name, number) => {
      const part = { label: name, min: 0, whole: true };
      const input = numberInput(part, `images of ${name}`, () => now[name], (next, more) => {
        now[name] = next;
        changed({ ...now }, more);
      }, number ? undefined : id);
      input.show();
      return make("div", { class: "line inner" }, make("span", {}, name), make("span", { class: "grow" }), input.input);
    });
    return { body: make("div", {}, ...rows) };
  },

  weights(field, value, changed) {
    const now = { ...value };
    const rows = (field.names ?? []).map((name) => {
      const part = { ...field, label: name, scale: "power", bend: 3.32, step: 0.1 };
      const drawn = slider(part, now[name] ?? 1, (next, more) => {
        now[name] = next;
        if (next === 1) delete now[name];
        changed({ ...now }, more);
      });
      return make("div", { class: "weight" },
        make("div", { class: "line inner" }, make("span", {}, name), make("span", { class: "grow" }), ...drawn.head), drawn.body);
    });
    return { body: make("div", { class: "weights-list" }, ...rows) };
  },
};
