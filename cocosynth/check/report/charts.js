// Charts as SVG: what this dataset holds as bars, the real data as a stepped line over them.

const WIDE = 420, HIGH = 150, FOOT = 22;
const PLOT = WIDE - 44; // beside it stand the fractions, where no bar covers them

function fractions(numbers) {
  const total = sum(numbers);
  return numbers.map((number) => (total ? number / total : 0));
}

function chart(made) {
  const ours = fractions(made.ours);
  const real = made.real ? fractions(made.real) : null;
  const top = Math.max(...ours, ...(real || []), 0.01);
  const step = PLOT / ours.length;
  const y = (part) => HIGH - (part / top) * (HIGH - 14);
  const drawing = svg("svg", {
    viewBox: `0 0 ${WIDE} ${HIGH + FOOT}`, class: "chart", role: "img",
    "aria-label": `${made.title}, ${made.unit}. ${made.verdict}`,
  });
  for (const part of [top, top / 2]) {
    drawing.append(
      svg("line", { x1: 0, x2: PLOT, y1: y(part), y2: y(part), class: "rule" }),
      svg("text", { x: WIDE, y: y(part) + 4, "text-anchor": "end", class: "tick" }, percent(part)),
    );
  }
  ours.forEach((part, n) => {
    drawing.append(svg("rect", {
      x: n * step + 1.5, width: Math.max(step - 3, 1), y: y(part), height: HIGH - y(part),
      rx: 1.5, class: "ours",
    }));
  });
  if (real) drawing.append(svg("path", { d: steps(real, step, y), class: "real" }));
  const every = Math.ceil(ours.length / 6);
  made.labels.forEach((label, n) => {
    if (n % every) return;
    const at = Math.min(Math.max(n * step + step / 2, label.length * 2.7), WIDE - label.length * 2.7);
    drawing.append(svg("text", {
      x: at, y: HIGH + 15, "text-anchor": "middle", class: "tick",
    }, label));
  });
  made.labels.forEach((label, n) => {
    const beside = real ? `, ${percent(real[n])} in the real data` : "";
    const said = `${label}: ${percent(ours[n])}${real ? " here" : ""}${beside}`;
    drawing.append(svg("rect", {
      x: n * step, width: step, y: 0, height: HIGH, class: "over",
    }, svg("title", {}, said)));
  });
  drawing.append(svg("line", { x1: 0, x2: PLOT, y1: HIGH, y2: HIGH, class: "axis" }));
  return drawing;
}

function steps(parts, step, y) {
  return parts
    .map((part, n) => `${n ? "L" : "M"}${n * step} ${y(part)}H${(n + 1) * step}`)
    .join("");
}

// A distance in words: one that two samples of the same data may have by chance says nothing.
function judged({ distance, chance }) {
  if (distance === null || distance === undefined) return null;
  const [near, far] = data.near;
  const [word, kind] =
    distance < near ? ["alike", "good"]
      : distance < 1.5 * chance ? ["too few to tell", "unsure"]
        : distance < far ? ["differs", "fair"] : ["far apart", "poor"];
  return el("span", {
    class: `mark ${kind}`,
    title: `Jensen-Shannon distance ${distance}: 0 is the same, 1 has nothing in common; `
      + `samples of this size lie about ${chance} apart by chance`,
  }, `${word} · ${distance.toFixed(2)}`);
}

function chartCard(made) {
  return el("figure", { class: "panel", id: `chart-${made.key}` },
    el("figcaption", {},
      el("h3", {}, made.title), judged(made),
      el("p", { class: "note" }, made.unit)),
    chart(made),
    made.verdict ? el("p", { class: "verdict" }, made.verdict) : null);
}

// Dark blue over green to yellow, as cividis and viridis go: light is more, in greys, too.
const HEAT = [[17, 24, 60], [30, 70, 120], [38, 128, 130], [110, 185, 105], [253, 231, 80]];

// Each cell takes half of itself and half of its neighbours: single objects become spots.
function softened(cells, side) {
  const at = (row, column) => cells[Math.min(Math.max(row, 0), side - 1) * side
    + Math.min(Math.max(column, 0), side - 1)];
  const weights = [1, 2, 1];
  return cells.map((_, n) => {
    const [row, column] = [Math.floor(n / side), n % side];
    let total = 0;
    for (let down = -1; down <= 1; down++) {
      for (let across = -1; across <= 1; across++) {
        total += weights[down + 1] * weights[across + 1] * at(row + down, column + across);
      }
    }
    return total / 16;
  });
}

function heatPicture(cells, label) {
  const side = data.positions.grid;
  const canvas = el("canvas", { width: side, height: side, class: "heat", role: "img",
    "aria-label": label });
  const soft = softened(softened(cells, side), side);
  const top = Math.max(...soft, 1e-9);
  const context = canvas.getContext("2d");
  const picture = context.createImageData(side, side);
  soft.forEach((number, n) => {
    const place = (number / top) * (HEAT.length - 1);
    const low = Math.min(Math.floor(place), HEAT.length - 2);
    for (let band = 0; band < 3; band++) {
      const [a, b] = [HEAT[low][band], HEAT[low + 1][band]];
      picture.data[n * 4 + band] = a + (b - a) * (place - low);
    }
    picture.data[n * 4 + 3] = 255;
  });
  context.putImageData(picture, 0, 0);
  return canvas;
}

function heatCard() {
  const { ours, real, by_category: each, verdict } = data.positions;
  const one = (cells, name) => el("figure", { class: "spot" },
    heatPicture(cells, `Where objects lie: ${name}`), el("figcaption", {}, nameOf(name)));
  return el("figure", { class: "panel wide", id: "chart-positions" },
    el("figcaption", {},
      el("h3", {}, "Positions"), judged(data.positions),
      el("p", { class: "note" }, "centres of boxes in their images; light is more")),
    el("div", { class: "spots" },
      one(ours, real ? "all objects, here" : "all objects"),
      real ? one(real, "all objects, real data") : null,
      each.map(({ name, cells }) => one(cells, name))),
    verdict ? el("p", { class: "verdict" }, verdict) : null);
}
