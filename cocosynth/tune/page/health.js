// The health check of the scenes shown.

import { find, make } from "./dom.js";
import { colorOf } from "./overlay.js";

export function showHealth(health, count) {
  find("health-about").textContent = `of the ${count} scenes shown`;
  const most = Math.max(1, ...health.categories.map((one) => one.pasted + one.from_backgrounds));
  const rows = health.categories.map((one) => {
    const bar = make("span", { class: "bar-of" });
    const fill = make("i");
    fill.style.width = `${((one.pasted + one.from_backgrounds) / most) * 100}%`;
    fill.style.background = colorOf(one.name);
    bar.append(fill);
    return make("li", { title: `${one.instances} cut-outs from ${one.photographs} photographs` },
      make("span", { class: "category" }, one.name), bar, make("span", { class: "count" }, String(one.pasted + one.from_backgrounds)));
  });
  const warnings = health.warnings.map((one) => make("li", {}, ...words(one.text)));
  const notes = [...health.skipped, ...health.notes].map((text) => make("li", {}, ...words(text)));
  find("health").replaceChildren(
    make("ul", { class: "categories" }, ...rows),
    make("div", { class: "said" },
      warnings.length ? make("ul", { class: "warnings" }, ...warnings) : make("p", { class: "good" }, "✓ Nothing to warn of"),
      notes.length ? make("details", {}, make("summary", {}, notes.length === 1 ? "1 note on the sources" : `${notes.length} notes on the sources`), make("ul", {}, ...notes)) : ""));
}

/** `keys` stand in backticks. */
const words = (text) => text.split("`").map((part, place) => (place % 2 ? make("code", {}, part) : part));
