// The gallery: images with what is annotated in them, filtered, a page at a time.

const PAGE = 48;
const LAYERS = { masks: "Outlines", fill: "Fill", boxes: "Boxes", points: "Keypoints", names: "Names" };
const KEYS = { m: "masks", f: "fill", b: "boxes", k: "points", n: "names" };
const has = (key) => data.images.some((image) => image.a.some((annotation) => annotation[key]));
const layers = { masks: true, fill: false, boxes: !has("r"), points: true, names: false };

const OCCLUSION = {
  "whole": (a) => a.v >= 0.9999,
  "partly hidden": (a) => a.v < 0.9999 || a.e === 1,
  "over half hidden": (a) => a.v < 0.5,
  "not known": (a) => a.v === undefined && a.e === undefined,
};

function sourceOf(part) {
  return part.p === undefined ? undefined : data.photos[part.p].s;
}

// Whether an annotation is one of those that are asked for; its source may be its background's.
function fits(annotation, state, image) {
  if (state.category && categoryName(annotation) !== state.category) return false;
  if (state.size && sizeOf(annotation) !== state.size) return false;
  if (state.occlusion && !(OCCLUSION[state.occlusion] || (() => true))(annotation)) return false;
  return !state.source || [annotation, image].some((part) => sourceOf(part) === state.source);
}

const asksForObjects = (state) => state.category || state.size || state.occlusion || state.source;

function found(state) {
  const rules = data.warnings.map((row) => row.rule);
  return data.images.map((image, number) => number).filter((number) => {
    const image = data.images[number];
    if (state.split && data.splits[image.s].name !== state.split) return false;
    if (state.warning && !(image.x || []).some((row) => rules[row] === state.warning)) return false;
    return !asksForObjects(state) || image.a.some((annotation) => fits(annotation, state, image));
  });
}

function ringPath(rings) {
  return rings.map((ring) => {
    let said = "";
    for (let n = 0; n < ring.length; n += 2) said += `${n ? "L" : "M"}${ring[n]} ${ring[n + 1]}`;
    return `${said}Z`;
  }).join("");
}

function boxPath([x, y, width, height]) {
  return `M${x} ${y}h${width}v${height}h${-width}Z`;
}

// What is drawn of an annotation: a dark rim, and the colour of its category over it.
function shapeOf(annotation, image, number, state, small) {
  const colour = colourOf(annotation);
  const dim = state && asksForObjects(state) && !fits(annotation, state, image);
  const group = svg("g", { class: `shape${dim ? " dim" : ""}${annotation.o ? " crowd" : ""}`,
    "data-annotation": number, color: colour });
  const rings = annotation.r && annotation.r.length ? ringPath(annotation.r) : "";
  const body = rings || (annotation.b ? boxPath(annotation.b) : "");
  if (body) group.append(svg("path", { d: body, class: `hit${layers.fill ? " filled" : ""}`, "fill-rule": "evenodd" }));
  const lines = [];
  if (layers.masks && rings) lines.push(rings);
  if (annotation.b && (layers.boxes || (layers.masks && !rings))) lines.push(boxPath(annotation.b));
  for (const line of lines) {
    group.append(svg("path", { d: line, class: "rim" }), svg("path", { d: line, class: "line" }));
  }
  if (layers.points && annotation.k) group.append(...pointsOf(annotation, image));
  if (layers.names && annotation.b) {
    const high = image.w / (small ? 22 : 55);
    const top = Math.max(annotation.b[1] - high * 0.3, high);
    group.append(svg("text", { x: Math.max(annotation.b[0], 2), y: top, "font-size": high, class: "name" },
      shownName(annotation)));
  }
  return group;
}

// COCO counts pixels here: (0, 0) is the centre of the first.
const centre = ([x, y]) => `${x + 0.5} ${y + 0.5}`;

function pointsOf(annotation, image) {
  const points = annotation.k;
  const size = Math.max(image.w, image.h) / 130;
  const lines = (data.skeletons[annotation.c] || [])
    .filter(([a, b]) => points[a] && points[b] && points[a][2] && points[b][2])
    .map(([a, b]) => `M${centre(points[a])}L${centre(points[b])}`).join("");
  const dots = points.filter((point) => point[2]).map(([x, y, seen]) =>
    svg("circle", { cx: x + 0.5, cy: y + 0.5, r: size, class: seen === 2 ? "dot" : "dot unseen" }));
  return [svg("path", { d: lines, class: "rim" }), svg("path", { d: lines, class: "line" }), ...dots];
}

function overlayOf(image, state, small) {
  if (!image.w || !image.h) return null;
  const order = image.a.map((annotation, n) => [annotation, n])
    .sort((a, b) => (areaOf(b[0]) || 0) - (areaOf(a[0]) || 0));
  return svg("svg", { viewBox: `0 0 ${image.w} ${image.h}`, class: "overlay", "aria-hidden": true },
    order.map(([annotation, n]) => shapeOf(annotation, image, n, state, small)));
}

function pictureOf(image, small, state) {
  const alt = `${readable(image.n)}: ${image.a.slice(0, 6).map(shownName).join(", ") || "no annotations"}`;
  const picture = image.t
    ? el("img", { src: image.t, alt, loading: "lazy", decoding: "async" })
    : el("span", { class: "absent" }, image.f || "no picture");
  return el("span", { class: "picture" }, picture, overlayOf(image, state, small));
}

function cardOf(number, state) {
  const image = data.images[number];
  const own = (image.x || []).filter((row) => !data.warnings[row].wide);
  const node = el("a", { class: "shot", href: addressOf({ image: number }), "data-image": number },
    pictureOf(image, true, state),
    el("span", { class: "caption" },
      el("span", { class: "file" }, nameOf(image.n)),
      el("span", { class: "many" }, plural(image.a.length, "object")),
      own.length ? el("span", { class: "badge" }, own.map((row) => data.warnings[row].rule).join(", ")) : null));
  return node;
}

function options(name, values) {
  const list = el("select", { id: `choose-${name}`, onchange: (event) =>
    go({ [name]: event.target.value, page: 1, image: null }) },
  el("option", { value: "" }, "all"), values.map(([value, text]) => el("option", { value }, text ?? readable(value))));
  return values.length ? el("label", {}, el("span", {}, name), list) : null;
}

function startGallery() {
  const named = (rows) => [...new Map(rows.map((row) => [row, row]))];
  const withObjects = data.categories.filter((category) => category.k)
    .sort((a, b) => a.n.localeCompare(b.n, "en"));
  const knows = has("v") || has("e");
  const warned = data.warnings.filter((row) => row.images).map((row) => row.rule);
  const bar = el("form", { class: "filters", "aria-label": "Filters", onsubmit: (event) => event.preventDefault() },
    options("category", withObjects.map(({ n, k }) => [n, `${readable(n)} (${count(k)})`])),
    options("size", SIZES.map((size) => [size])),
    options("occlusion", knows ? Object.keys(OCCLUSION).map((name) => [name]) : []),
    options("source", named(data.sources)),
    options("split", data.splits.length > 1 ? data.splits.map((split) => [split.name]) : []),
    options("warning", named(warned)),
    el("button", { type: "button", id: "clear", class: "quiet", onclick: () => go({ ...NOTHING, page: 1, image: null }) }, "Clear"));
  const shown = Object.entries(LAYERS).filter(([layer]) =>
    !(layer === "points" && !has("k")) && !((layer === "masks" || layer === "fill") && !has("r")));
  const toggles = el("div", { class: "toggles", role: "group", "aria-label": "What is drawn" },
    shown.map(([layer, text]) => el("button", { type: "button", id: `layer-${layer}`,
      "aria-pressed": String(layers[layer]), title: `Key ${layer === "points" ? "k" : layer[0]}`,
      onclick: () => toggle(layer) }, text)));
  $("images").append(
    el("div", { class: "tools" }, bar, toggles),
    el("div", { class: "between" }, el("p", { id: "result", role: "status" }), pager("top")),
    el("div", { id: "grid", class: "grid" }),
    el("div", { class: "between" }, el("p", { class: "note" },
      "Keys: ← → pages or images, Enter opens, Esc closes, ",
      shown.map(([layer, text], n) => `${n ? ", " : ""}${layer === "points" ? "k" : layer[0]} ${text.toLowerCase()}`)),
    pager("bottom")));
  document.addEventListener("keydown", onKey);
  $("images").addEventListener("pointerover", onPointer);
  $("images").addEventListener("pointerout", hideCard);
  $("summary").addEventListener("pointerover", onPointer);
  $("summary").addEventListener("pointerout", hideCard);
}

function pager(place) {
  const turn = (by) => () => go({ page: readAddress().page + by, image: null });
  return el("div", { class: "pager" },
    el("button", { type: "button", id: `back-${place}`, class: "back", onclick: turn(-1) }, "← Back"),
    el("button", { type: "button", id: `next-${place}`, class: "next", onclick: turn(1) }, "Next →"));
}

function toggle(layer) {
  layers[layer] = !layers[layer];
  const button = $(`layer-${layer}`);
  if (button) button.setAttribute("aria-pressed", String(layers[layer]));
  drawn = "";
  show();
}

function onKey(event) {
  const typing = event.target.closest && event.target.closest("input, select, textarea");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const layer = KEYS[event.key];
  if (layer) return toggle(layer);
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!by) return;
  if ($("viewer").open) stepImage(by);
  else if (readAddress().view === "images") turnPage(by);
}

function turnPage(by) {
  const state = readAddress();
  const pages = Math.max(1, Math.ceil(found(state).length / PAGE));
  const page = Math.min(Math.max(state.page + by, 1), pages);
  if (page !== state.page) go({ page });
}

let drawn = "";

function showGallery(state) {
  const key = addressOf({ image: null }, state);
  if (key === drawn) return;
  drawn = key;
  const numbers = found(state);
  const pages = Math.max(1, Math.ceil(numbers.length / PAGE));
  const page = Math.min(state.page, pages);
  for (const name of CHOICES) {
    const list = $(`choose-${name}`);
    if (list) list.value = state[name];
  }
  $("clear").disabled = !CHOICES.some((name) => state[name]);
  const objects = sum(numbers.map((n) => data.images[n].a.filter((a) => fits(a, state, data.images[n])).length));
  const total = sum(data.splits.map((split) => split.images));
  const part = data.shown < total ? ` of ${count(data.shown)} shown here, chosen evenly from ${count(total)}` : "";
  $("result").textContent = `${plural(numbers.length, "image")}${part} · ${plural(objects, "object")}`
    + ` · page ${count(page)} of ${count(pages)}`;
  $("grid").replaceChildren(...numbers.slice((page - 1) * PAGE, page * PAGE).map((n) => cardOf(n, state)));
  if (!numbers.length) {
    $("grid").append(el("p", { class: "empty" }, data.images.length ? "No image fits these filters." : "There is no image."));
  }
  document.querySelectorAll(".back").forEach((button) => { button.disabled = page <= 1; });
  document.querySelectorAll(".next").forEach((button) => { button.disabled = page >= pages; });
}
