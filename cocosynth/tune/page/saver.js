// Save: the file, and the command that builds it.

import { ask } from "./api.js";
import { find, make } from "./dom.js";

export class Saver {
  constructor(state, path, saved) {
    this.state = state;
    this.path = path;
    this.saved = saved;
    this.dialog = find("saver");
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
  }

  open() {
    const name = make("input", { type: "text", id: "save-name", class: "wide", value: this.path, spellcheck: "false", required: true });
    const wrong = make("p", { class: "wrong", role: "alert", hidden: true });
    const replace = make("label", { class: "replace", hidden: true }, make("input", { type: "checkbox", id: "save-replace" }), " replace the file that is there");
    const form = make("form", { method: "dialog" },
      make("h2", {}, "Save the configuration"),
      make("label", { for: "save-name" }, "File"), name,
      make("p", { class: "about" }, "Comments of the file stay; what is as the defaults have it is not written."),
      wrong, replace,
      make("div", { class: "buttons" },
        make("button", { type: "button", class: "soft", onclick: () => this.dialog.close() }, "Cancel"),
        make("button", { type: "submit", class: "main" }, "Save")));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        const found = await ask("/api/save", { values: this.state.values, name: name.value, replace: replace.querySelector("input").checked });
        this.path = found.path;
        this.done(found);
      } catch (fault) {
        wrong.textContent = fault.address ? `${fault.address}: ${fault.message}` : fault.message;
        wrong.hidden = false;
        replace.hidden = !/replace/.test(fault.message);
      }
    });
    this.dialog.replaceChildren(form);
    if (!this.dialog.open) this.dialog.showModal();
    name.focus();
  }

  done({ path, command, text }) {
    const copy = make("button", { type: "button", class: "soft", onclick: async () => {
      await navigator.clipboard.writeText(command).catch(() => {});
      copy.textContent = "Copied";
    } }, "Copy");
    this.dialog.replaceChildren(
      make("h2", {}, "Saved"), make("p", { class: "about" }, `${path} is written. This builds the dataset that you see:`),
      make("div", { class: "command" }, make("code", { id: "command" }, command), copy),
      make("details", {}, make("summary", {}, "Look at the file"), make("pre", { tabindex: "0" }, text)),
      make("div", { class: "buttons" }, make("button", { type: "button", class: "main", autofocus: true, onclick: () => this.dialog.close() }, "Go on")));
    this.saved(path);
  }
}
