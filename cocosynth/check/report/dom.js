// Elements and numbers. Text of a dataset goes into text nodes and attributes only, never into HTML.

const data = JSON.parse(document.getElementById("content").textContent);

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}

const el = (tag, attributes, ...children) =>
  fill(document.createElement(tag), attributes, children);

const svg = (tag, attributes, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

const $ = (id) => document.getElementById(id);

const count = (number) => number.toLocaleString("en-US");
const plural = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
const percent = (part) =>
  part > 0 && part < 0.01 ? "under 1 %" : `${Math.round(part * 100)} %`;
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

// What steers text and cannot be seen, such as ends of lines and marks of direction, is spelled out.
const STEERS = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
const readable = (text) =>
  text.replace(STEERS, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);

// Names may read from right to left: they stand in an element that keeps that to itself.
const nameOf = (text) => el("bdi", {}, text === "" ? "(no name)" : readable(text));

// Keys stand in backticks.
const words = (text) => text.split("`").map((part, place) => (place % 2 ? el("code", {}, part) : part));

// The colours of `preview.png`: in the order of the file, as long as there are enough for all.
const PALETTE = data.palette;
const isFew = data.categories.length <= PALETTE.length;
const ranks = data.categories
  .map((category, number) => [number, isFew ? 0 : category.k])
  .sort((a, b) => b[1] - a[1] || a[0] - b[0]);
const colours = new Map(
  ranks.map(([number], rank) => [number, PALETTE[rank % PALETTE.length]]),
);
// Of one category alone, each object of an image has a colour of its own.
const isOnly = data.categories.filter((category) => category.k).length < 2;
data.images.forEach((image) => image.a.forEach((annotation, n) => { annotation.at = n; }));
const colourOf = (annotation) =>
  isOnly ? PALETTE[annotation.at % PALETTE.length] : colours.get(annotation.c);
const categoryName = (annotation) => data.categories[annotation.c].n;
const shownName = (annotation) => readable(categoryName(annotation));

const SIZES = ["small", "medium", "large"];

function areaOf(annotation) {
  if (annotation.m !== undefined) return annotation.m;
  return annotation.b ? annotation.b[2] * annotation.b[3] : undefined;
}

function sizeOf(annotation) {
  const area = areaOf(annotation);
  if (area === undefined) return undefined;
  return SIZES[area < 32 * 32 ? 0 : area < 96 * 96 ? 1 : 2];
}
