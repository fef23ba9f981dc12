// The grid of scenes: pictures come one by one; those before stay until then.

import { pictureUrl } from "./api.js";
import { find, make } from "./dom.js";
import { overlay } from "./overlay.js";

export class Grid {
  constructor(open) {
    this.root = find("grid");
    this.open = open; // called with a scene to be enlarged
    this.cards = new Map(); // by index
    this.now = new Map();
    this.first = new Map(); // as the file has them
    this.isBefore = false;
  }

  /** Show so many places; a card of an image that was shown before stays. */
  expect(indices) {
    const kept = new Set(indices);
    for (const [index, card] of this.cards) {
      if (kept.has(index)) continue;
      card.remove();
      this.cards.delete(index);
    }
    indices.forEach((index, position) => {
      const card = this.cards.get(index) ?? this.drawCard(index);
      this.cards.set(index, card);
      if (this.root.children[position] !== card) this.root.insertBefore(card, this.root.children[position] ?? null);
    });
  }

  drawCard(index) {
    const button = make("button", { type: "button", class: "scene waiting", "aria-label": `Scene ${index + 1}`, onclick: () => this.open(index) });
    return make("li", { "data-index": index }, button);
  }

  take(scene, { isFirst = false, isNow = true } = {}) {
    const shown = { ...scene, url: pictureUrl(scene) };
    delete shown.picture;
    if (isNow) this.keep(this.now, shown);
    if (isFirst) this.keep(this.first, isNow ? { ...shown } : shown);
    if (isNow !== this.isBefore || isFirst) this.show(scene.index);
  }

  keep(where, scene) {
    const old = where.get(scene.index);
    where.set(scene.index, scene);
    if (old && old.url !== this.now.get(scene.index)?.url && old.url !== this.first.get(scene.index)?.url) {
      setTimeout(() => URL.revokeObjectURL(old.url), 2000);
    }
  }

  shown(index) {
    return (this.isBefore && this.first.get(index)) || this.now.get(index);
  }

  show(index) {
    const card = this.cards.get(index);
    const scene = this.shown(index);
    if (!card || !scene) return;
    const button = card.firstElementChild;
    const image = make("img", { alt: alt(scene), width: scene.width, height: scene.height, draggable: "false", "data-labels": scene.labels });
    image.decoding = "sync";
    image.src = scene.url;
    image.decode().catch(() => {}).finally(() => {
      if (this.shown(index) !== scene) return;
      button.replaceChildren(image, overlay(scene), make("span", { class: "number" }, String(index + 1)));
      button.setAttribute("aria-label", `Scene ${index + 1}: ${alt(scene)}`);
      button.classList.remove("waiting");
    });
  }

  showBefore(isBefore) {
    if (this.isBefore === isBefore) return;
    this.isBefore = isBefore;
    document.body.classList.toggle("is-before", isBefore);
    for (const index of this.cards.keys()) this.show(index);
  }

  /** Forget the pictures of the file as it was: another split, or saved. */
  forget({ all = false } = {}) {
    if (all) this.now.clear();
    this.first.clear();
  }

  /** How many of the scenes shown have other labels than in the file. */
  otherLabels() {
    const both = [...this.cards.keys()].filter((index) => this.first.has(index) && this.now.has(index));
    const other = both.filter((index) => this.first.get(index).labels !== this.now.get(index).labels);
    return { of: both.length, other: other.length };
  }
}

export function alt(scene) {
  const counts = new Map();
  for (const { name } of scene.objects) counts.set(name, (counts.get(name) ?? 0) + 1);
  const parts = [...counts].map(([name, count]) => (count > 1 ? `${count} × ${name}` : name));
  return parts.length ? parts.join(", ") : "no objects";
}
