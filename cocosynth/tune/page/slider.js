// Sliders: one value, or a range of two; beside each a number that can be typed.

import { make } from "./dom.js";
import { place, rounded, stepped, valueAt } from "./scale.js";

const FINE = 1000;

/** One thumb: a native range input that speaks the value it stands for. */
function thumb(field, label, read, write) {
  const input = make("input", { type: "range", min: 0, max: FINE, step: 1, "aria-label": label });
  const show = () => {
    input.value = Math.round(place(read(), field) * FINE);
    input.setAttribute("aria-valuetext", String(read()));
  };
  input.addEventListener("input", () => write(valueAt(input.value / FINE, field), true));
  input.addEventListener("change", () => write(read(), false));
  input.addEventListener("keydown", (event) => {
    const direction = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (!direction) return;
    event.preventDefault();
    write(stepped(read(), direction, field, event.shiftKey), false);
  });
  return { input, show };
}

export function numberInput(field, label, read, write, id) {
  const input = make("input", {
    type: "number", id, "aria-label": label, min: field.min, max: field.max, step: "any", class: "number",
  });
  input.addEventListener("input", () => {
    if (input.value !== "") write(Number(input.value), true);
  });
  input.addEventListener("change", () => {
    if (input.value !== "") write(Number(input.value), false);
    else input.value = read() ?? "";
  });
  return { input, show: () => { if (document.activeElement !== input) input.value = read() ?? ""; } };
}

export function slider(field, value, change, id) {
  let now = value;
  const read = () => now;
  const parts = [];
  const write = (next, more) => {
    now = next;
    show();
    change(next, more);
  };
  const number = numberInput(field, field.label, read, write, id);
  const bar = thumb(field, `${field.label}, slider`, read, write);
  const track = make("div", { class: "track" }, bar.input);
  const show = () => {
    for (const part of parts) part.show();
    filled(track, Math.min(place(0 > field.min ? 0 : field.min, field), place(now, field)),
      Math.max(place(0 > field.min ? 0 : field.min, field), place(now, field)));
  };
  parts.push(number, bar);
  show();
  return { head: [number.input], body: track };
}

export function range(field, value, change, id) {
  const now = [...value];
  const parts = [];
  const write = (side) => (next, more) => {
    now[side] = next;
    const other = 1 - side;
    if (side === 0 ? next > now[1] : next < now[0]) now[other] = next;
    show();
    change([...now], more);
  };
  const track = make("div", { class: "track two" });
  const ends = ["from", "to"].map((end, side) => {
    const number = numberInput(field, `${field.label}, ${end}`, () => now[side], write(side), side ? undefined : id);
    const bar = thumb(field, `${field.label}, ${end}, slider`, () => now[side], write(side));
    track.append(bar.input);
    parts.push(number, bar);
    return number.input;
  });
  const show = () => {
    for (const part of parts) part.show();
    filled(track, place(now[0], field), place(now[1], field));
  };
  show();
  return { head: [ends[0], make("span", { class: "to", "aria-hidden": "true" }, "–"), ends[1]], body: track };
}

function filled(track, from, to) {
  track.style.setProperty("--from", `${from * 100}%`);
  track.style.setProperty("--to", `${to * 100}%`);
}

/** A value for a range that has none yet. */
export function firstRange(field) {
  if (field.default) return field.default;
  const middle = field.min < 1 && field.max > 1 ? 1 : (field.min + field.max) / 2;
  return [rounded(middle * 0.5, field), rounded(middle, field)];
}
