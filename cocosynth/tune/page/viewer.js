// One scene in full size, with what was decided about it.

import { ask, pictureUrl } from "./api.js";
import { find, make } from "./dom.js";
import { overlay } from "./overlay.js";

export class Viewer {
  constructor(request, around) {
    this.dialog = find("viewer");
    this.request = request; // what is shown now: values and split
    this.around = around; // (index, by) -> the index beside it
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    this.dialog.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (by && !event.target.matches("pre")) {
        event.preventDefault();
        this.show(this.around(this.index, by));
      }
    });
  }

  async show(index) {
    this.index = index;
    if (!this.dialog.open) this.dialog.showModal();
    this.dialog.classList.add("loading");
    let scene;
    try {
      scene = await ask("/api/scene", { ...this.request(), first: index });
    } catch (fault) {
      this.dialog.replaceChildren(make("p", { class: "fault" }, fault.message), this.closer());
      return;
    }
    if (this.index !== index) return;
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = pictureUrl(scene);
    const image = make("img", { alt: "", width: scene.width, height: scene.height, src: this.url });
    const objects = scene.objects.map((object) => {
      const swatch = make("i", { class: "swatch" });
      swatch.style.background = object.color;
      return make("li", {}, swatch, object.name, make("small", {}, `${object.pasted ? "" : "of the background, "}${Math.round(object.visibility * 100)} % visible`));
    });
    const beside = (by, sign, label) => make("button", { type: "button", class: "soft", "aria-label": label, onclick: () => this.show(this.around(this.index, by)) }, sign);
    this.dialog.replaceChildren(
      make("header", {}, make("h2", {}, `Scene ${index + 1}`), make("small", {}, `${scene.name} · ${scene.width} × ${scene.height}`),
        make("span", { class: "grow" }), beside(-1, "‹", "Scene before"), beside(1, "›", "Next scene"), this.closer()),
      make("div", { class: "view" }, make("div", { class: "picture" }, image, overlay(scene, { text: 0.02 })),
        make("div", { class: "facts", tabindex: "0" },
          make("h3", {}, "Objects, from the back to the front"), make("ol", { class: "objects" }, ...objects),
          scene.distractors.length ? make("p", {}, `Distractors without a label: ${scene.distractors.join(", ")}`) : "",
          make("h3", {}, "Scene line"), make("pre", { tabindex: "0" }, readable(scene.scene)))));
    this.dialog.classList.remove("loading");
    const frame = this.dialog.querySelector(".picture");
    frame.style.aspectRatio = `${scene.width} / ${scene.height}`;
    frame.style.setProperty("--ratio", String(scene.width / scene.height));
  }

  closer() {
    return make("button", { type: "button", class: "soft", "aria-label": "Close", autofocus: true, onclick: () => this.dialog.close() }, "✕");
  }
}

/** As JSON, numbers short and lists of them in a line: a person reads them here. */
function readable(value) {
  const short = (_key, one) => (typeof one === "number" ? Number(one.toPrecision(6)) : one);
  return JSON.stringify(value, short, 2).replace(/\[\s*(-?[\d.e+-]+(?:,\s*-?[\d.e+-]+)*)\s*\]/g, (list) => list.replace(/\s+/g, " ").replace("[ ", "[").replace(" ]", "]"));
}
