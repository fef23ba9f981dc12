// Outlines, boxes and names over a picture: drawn by the browser, so that they cost no rendering.

import { svg } from "./dom.js";

// Okabe and Ito's colours, which people with any colour vision can tell apart.
const COLORS = ["#56b4e9", "#e69f00", "#00c08b", "#f0e442", "#cc79a7", "#ff7a45", "#8ab4ff", "#ffffff"];

const known = new Map();

export function colorOf(name) {
  if (!known.has(name)) known.set(name, COLORS[known.size % COLORS.length]);
  return known.get(name);
}

export function overlay(scene, { text = 0.045 } = {}) {
  const size = Math.max(scene.width, scene.height);
  const parts = scene.objects.flatMap((object) => {
    const color = colorOf(object.name);
    const [x, y, width, height] = object.box;
    const name = svg("text", { x: x + size * 0.006, y: y > size * text ? y - size * 0.01 : y + size * text, fill: color, "font-size": size * text, class: "name" });
    name.textContent = object.name;
    return [
      svg("path", { d: object.path, class: "outline under" }),
      svg("path", { d: object.path, stroke: color, class: "outline" }),
      svg("g", { class: "box" }, svg("rect", { x, y, width, height, class: "under" }), svg("rect", { x, y, width, height, stroke: color }), name),
    ];
  });
  return svg("svg", { viewBox: `0 0 ${scene.width} ${scene.height}`, class: "overlay", "aria-hidden": "true", preserveAspectRatio: "none" }, ...parts);
}
