// The panel: the preset on top, then the story of a build, group by group.

import { drawField } from "./controls.js";
import { find, make } from "./dom.js";
import { remove } from "./state.js";
import { drawSteps, drawTechnique } from "./steps.js";

const OPEN_FIRST = ["augment", "blend"];

/** Which parts of the form are open; it is drawn anew when its shape changes. */
class Open {
  constructor() {
    this.keys = new Set(OPEN_FIRST.map((id) => `group:${id}`));
  }
  has(key) { return this.keys.has(key); }
  set(key, open) { if (open) this.keys.add(key); else this.keys.delete(key); }
  move(address, from, to) {
    const [first, second] = [this.has(`${address}[${from}]`), this.has(`${address}[${to}]`)];
    this.set(`${address}[${from}]`, second);
    this.set(`${address}[${to}]`, first);
  }
  drop(address, place) {
    for (let i = place; i < 64; i += 1) this.set(`${address}[${i}]`, this.has(`${address}[${i + 1}]`));
  }
}

export class Form {
  constructor(description, state) {
    this.description = description;
    this.state = state;
    this.open = new Open();
    this.names = [];
    this.root = find("form");
    this.root.addEventListener("submit", (event) => event.preventDefault());
    find("find").addEventListener("input", () => this.filter());
  }

  draw(focus) {
    const panel = find("panel");
    const [top, was] = [panel.scrollTop, this.addressInFocus()];
    this.root.replaceChildren(this.drawTop(), ...this.description.groups.map((group) => this.drawGroup(group)));
    this.filter();
    panel.scrollTop = top;
    this.focus(focus ? [focus] : was);
  }

  drawTop() {
    const { presets, top } = this.description;
    const [preset, ...others] = top;
    const name = this.state.values.preset ?? "";
    const select = make("select", { id: "preset" }, make("option", { value: "" }, "none: my own values"),
      ...Object.keys(presets).map((one) => make("option", { value: one }, one)));
    select.value = name;
    select.addEventListener("change", () => this.takePreset(select.value));
    const keys = presets[name]?.keys.filter((key) => !this.state.has(key)) ?? [];
    return make("section", { class: "top", "data-address": "preset", "data-words": "preset" },
      make("div", { class: "line" }, make("label", { for: "preset" }, preset.label), make("span", { class: "grow" }), select),
      make("p", { class: "about" }, presets[name]?.about ?? "A preset sets many of the options below at once; you can change each after that."),
      keys.length ? make("p", { class: "from-preset" }, `It sets ${keys.join(", ")}.`) : null,
      make("p", { class: "wrong", role: "alert", hidden: true }),
      ...others.map((field) => this.drawOne(field)));
  }

  /** A preset gives way to what stands beside it: what it would set is taken out. */
  takePreset(name) {
    this.state.change((values) => {
      if (!name) {
        delete values.preset;
        return;
      }
      for (const key of [...this.description.presets[name].keys, "blend", "variants"]) {
        const [section, inner] = key.split(".");
        if (section === "foregrounds" && inner) for (const source of values.foregrounds) delete source[inner];
        else remove(values, key);
      }
      values.preset = name;
    }, { stale: true });
  }

  drawGroup(group) {
    const details = make("details", { class: "group", id: `group-${group.id}` },
      make("summary", {}, make("h2", {}, group.title), make("small", { class: "changed-mark", title: "changed" }, group.fields.some((field) => this.state.has(field.key) && JSON.stringify(this.state.get(field.key)) !== JSON.stringify(field.default)) ? "●" : "")),
      make("p", { class: "about" }, group.about),
      ...group.fields.map((field) => this.drawOne(field)));
    details.open = this.open.has(`group:${group.id}`);
    details.addEventListener("toggle", () => {
      if (!find("find").value) this.open.set(`group:${group.id}`, details.open);
    });
    return details;
  }

  drawOne(field) {
    const { state } = this;
    const address = field.key;
    const change = (value, { more = false, redraw = false, focus } = {}) => {
      state.set(address, value, { more });
      if (!more) state.settle();
      if (redraw) this.draw(focus);
    };
    const context = {
      address,
      value: state.get(address),
      isSet: state.has(address) && field.default !== undefined,
      reset: () => state.reset(address),
      change,
      open: this.open,
    };
    if (field.widget === "steps") return drawSteps(field, this.description.kinds[field.kind], context);
    if (field.widget === "technique") return drawTechnique(field, this.description.kinds[field.kind], context);
    if (field.widget === "sources") return this.drawSources(field);
    if (field.widget === "canvas") return this.drawCanvas(field);
    const named = field.widget === "weights" ? { ...field, names: this.names } : field;
    return drawField(named, {
      ...context,
      reset: field.default === undefined ? null : context.reset,
      change: (value, more) => change(value, { more: more === true, redraw: more === "redraw" }),
    });
  }

  drawSources(field) {
    const sources = this.state.get(field.key) ?? [];
    const given = this.state.values[field.key] ?? [];
    return make("div", { class: "sources", "data-address": field.key, "data-words": field.label },
      make("span", { class: "name" }, field.label),
      ...sources.map((source, place) => {
        const kind = this.description.sources[field.key].find((one) => one.by in source);
        const where = `${field.key}[${place}]`;
        const details = make("details", { class: "inside" },
          make("summary", {}, make("strong", {}, source[kind.by])),
          make("p", { class: "about" }, kind.about),
          ...kind.fields.map((part) => drawField(part, {
            address: `${where}.${part.key}`,
            value: given[place]?.[part.key] ?? this.state.effective[field.key]?.[place]?.[part.key] ?? part.default,
            isSet: given[place]?.[part.key] !== undefined && !part.needed,
            reset: part.needed ? null : () => this.state.reset(`${where}.${part.key}`),
            change: (value, more) => {
              this.state.set(`${where}.${part.key}`, value, { more: more === true });
              if (more !== true) this.state.settle();
              if (more === "redraw") this.draw();
            },
          })));
        details.open = this.open.has(where);
        details.addEventListener("toggle", () => this.open.set(where, details.open));
        return make("div", { class: "step", "data-address": where }, details, make("p", { class: "wrong", role: "alert", hidden: true }));
      }),
      make("p", { class: "wrong", role: "alert", hidden: true }));
  }

  drawCanvas(field) {
    const canvas = this.state.get("canvas");
    const fixed = typeof canvas === "object";
    const select = make("select", { id: "canvas-kind" }, make("option", { value: "size" }, "one size"), make("option", { value: "background" }, "as each background"));
    select.value = fixed ? "size" : "background";
    select.addEventListener("change", () => {
      this.state.set("canvas", select.value === "size" ? { width: 640, height: 480 } : "background");
      this.draw();
    });
    return make("div", { class: "canvas", "data-address": "canvas", "data-words": "canvas size width height" },
      make("div", { class: "line" }, make("label", { for: "canvas-kind" }, "canvas"), make("span", { class: "grow" }), select),
      ...(fixed ? field.fields.map((part) => this.drawOne(part)) : []),
      make("p", { class: "wrong", role: "alert", hidden: true }));
  }

  /** Show an error where it stands; return whether there is such a place. */
  showFault(address, text) {
    this.clearFault();
    for (let where = address; where; where = where.replace(/(\.[^.[\]]+|\[\d+\])$/, "")) {
      const place = this.root.querySelector(`[data-address="${CSS.escape(where)}"]`);
      if (place) {
        place.classList.add("at-fault");
        const line = [...place.children].find((child) => child.classList.contains("wrong"));
        if (line) {
          line.textContent = text;
          line.hidden = false;
        }
        for (let up = place; up; up = up.parentElement) if (up.tagName === "DETAILS") up.open = true;
        if (!place.contains(document.activeElement)) place.scrollIntoView({ block: "nearest" });
        return true;
      }
      if (!/[.[]/.test(where)) break;
    }
    return false;
  }

  clearFault() {
    for (const line of this.root.querySelectorAll(".wrong")) line.hidden = true;
    for (const place of this.root.querySelectorAll(".at-fault")) place.classList.remove("at-fault");
  }

  addressInFocus() {
    const element = document.activeElement?.closest?.("#form [data-address]");
    return element && [element.dataset.address, document.activeElement.tagName.toLowerCase()];
  }

  focus(where) {
    if (!where) return;
    const [address, tag] = where;
    const place = this.root.querySelector(`[data-address="${CSS.escape(address)}"]`);
    const found = (tag && place?.querySelector(tag)) || place?.querySelector("summary, input, select, button");
    found?.focus({ preventScroll: true });
  }

  filter() {
    const words = find("find").value.trim().toLowerCase();
    for (const group of this.root.querySelectorAll(".group")) {
      let any = false;
      for (const row of group.querySelectorAll(":scope > [data-words]")) {
        const texts = [row, ...row.querySelectorAll("[data-words]")].map((one) => `${one.dataset.words} ${one.dataset.address}`);
        const fits = !words || texts.some((text) => text.includes(words) || text.replaceAll("_", " ").includes(words));
        row.hidden = !fits;
        any ||= fits;
      }
      const title = group.querySelector("h2").textContent.toLowerCase();
      if (words && title.includes(words)) {
        any = true;
        for (const row of group.querySelectorAll(":scope > [data-words]")) row.hidden = false;
      }
      group.hidden = !any;
      group.open = words ? any : this.open.has(`group:${group.id.slice(6)}`);
    }
  }
}
