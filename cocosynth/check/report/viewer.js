// One image at full size, and the card that says what an annotation is and where it comes from.

const facts = (rows) => el("dl", {}, rows.filter(([, value]) => value !== undefined && value !== "")
  .map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));

function detailOf(annotation) {
  const area = areaOf(annotation);
  const seen = annotation.v === undefined
    ? (annotation.e ? "partly hidden" : undefined) : percent(annotation.v);
  const photo = annotation.p === undefined ? null : data.photos[annotation.p];
  return [
    el("p", { class: "head" }, swatch(annotation), nameOf(categoryName(annotation)),
      annotation.o ? el("span", { class: "tag" }, "crowd") : null),
    facts([
      ["annotation", String(annotation.i ?? "")],
      ["area", area === undefined ? undefined : `${count(Math.round(area))} px, ${sizeOf(annotation)}`],
      ["box", annotation.b ? annotation.b.map((side) => Math.round(side)).join(", ") : undefined],
      ["visible", seen],
      ["scale", annotation.z === undefined ? undefined : `× ${annotation.z}`],
      ["blend mode", annotation.d],
      ["origin", annotation.g ? "annotated in the background" : undefined],
      ["source", photo ? nameOf(photo.s) : undefined],
      ["photograph", photo ? nameOf(photo.n) : undefined],
      ["warnings", annotation.x ? annotation.x.map((row) => data.warnings[row].rule).join(", ") : undefined],
    ]),
    photo ? cutOut(annotation, photo) : null,
  ];
}

function swatch(annotation) {
  return svg("svg", { viewBox: "0 0 10 10", class: "swatch", "aria-hidden": true },
    svg("rect", { width: 10, height: 10, rx: 2, fill: colourOf(annotation) }));
}

// The photograph with what can be seen of the object, taken back to where it was cut out.
function cutOut(annotation, photo) {
  if (!photo.t || !annotation.q || !annotation.r) return null;
  const m = annotation.q;
  const back = annotation.r.map((ring) => {
    const moved = [];
    for (let n = 0; n < ring.length; n += 2) {
      const [x, y] = [ring[n] + 0.5, ring[n + 1] + 0.5];
      const w = m[6] * x + m[7] * y + m[8];
      moved.push(((m[0] * x + m[1] * y + m[2]) / w).toFixed(1), ((m[3] * x + m[4] * y + m[5]) / w).toFixed(1));
    }
    return moved;
  });
  const d = ringPath(back);
  return el("span", { class: "picture photo" },
    el("img", { src: photo.t, alt: `Source photograph ${readable(photo.n)}, the cut-out marked`, width: photo.w, height: photo.h }),
    svg("svg", { viewBox: `0 0 ${photo.w} ${photo.h}`, class: "overlay", "aria-hidden": true },
      svg("g", { color: "#f0e442" },
        svg("path", { d: `M0 0H${photo.w}V${photo.h}H0Z${d}`, class: "shade", "fill-rule": "evenodd" }),
        svg("path", { d, class: "rim" }), svg("path", { d, class: "line" }))));
}

function onPointer(event) {
  const shape = event.target.closest(".shape");
  const shot = event.target.closest("[data-image], .shot");
  if (!shape || !shot) return;
  const number = shot.dataset.image ?? new URLSearchParams(shot.getAttribute("href").slice(1)).get("image");
  const card = $("card");
  card.replaceChildren(...detailOf(data.images[number].a[shape.dataset.annotation]).filter(Boolean));
  card.hidden = false;
  const [wide, high] = [card.offsetWidth, card.offsetHeight];
  const left = event.clientX + 18 + wide > innerWidth ? event.clientX - wide - 18 : event.clientX + 18;
  card.style.left = `${Math.max(4, left)}px`;
  card.style.top = `${Math.max(4, Math.min(event.clientY + 12, innerHeight - high - 8))}px`;
}

function hideCard() {
  $("card").hidden = true;
}

function startViewer() {
  $("viewer").addEventListener("close", () => {
    if (readAddress().image !== null) go({ image: null });
  });
}

function stepImage(by) {
  const state = readAddress();
  const numbers = found(state);
  const at = numbers.indexOf(state.image) + by;
  if (at < 0 || at >= numbers.length) return;
  go({ image: numbers[at], page: state.view === "images" ? Math.floor(at / PAGE) + 1 : state.page });
}

function showViewer(state) {
  const viewer = $("viewer");
  const image = state.image === null ? undefined : data.images[state.image];
  if (!image) {
    if (viewer.open) viewer.close();
    return;
  }
  const stage = pictureOf(image, false, state);
  stage.classList.add("full");
  const shown = stage.querySelector("img");
  if (shown && image.u) {
    shown.loading = "eager";
    shown.addEventListener("error", () => { shown.src = image.t; }, { once: true });
    shown.src = image.u; // as it is on disk; its thumbnail where the browser cannot show that
  }
  if (shown) { shown.width = image.w; shown.height = image.h; }
  const detail = el("div", { class: "detail", "aria-live": "polite" });
  const mark = (number) => {
    stage.querySelectorAll(".shape").forEach((shape) =>
      shape.classList.toggle("marked", shape.dataset.annotation === String(number)));
    detail.replaceChildren(...detailOf(image.a[number]).filter(Boolean));
  };
  stage.addEventListener("pointerover", (event) => {
    const shape = event.target.closest(".shape");
    if (shape) mark(shape.dataset.annotation);
  });
  const zoom = el("button", { type: "button", class: "quiet", id: "zoom", "aria-pressed": "false", onclick: () => {
    zoom.setAttribute("aria-pressed", String(stage.classList.toggle("actual")));
  } }, "Actual size");
  stage.addEventListener("click", () => zoom.click());
  const list = image.a.map((annotation, n) => el("li", {}, el("button", { type: "button",
    onclick: () => mark(n), onfocus: () => mark(n), onpointerenter: () => mark(n) },
  swatch(annotation), nameOf(categoryName(annotation)),
  el("small", {}, annotation.v === undefined ? sizeOf(annotation) ?? "" : `${percent(annotation.v)} visible`))));
  const split = data.splits.length > 1 ? `${data.splits[image.s].name} · ` : "";
  viewer.replaceChildren(
    el("div", { class: "stage", tabindex: -1 }, stage),
    el("div", { class: "side" },
      el("div", { class: "between" },
        el("div", { class: "pager" },
          el("button", { type: "button", id: "before", onclick: () => stepImage(-1), "aria-label": "Image before" }, "←"),
          el("button", { type: "button", id: "after", onclick: () => stepImage(1), "aria-label": "Next image" }, "→"),
          image.w ? zoom : null),
        el("button", { type: "button", id: "close", onclick: () => viewer.close() }, "Close")),
      el("h2", {}, nameOf(image.n)),
      el("p", { class: "note" }, `${split}image ${image.i}${image.w ? ` · ${image.w} × ${image.h}` : ""} · ${
        plural(image.a.length, "object")}`),
      image.p === undefined ? null : el("p", { class: "note" }, "background: ", nameOf(data.photos[image.p].n)),
      image.y ? el("p", { class: "note" }, nameOf(image.y)) : null,
      image.x ? el("ul", { class: "warnings" }, image.x.map((row) => el("li", { class: data.warnings[row].severity },
        el("code", {}, data.warnings[row].rule)))) : null,
      el("ul", { class: "list" }, list), detail));
  if (!viewer.open) viewer.showModal();
  if (image.a.length) mark(0);
}
