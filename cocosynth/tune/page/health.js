// The health check of the scenes shown.

import { find, make } from "./dom.js";

export function showHealth(health, count, colors) {
  find("health-about").textContent = `of the ${count} scenes shown`;
  const most = Math.max(1, ...health.categories.map((one) => one.pasted + one.from_backgrounds));
  const rows = health.categories.map((one) => {
    const bar = make("span", { class: "bar-of" });
    const fill = make("i");
    fill.style.width = `${((one.pasted + one.from_backgrounds) / most) * 100}%`;
    fill.style.background = colors[one.name];
    bar.append(fill);
    return make("li", { title: `${one.instances} cut-outs from ${one.photographs} photographs` },
      make("span", { class: "category" }, one.name), bar, make("span", { class: "count" }, String(one.pasted + one.from_backgrounds)));
  });
  const warnings = health.warnings.map((one) => make("li", {}, ...words(one.text)));
  const notes = [...health.skipped, ...health.notes].map((text) => make("li", {}, ...words(text)));
  find("health").replaceChildren(
    make("ul", { class: "categories" }, ...rows),
    make("div", { class: "said" },
      goalsOf(health.goals ?? []),
      warnings.length ? make("ul", { class: "warnings" }, ...warnings) : make("p", { class: "good" }, "✓ Nothing to warn of"),
      notes.length ? make("details", {}, make("summary", {}, notes.length === 1 ? "1 note on the sources" : `${notes.length} notes on the sources`), make("ul", {}, ...notes)) : ""));
}

/** What the configuration asks for, and what the scenes shown hold of it. */
function goalsOf(goals) {
  if (!goals.length) return "";
  const heads = ["goal", "of", "asked", "got"].map((head) => make("th", { scope: "col" }, head));
  const rows = goals.map((row) => make("tr", {}, make("td", {}, make("code", {}, row.goal)), make("td", {}, row.name), make("td", {}, String(row.asked)), make("td", {}, String(row.got))));
  return make("table", { class: "goals" }, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...rows));
}

/** `keys` stand in backticks. */
const words = (text) => text.split("`").map((part, place) => (place % 2 ? make("code", {}, part) : part));
