// Techniques: one of them, one drawn of several, or a list of steps in their order.

import { drawField } from "./controls.js";
import { make, newId } from "./dom.js";
import { parsed, written } from "./state.js";

/** Parameters of a technique; what is as the default is not written. */
function drawParameters(technique, address, parameters, change) {
  const fields = technique?.fields ?? [];
  return fields.map((field) => {
    const value = parameters[field.key] === undefined ? field.default ?? null : parameters[field.key];
    return drawField(field, {
      address: `${address}.${field.key}`,
      value,
      isSet: parameters[field.key] !== undefined && !field.needed,
      change: (next, more) => {
        const changed = { ...parameters };
        if (JSON.stringify(next) === JSON.stringify(field.default)) delete changed[field.key];
        else changed[field.key] = next;
        parameters = changed;
        change(changed, more === true, more === "redraw");
      },
      reset: () => {
        const changed = { ...parameters };
        delete changed[field.key];
        change(changed, false, true);
      },
    });
  });
}

function choices(kind, name) {
  const known = Object.keys(kind.techniques).sort();
  if (name && !known.includes(name) && name !== "choose") known.push(name);
  return known.map((one) => make("option", { value: one }, one.replaceAll("_", " ")));
}

/** One technique: `placement`, `blend`. */
export function drawTechnique(field, kind, { address, value, change, isSet, reset }) {
  const drawn = parsed(value);
  const id = newId("technique");
  const select = make("select", { id }, ...choices(kind, drawn.name));
  if (kind.choose) select.append(make("option", { value: "choose" }, "one of several, drawn"));
  select.value = drawn.name;
  select.addEventListener("change", () => {
    const name = select.value;
    if (name === "choose") change({ choose: { [drawn.name]: 1, ...(drawn.name === "paste" ? { feather: 1 } : { paste: 1 }) } }, { redraw: true });
    else change(first(kind, name), { redraw: true });
  });
  const about = kind.techniques[drawn.name]?.about ?? (drawn.name === "choose" ? "One of several, drawn for each object." : "");
  const body = drawn.name === "choose"
    ? drawChoice(kind, address, drawn.parameters, change)
    : drawParameters(kind.techniques[drawn.name], `${address}.${drawn.name}`, drawn.parameters,
      (parameters, more, redraw) => change(written({ name: drawn.name, parameters }), { more, redraw }));
  return make("div", { class: "technique", "data-address": address, "data-words": `${field.label} ${Object.keys(kind.techniques).join(" ")}` },
    make("div", { class: "line" }, make("label", { for: id }, field.label), make("span", { class: "grow" }),
      isSet ? make("button", { type: "button", class: "reset", "aria-label": `Reset ${field.label}`, title: "Back to the default", onclick: reset }, "↺") : null,
      select),
    make("p", { class: "about" }, about), ...body,
    make("p", { class: "wrong", role: "alert", hidden: true }));
}

const WEIGHT = { key: "weight", label: "weight", help: "How often it is drawn, relative to the others.", widget: "slider", min: 0, max: 10, scale: "power", bend: 3.32, step: 0.1 };

function drawChoice(kind, address, entries, change) {
  const names = Object.keys(entries);
  const write = (name, entry, options) => change({ choose: { ...entries, [name]: entry } }, options);
  const cards = names.map((name) => {
    const given = entries[name];
    const { weight = 1, ...parameters } = given !== null && typeof given === "object" ? given : { weight: given ?? 1 };
    const where = `${address}.choose.${name}`;
    const joined = (heavy, rest) => (Object.keys(rest).length ? { weight: heavy, ...rest } : heavy);
    let heavy = weight;
    let others = parameters;
    return make("li", { class: "step", "data-address": where },
      make("div", { class: "line" }, make("strong", {}, name), make("span", { class: "grow" }),
        make("button", {
          type: "button", class: "icon", "aria-label": `Remove ${name}`, title: "Remove", disabled: names.length < 2,
          onclick: () => {
            const { [name]: gone, ...rest } = entries;
            change({ choose: rest }, { redraw: true });
          },
        }, "✕")),
      drawField(WEIGHT, { address: `${where}.weight`, value: weight, change: (next, more) => { heavy = next; entries = { ...entries, [name]: joined(heavy, others) }; write(name, joined(heavy, others), { more: more === true }); } }),
      ...drawParameters(kind.techniques[name], where, parameters, (next, more, redraw) => {
        others = next;
        entries = { ...entries, [name]: joined(heavy, others) };
        write(name, joined(heavy, others), { more, redraw });
      }),
      make("p", { class: "wrong", role: "alert", hidden: true }));
  });
  const missing = Object.keys(kind.techniques).filter((name) => !(name in entries));
  return [make("ul", { class: "steps" }, ...cards), adder("Add a mode", missing, (name) => write(name, 1, { redraw: true }))];
}

/** A list of techniques, applied in their order. */
export function drawSteps(field, kind, { address, value, change, isSet, reset, open }) {
  const list = (Array.isArray(value) ? value : value ? [value] : []).map(parsed);
  const write = (options = {}) => change(list.map(written), options);
  const cards = list.map((step, place) => {
    const technique = kind.techniques[step.name];
    const where = `${address}[${place}]`;
    const label = step.name.replaceAll("_", " ");
    const move = (by) => {
      list.splice(place + by, 0, ...list.splice(place, 1));
      open.move(address, place, place + by);
      write({ redraw: true, focus: `${address}[${place + by}]` });
    };
    const details = make("details", { class: "inside" },
      make("summary", {}, make("strong", {}, label), make("small", {}, summary(step, technique))),
      make("p", { class: "about" }, technique?.about ?? ""),
      ...drawParameters(technique, `${where}.${step.name}`, step.parameters, (parameters, more, redraw) => {
        step.parameters = parameters;
        details.querySelector("summary small").textContent = summary(step, technique);
        write({ more, redraw });
      }));
    details.open = open.has(where);
    details.addEventListener("toggle", () => open.set(where, details.open));
    return make("li", { class: "step", "data-address": where },
      details,
      make("span", { class: "order" },
        make("button", { type: "button", class: "icon", "aria-label": `Move ${label} up`, title: "Up", disabled: place === 0, onclick: () => move(-1) }, "↑"),
        make("button", { type: "button", class: "icon", "aria-label": `Move ${label} down`, title: "Down", disabled: place === list.length - 1, onclick: () => move(1) }, "↓"),
        make("button", {
          type: "button", class: "icon", "aria-label": `Remove ${label}`, title: "Remove",
          onclick: () => {
            list.splice(place, 1);
            open.drop(address, place);
            write({ redraw: true, focus: address });
          },
        }, "✕")),
      make("p", { class: "wrong", role: "alert", hidden: true }));
  });
  return make("div", { class: "steps-field", "data-address": address, "data-words": `${field.label} ${Object.keys(kind.techniques).join(" ")}` },
    make("div", { class: "line" }, make("span", { class: "name" }, field.label), make("span", { class: "grow" }),
      isSet ? make("button", { type: "button", class: "reset", "aria-label": `Reset ${field.label}`, title: "Back to the default", onclick: reset }, "↺") : null),
    cards.length ? make("ol", { class: "steps" }, ...cards) : make("p", { class: "none" }, "none"),
    adder(`Add to ${field.label}`, Object.keys(kind.techniques).sort(), (name) => {
      list.push(parsed(first(kind, name)));
      open.set(`${address}[${list.length - 1}]`, true);
      write({ redraw: true, focus: `${address}[${list.length - 1}]` });
    }, kind),
    make("p", { class: "wrong", role: "alert", hidden: true }));
}

function adder(label, names, add, kind) {
  const select = make("select", { class: "adder", "aria-label": label },
    make("option", { value: "" }, "+ add …"),
    ...names.map((name) => make("option", { value: name, title: kind?.techniques[name]?.about }, name.replaceAll("_", " "))));
  select.addEventListener("change", () => select.value && add(select.value));
  return select;
}

/** A technique as it is first: what it needs has a value to begin with. */
function first(kind, name) {
  const needed = (kind.techniques[name]?.fields ?? []).filter((field) => field.needed);
  return written({ name, parameters: Object.fromEntries(needed.map((field) => [field.key, field.widget === "text" ? "RandomFog" : {}])) });
}

function summary(step, technique) {
  const shown = (technique?.fields ?? [])
    .map((field) => [field, step.parameters[field.key] ?? field.default])
    .filter(([field, value]) => value !== null && value !== undefined && (field.key !== "p" || value !== 1));
  return shown.slice(0, 2).map(([field, value]) => {
    const text = Array.isArray(value) ? value.map(short).join("–") : short(value);
    return field.key === "p" ? `p ${text}` : text;
  }).join(" · ");
}

const short = (value) => (typeof value === "number" ? String(Number(value.toFixed(3))) : typeof value === "object" ? "…" : String(value));
