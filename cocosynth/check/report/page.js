// The summary, the address and the theme. What is chosen stands behind the # of the address.

const CHOICES = ["category", "size", "occlusion", "source", "split", "warning"];

function readAddress() {
  const said = new URLSearchParams(location.hash.slice(1));
  const state = { view: said.get("view") === "images" ? "images" : "summary" };
  for (const name of CHOICES) state[name] = said.get(name) ?? "";
  state.page = Math.max(1, parseInt(said.get("page"), 10) || 1);
  state.image = said.has("image") ? parseInt(said.get("image"), 10) : null;
  return state;
}

function addressOf(changes, from = readAddress()) {
  const state = { ...from, ...changes };
  const said = new URLSearchParams({ view: state.view });
  for (const name of CHOICES) if (state[name]) said.set(name, state[name]);
  if (state.view === "images" && state.page > 1) said.set("page", state.page);
  if (Number.isInteger(state.image)) said.set("image", state.image);
  return `#${said}`;
}

function go(changes) {
  location.hash = addressOf(changes);
}

const NOTHING = Object.fromEntries(CHOICES.map((name) => [name, ""]));
const linkTo = (changes) =>
  addressOf({ view: "images", page: 1, image: null, ...changes }, { ...NOTHING });

function tile(value, label, note) {
  return el("div", { class: "tile" },
    el("strong", {}, value), el("span", {}, label), note ? el("small", {}, note) : null);
}

function tiles() {
  const images = sum(data.splits.map((split) => split.images));
  const empty = sum(data.splits.map((split) => split.empty));
  const used = data.categories.filter((category) => category.k).length;
  const here = data.categories.filter((category) => category.k || category.m || !category.q).length;
  const [hidden, known] = data.hidden;
  return el("div", { class: "tiles" },
    tile(count(images), "images", empty ? `${count(empty)} without annotations` : ""),
    tile(count(data.objects), "objects", data.crowds ? `and ${plural(data.crowds, "crowd")}` : ""),
    tile(count(used), "categories", here > used ? `${count(here - used)} without objects` : ""),
    tile(images ? (data.objects / images).toFixed(1) : "0", "objects an image", ""),
    known ? tile(percent(hidden / known), "partly hidden", "of the objects") : null,
    data.splits.length > 1
      ? tile(data.splits.length, "splits",
        data.splits.map((split) => `${split.name} ${count(split.images)}`).join(", "))
      : null);
}

function strip() {
  const images = data.images.map((image, n) => [image, n]).filter(([image]) => image.t);
  if (!images.length) return null;
  const step = Math.max(1, Math.floor(images.length / 8));
  const chosen = images.filter((_, n) => n % step === 0).slice(0, 8);
  return el("div", { class: "strip" }, chosen.map(([image, n]) =>
    el("a", { href: addressOf({ view: "summary", image: n }, { ...NOTHING }), class: "shot",
      "aria-label": `Image ${readable(image.n)}, ${plural(image.a.length, "annotation")}` },
    pictureOf(image, true))));
}

function health() {
  const rows = [...data.warnings].sort((a, b) => (a.severity > b.severity) - (a.severity < b.severity));
  const items = rows.map((row) => el("li", { class: row.severity },
    el("span", { class: "sign", "aria-hidden": true }, row.severity === "error" ? "✕" : "!"),
    el("span", {}, el("code", {}, row.rule), " ", el("bdi", {}, words(row.text))),
    row.images ? el("a", { href: linkTo({ warning: row.rule }) }, plural(row.images, "image")) : null));
  const skipped = data.skipped.length
    ? el("details", {},
      el("summary", {}, `Skipped: ${plural(sum(data.skipped.map((row) => row[2])), "record")} for ${
        plural(data.skipped.length, "reason")}`),
      table(["source", "reason", "count", "first example"], data.skipped.map((row) =>
        [nameOf(row[0]), nameOf(row[1]), count(row[2]), nameOf(row[3] ?? "")])))
    : null;
  const goals = data.goals.length
    ? [el("h3", {}, "Goals"), table(["goal", "split", "of", "asked", "got"], data.goals.map(([goal, split, name, asked, got]) =>
      [el("code", {}, goal), nameOf(split), nameOf(name), count(asked), count(got)]))]
    : null;
  const good = data.checked ? "The validator found nothing to report." : "Nothing to report.";
  return el("section", { class: "panel", "aria-labelledby": "health" },
    el("h2", { id: "health" }, "Health check"),
    items.length ? el("ul", { class: "warnings" }, items) : el("p", { class: "fine" }, `✓ ${good}`),
    ...(goals || []), skipped);
}

function table(heads, rows) {
  return el("div", { class: "scroll", tabindex: 0 }, el("table", {},
    el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell) => el("td", {}, cell)))))));
}

// A table whose columns sort; `rows` are [sort keys, cells].
function sortable(heads, rows, { shown = 40, at = 0, down = true, caption }) {
  let [column, falls, all, wanted] = [at, down, false, ""];
  const body = el("tbody", {});
  const more = el("button", { type: "button", class: "quiet", onclick: () => { all = true; draw(); } });
  const buttons = heads.map((head, n) => el("button", { type: "button", onclick: () => {
    [falls, column] = [column === n ? !falls : n > 0, n];
    draw();
  } }, head));
  const cells = buttons.map((button) => el("th", { scope: "col" }, button));
  function draw() {
    const order = (a, b) => (a > b) - (a < b);
    const found = rows.filter(([keys]) => String(keys[0]).toLowerCase().includes(wanted));
    found.sort((a, b) => order(a[0][column], b[0][column]) * (falls ? -1 : 1) || order(a[0][0], b[0][0]));
    cells.forEach((cell, n) => n === column
      ? cell.setAttribute("aria-sort", falls ? "descending" : "ascending")
      : cell.removeAttribute("aria-sort"));
    const visible = all ? found : found.slice(0, shown);
    body.replaceChildren(...visible.map(([, row]) => el("tr", {}, row.map((cell) => el("td", {}, cell)))));
    more.textContent = `Show all ${count(found.length)}`;
    more.hidden = visible.length === found.length;
  }
  draw();
  const search = rows.length > shown ? el("input", { type: "search", placeholder: "Find a category",
    "aria-label": "Find a category", oninput: (event) => {
      wanted = event.target.value.toLowerCase();
      draw();
    } }) : null;
  return [search, el("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": caption },
    el("table", {}, el("thead", {}, el("tr", {}, cells)), body)), more];
}

function comparison() {
  if (!data.real) return null;
  const all = [...data.charts, { title: "Positions", key: "positions", ...data.positions },
    { title: "Categories", key: "categories", ...data.mix }].filter((made) => made.distance !== null);
  const rows = all.map((made) => [
    [made.title, made.distance, made.verdict],
    [jump(made.title, made.key),
      el("span", { class: "gauge" },
        el("meter", { min: 0, max: 1, value: made.distance, "aria-label": `distance of ${made.title}` }),
        judged(made)),
      made.verdict]]);
  return el("section", { class: "panel", "aria-labelledby": "real" },
    el("h2", { id: "real" }, "Beside the real data"),
    el("p", { class: "note" }, `${plural(data.real.images, "real image")} with ${
      plural(data.real.objects, "object")}. The distance is that of Jensen and Shannon between the two `
      + "distributions: 0 where they are the same, 1 where they have nothing in common. “Too few to tell”: "
      + "samples of this size may lie that far apart by chance."),
    ...sortable(["figure", "distance", "what differs most"], rows, { at: 1, caption: "Distances" }));
}

function jump(title, key) {
  return el("button", { type: "button", class: "link", onclick: () =>
    $(`chart-${key}`).scrollIntoView({ block: "center" }) }, title);
}

function categories() {
  const total = data.objects || 1;
  const real = data.real ? data.real.objects || 1 : 0;
  const used = data.categories.filter((category) => category.k).length;
  const top = data.categories.reduce((most, category) => Math.max(most, category.k), 1);
  const heads = ["category", "objects", "images", "small / medium / large", ...(real ? ["share here", "real"] : [])];
  const rows = data.categories.map((category) => {
    const [small, medium, large] = category.z;
    const bar = el("span", { class: "level" }, el("meter", { min: 0, max: top, value: category.k,
      "aria-hidden": true }), count(category.k));
    return [
      [category.n, category.k, category.m, small / (small + medium + large || 1),
        category.k / total, (category.q || 0) / (real || 1)],
      [category.k ? el("a", { href: linkTo({ category: category.n }) }, nameOf(category.n)) : nameOf(category.n),
        bar, count(category.m), `${count(small)} / ${count(medium)} / ${count(large)}`,
        ...(real ? [percent(category.k / total), percent((category.q || 0) / real)] : [])]];
  });
  return el("section", { class: "panel", id: "chart-categories", "aria-labelledby": "mix" },
    el("h2", { id: "mix" }, "Categories"), judged(data.mix),
    ...(rows.length ? sortable(heads, rows, { shown: Math.min(20, Math.max(used, 5)), at: 1, caption: "Categories" })
      : [el("p", { class: "empty" }, "The file lists no categories.")]));
}

function legend() {
  return data.real ? el("p", { class: "legend" },
    el("span", { class: "key ours" }), "this dataset",
    el("span", { class: "key real" }), "real data") : null;
}

function summary() {
  const some = data.measured
    ? `Colours and sharpness are those of ${plural(data.measured, "image")}.`
    : "No image was opened: colours and sharpness are not known.";
  $("summary").append(...[
    tiles(), strip(), health(), comparison(), categories(),
    el("div", { class: "between" }, el("h2", {}, "Distributions"), legend()),
    el("p", { class: "note" }, some),
    el("div", { class: "charts" }, data.charts.map(chartCard), sum(data.positions.ours) ? heatCard() : null),
  ].filter(Boolean));
}

const THEMES = ["auto", "light", "dark"];

function theme() {
  let at = 0;
  $("theme").addEventListener("click", () => {
    at = (at + 1) % THEMES.length;
    document.documentElement.dataset.theme = THEMES[at];
    $("theme").textContent = `Theme: ${THEMES[at]}`;
  });
}

function show() {
  const state = readAddress();
  for (const view of ["summary", "images"]) {
    $(view).hidden = state.view !== view;
    $(`to-${view}`).toggleAttribute("aria-current", state.view === view);
    if (state.view === view) $(`to-${view}`).setAttribute("aria-current", "page");
  }
  hideCard();
  if (state.view === "images") showGallery(state);
  showViewer(state);
}

$("title").append(nameOf(data.title));
theme();
summary();
startGallery();
startViewer();
window.addEventListener("hashchange", show);
show();
