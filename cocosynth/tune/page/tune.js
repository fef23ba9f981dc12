// The page: what the user changes goes to the command, what it composes comes back.

import { Fault, ask, stream } from "./api.js";
import { find } from "./dom.js";
import { Form } from "./form.js";
import { Grid } from "./grid.js";
import { showHealth } from "./health.js";
import { Saver } from "./saver.js";
import { State } from "./state.js";
import { Viewer } from "./viewer.js";

const PAUSE = 90; // milliseconds between two requests while a slider moves
const page = crypto.randomUUID();

let number = 0;
let running = null;
let timer = null;
let last = 0;
let stale = true;
let colors = {}; // of the categories

const opened = await ask("/api/open", {}).catch((fault) => {
  showBanner(fault);
  throw fault;
});
const state = new State(opened.values);
let baseline = JSON.stringify(opened.values);
const view = { split: null, first: 0, count: Number(find("count").value), total: 0 };
if (matchMedia("(max-width: 760px)").matches) view.count = Number((find("count").value = "6"));
const grid = new Grid((index) => viewer.show(index));
const form = new Form(opened.form, state);
const viewer = new Viewer(
  () => ({ values: JSON.parse(grid.isBefore ? baseline : JSON.stringify(state.values)), split: view.split }),
  (index, by) => (index + by + view.total) % view.total,
);
const saver = new Saver(state, opened.path, (path) => {
  state.saved = JSON.stringify(state.values);
  baseline = state.saved;
  find("file").textContent = path;
  grid.forget();
  showTools();
  schedule();
});

find("file").textContent = opened.path;
find("file").title = `paths start from ${opened.folder}`;

state.listen((event) => {
  if (event.stale) stale = true;
  showTools();
  schedule();
});

function showTools() {
  find("undo").disabled = !state.past.length;
  find("redo").disabled = !state.future.length;
  find("save").classList.toggle("unsaved", state.isChanged);
  document.title = `${state.isChanged ? "● " : ""}cocosynth: tune`;
}

/** Ask for pictures soon: the first change at once, the next not more often than a person sees. */
function schedule() {
  if (timer !== null) return;
  timer = setTimeout(() => {
    timer = null;
    last = performance.now();
    render();
  }, Math.max(0, last + PAUSE - performance.now()));
}

async function render() {
  running?.abort();
  const mine = (running = new AbortController());
  const values = state.values;
  const isFirst = JSON.stringify(values) === baseline;
  const started = performance.now();
  let count = 0;
  let isFaulty = false;
  status("composing …");
  const busy = setTimeout(() => document.body.classList.add("busy"), 250);
  const reading = setTimeout(() => status("reading the sources …"), 1500);
  number += 1;
  try {
    for await (const line of stream("/api/render", { values, page, number, ...view }, mine.signal)) {
      if (mine !== running) return;
      clearTimeout(reading);
      if (line.kind === "error") {
        isFaulty = true;
        showFault(line);
      } else if (line.kind === "settings") {
        takeSettings(line);
      } else if (line.kind === "scene") {
        count += 1;
        grid.take(line, { isFirst });
        if (count === 1) document.body.dataset.first = String(Math.round(performance.now() - started));
      } else if (line.kind === "end") {
        showHealth(line.health, count, colors);
        document.body.dataset.all = String(Math.round(performance.now() - started));
        document.body.dataset.done = String(number);
        showDone(line, count);
        if (!isFirst) fetchFirst(mine);
      }
    }
  } catch (error) {
    if (error.name === "AbortError" || mine !== running) return;
    isFaulty = true;
    showBanner(error instanceof Fault ? error : new Fault({ text: "the command does not answer: is it still running?" }));
  } finally {
    clearTimeout(reading);
    clearTimeout(busy);
    if (mine === running) {
      document.body.classList.remove("busy");
      document.body.classList.toggle("faulty", isFaulty);
    }
  }
}

/** Fetch the pictures of the file as it is, so that they are there when somebody asks for them. */
async function fetchFirst(mine) {
  if ([...grid.cards.keys()].every((index) => grid.first.has(index))) return;
  const request = { values: JSON.parse(baseline), page: `${page} before`, number, ...view };
  try {
    for await (const line of stream("/api/render", request, mine.signal)) {
      if (mine !== running) return;
      if (line.kind === "scene") grid.take(line, { isFirst: true, isNow: false });
      if (line.kind === "end") showLabels();
    }
  } catch {
    // the page asks again after the next change
  }
}

function takeSettings(line) {
  form.clearFault();
  find("fault").hidden = true;
  state.effective = line.effective;
  colors = line.colors;
  const names = JSON.stringify(line.categories) !== JSON.stringify(form.names);
  form.names = line.categories;
  view.split = line.split;
  view.total = line.splits[line.split];
  view.first = Math.min(view.first, Math.max(0, view.total - 1));
  showPaging(line.splits);
  const first = Math.min(view.first, Math.max(0, view.total - Math.min(view.count, view.total)));
  view.first = first;
  grid.expect(Array.from({ length: Math.min(view.count, view.total - first) }, (_, i) => first + i));
  if (stale || names) {
    stale = false;
    form.draw();
  }
}

function showPaging(splits) {
  const select = find("split");
  const options = Object.entries(splits).map(([name, count]) => new Option(`${name} (${count})`, name));
  select.replaceChildren(...options);
  select.value = view.split;
  const end = Math.min(view.first + view.count, view.total);
  find("range").textContent = `${view.first + 1}–${end} of ${view.total}`;
  find("earlier").disabled = view.first === 0;
  find("later").disabled = end >= view.total;
}

let done = "";
function showDone(line, count) {
  done = `${count} scenes in ${(line.milliseconds / 1000).toFixed(2)} s`;
  showLabels();
}

function showLabels() {
  const { of, other } = grid.otherLabels();
  const isFirst = JSON.stringify(state.values) === baseline;
  const labels = isFirst || !of ? "" : other ? ` · labels differ from the file's in ${other}` : " · labels as in the file";
  status(done + labels);
}

function status(text) {
  find("status").textContent = text;
}

function showFault({ address, text }) {
  if (stale) {
    stale = false;
    form.draw();
  }
  const isShown = address && form.showFault(address, text);
  showBanner({ address, message: text }, isShown);
}

function showBanner({ address, message }, isShown = false) {
  const banner = find("fault");
  banner.textContent = address ? `${address}: ${message}` : message;
  banner.hidden = false;
  status(isShown ? "not composed: see the option marked" : "not composed");
}

function hold(isHeld) {
  grid.showBefore(isHeld);
  find("before").classList.toggle("held", isHeld);
}

function toggle(name) {
  const isOn = document.body.classList.toggle(`show-${name}`);
  find(name).setAttribute("aria-pressed", String(isOn));
}

function turn(by) {
  view.first = Math.max(0, Math.min(view.first + by * view.count, view.total - 1));
  schedule();
}

const THEMES = { auto: "light", light: "dark", dark: "auto" };
function setTheme(name) {
  document.documentElement.dataset.theme = name;
  find("theme").title = `Light or dark: ${name}`;
  localStorage.setItem("cocosynth-theme", name);
}

find("undo").addEventListener("click", () => { state.undo(); form.draw(); });
find("redo").addEventListener("click", () => { state.redo(); form.draw(); });
find("save").addEventListener("click", () => saver.open());
find("outlines").addEventListener("click", () => toggle("outlines"));
find("boxes").addEventListener("click", () => toggle("boxes"));
find("theme").addEventListener("click", () => setTheme(THEMES[document.documentElement.dataset.theme ?? "auto"]));
find("earlier").addEventListener("click", () => turn(-1));
find("later").addEventListener("click", () => turn(1));
find("split").addEventListener("change", (event) => {
  Object.assign(view, { split: event.target.value, first: 0 });
  grid.forget({ all: true });
  schedule();
});
find("count").addEventListener("change", (event) => {
  view.count = Number(event.target.value);
  schedule();
});
for (const [event, isHeld] of [["pointerdown", true], ["pointerup", false], ["pointerleave", false], ["pointercancel", false]]) {
  find("before").addEventListener(event, () => hold(isHeld));
}

const isTyping = (target) => target.matches?.("input:not([type=range], [type=checkbox]), textarea");
addEventListener("keydown", (event) => {
  const key = event.key.toLowerCase();
  if ((event.ctrlKey || event.metaKey) && !event.altKey) {
    if (key === "s") saver.open();
    else if (key === "z" && !isTyping(event.target)) { if (event.shiftKey) state.redo(); else state.undo(); form.draw(); }
    else if (key === "y" && !isTyping(event.target)) { state.redo(); form.draw(); }
    else return;
    event.preventDefault();
    return;
  }
  if (isTyping(event.target) || event.target.matches?.("select") || event.altKey || find("saver").open) return;
  if ((key === "b" || (key === " " && event.target === find("before"))) && !event.repeat) hold(true);
  else if (key === "o") toggle("outlines");
  else if (key === "x") toggle("boxes");
  else if (key === "/") { event.preventDefault(); find("find").focus(); }
});
addEventListener("keyup", (event) => {
  if (event.key.toLowerCase() === "b" || event.key === " ") hold(false);
});
addEventListener("blur", () => hold(false));
addEventListener("beforeunload", (event) => {
  if (state.isChanged) event.preventDefault();
});

setTheme(localStorage.getItem("cocosynth-theme") ?? "auto");
showTools();
render();
