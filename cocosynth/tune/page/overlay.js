// Outlines, boxes and names over a picture: drawn by the browser, so that they cost no rendering.

import { svg } from "./dom.js";

export function overlay(scene, { text = 0.045 } = {}) {
  const size = Math.max(scene.width, scene.height);
  const parts = scene.objects.flatMap((object) => {
    const { color } = object;
    const [x, y, width, height] = object.box;
    const name = svg("text", { x: x + size * 0.006, y: y > size * text ? y - size * 0.01 : y + size * text, fill: color, "font-size": size * text, class: "name" });
    name.textContent = object.name;
    return [
      svg("path", { d: object.path, class: "outline under" }),
      svg("path", { d: object.path, stroke: color, class: "outline" }),
      svg("g", { class: "box" }, svg("rect", { x, y, width, height, class: "under" }), svg("rect", { x, y, width, height, stroke: color }), name),
      ...pose(object, size),
    ];
  });
  return svg("svg", { viewBox: `0 0 ${scene.width} ${scene.height}`, class: "overlay", "aria-hidden": "true", preserveAspectRatio: "none" }, ...parts);
}

/** Keypoints and the lines between them; COCO counts pixels: (0, 0) is the centre of the first. */
function pose({ points, lines, color }, size) {
  const seen = points.map(([x, y, visibility]) => visibility && [x + 0.5, y + 0.5, visibility]);
  if (!seen.some(Boolean)) return [];
  const d = lines.filter(([one, other]) => seen[one] && seen[other])
    .map(([one, other]) => `M${seen[one][0]} ${seen[one][1]}L${seen[other][0]} ${seen[other][1]}`).join("");
  const dots = seen.filter(Boolean).map(([x, y, visibility]) =>
    svg("circle", { cx: x, cy: y, r: size / 130, fill: visibility === 2 ? color : "#000", stroke: visibility === 2 ? "#000" : color }));
  return [svg("g", { class: "outline pose" }, svg("path", { d, class: "under" }), svg("path", { d, stroke: color }), ...dots)];
}
