// The flow editor: wires the document, the paper, the columns beside it, saving, versions and the test call.
import { Canvas } from "./flow-canvas.js";
import { ask, h, say, setWords } from "./flow-dom.js";
import { icon } from "./flow-icons.js";
import { Flow } from "./flow-model.js";
import { Saver } from "./flow-save.js";
import { outline, ownFields, palette, problemList, properties } from "./flow-side.js";
import { Versions } from "./flow-versions.js";
import { Walk } from "./flow-walk.js";

const root = document.getElementById("flow");
const byId = (id) => document.getElementById(id);
const urls = { state: root.dataset.state, ask: root.dataset.ask, walk: root.dataset.walk };

class Editor {
  constructor(state) {
    setWords(state.words);
    this.flow = new Flow(state);
    this.simulated = state.simulated;
    this.problems = state.problems;
    this.marks = {};
    this.chosen = null;
    this.exit = null;
    this.saver = new Saver(this.flow, state, urls, (what) => this.saved(what));
    this.versions = new Versions(this, urls);
    this.walk = new Walk(this.flow, urls, () => this.walked());
    this.canvas = new Canvas(byId("flow-paper"), this.flow, {
      select: (id, exit) => this.select(id, exit),
      move: (id, at) => this.flow.move(id, at),
      join: (id, exit, target) => this.join(id, exit, target),
    });
    this.flow.onchange = () => this.changed();
    this.#wire();
    this.draw();
    this.side();
    this.canvas.fit();
    this.tell();
  }

  // -- drawing ----------------------------------------------------------------------------------------------------

  look(id) {
    const mine = this.problems.filter((one) => one.node === id);
    return {
      selected: this.chosen === id, exit: this.exit, mark: this.marks[id], lit: this.walk.nodes.has(id), here: this.walk.here === id,
      count: mine.length, worst: mine.some((one) => one.severity === "error") ? "error" : mine.length ? "warning" : "",
    };
  }

  draw() {
    const look = (id) => this.look(id);
    this.canvas.draw(look, this.walk.way);
    const at = document.activeElement?.id;
    byId("flow-list").replaceChildren(outline(this.flow, look, { select: (id) => this.select(id) }));
    if (at?.startsWith("out-")) byId(at)?.focus();
    byId("flow-undo").disabled = !this.flow.past.length;
    byId("flow-redo").disabled = !this.flow.future.length;
    const title = this.flow.document.title || {};
    byId("flow-title").textContent = title[this.flow.language] || Object.values(title)[0] || this.flow.name;
  }

  // The properties of what is chosen, anew; the control in which somebody was keeps the focus.
  side() {
    const panel = byId("flow-properties");
    const controls = () => [...panel.querySelectorAll("input, select, textarea, button, summary")];
    const at = controls().indexOf(document.activeElement);
    const open = Boolean(panel.querySelector("details[open]"));
    const problems = h("div", { id: "flow-own-problems" });
    const again = () => this.side();
    const on = {
      duplicate: () => this.duplicate(), remove: () => this.remove(),
      addBehind: (id, exit, kind) => this.add(kind, { node: id, exit }),
    };
    const there = this.chosen && this.flow.node(this.chosen);
    const content = there ? properties(this.flow, this.chosen, problems, on, again) : ownFields(this.flow, problems, again);
    const draft = there ? [] : this.versions.own();
    panel.replaceChildren(...content.flat(3).filter(Boolean), ...draft);
    if (open && panel.querySelector("details")) panel.querySelector("details").open = true;
    if (at >= 0) controls()[Math.min(at, controls().length - 1)]?.focus();
    this.told();
  }

  // Problems, wherever they are shown.
  told() {
    const errors = this.problems.filter((one) => one.severity === "error").length;
    byId("flow-problems").replaceChildren(this.problems.length
      ? problemList(this.flow, this.problems, { select: (id) => this.select(id) })
      : h("p", { class: "flow-help" }, say("no_problems")));
    const tab = byId("tab-problems");
    tab.querySelector("b").textContent = this.problems.length || "";
    tab.querySelector("b").className = `flow-count is-${errors ? "error" : "warning"}`;
    const own = byId("flow-own-problems");
    const mine = this.problems.filter((one) => (one.node || null) === this.chosen);
    if (own) own.replaceChildren(mine.length ? problemList(this.flow, mine) : "");
  }

  // In words: how the draft stands.
  tell() {
    byId("flow-state").textContent = this.saver.words();
    byId("flow-conflict").hidden = !this.saver.theirs;
    if (this.saver.theirs) byId("flow-conflict-says").textContent = say("conflict", { who: this.saver.theirs.draft?.who || "" });
  }

  // -- what happened ------------------------------------------------------------------------------------------------

  changed() {
    this.marks = {};
    if (this.chosen && !this.flow.node(this.chosen)) this.chosen = this.exit = null;
    this.draw();
    this.saver.later();
    this.tell();
  }

  saved({ problems, document, failed }) {
    if (document) this.flow.document = document;
    if (problems) this.problems = problems;
    if (document) this.side();
    if (failed) this.note(failed);
    this.draw();
    this.told();
    this.tell();
  }

  walked() {
    this.draw();
    if (this.walk.here && this.flow.node(this.walk.here)) this.canvas.show(this.walk.here);
    byId("flow-walk-says").textContent = this.walk.said;
    byId("flow-walk-lines").replaceChildren(...this.walk.lines.map((one) => h("li", {}, one)));
    byId("flow-walk-stop").hidden = !this.walk.running && !this.walk.nodes.size;
    byId("flow-walk-start").disabled = this.walk.running;
  }

  // Takes over what the box has, as after publishing.
  takes(state) {
    this.saver.takes(state);
    this.problems = state.problems;
    if (state.document && JSON.stringify(state.document) !== JSON.stringify(this.flow.document)) {
      this.saver.quietly(() => this.flow.replace(state.document));
    }
    this.versions.list();
    this.draw();
    this.side();
    this.tell();
  }

  note(words) { byId("flow-says").textContent = words; }

  // -- what somebody does ---------------------------------------------------------------------------------------------

  select(id, exit = null) {
    this.chosen = id;
    this.exit = exit;
    root.classList.toggle("show-side", Boolean(id));
    this.tab("node");
    this.draw();
    this.side();
    if (!id) return;
    this.canvas.show(id);
    const out = byId(`out-${id}`);
    out?.scrollIntoView({ block: "nearest" });
    if (byId("flow-paper").offsetParent === null) byId("flow-properties").querySelector("h2").focus();
  }

  join(id, exit, target) {
    this.flow.join(id, exit, target);
    this.select(id, exit);
  }

  // A new node: at a place of the paper, or behind an exit, or behind the chosen node's first exit that leads nowhere.
  add(kind, from = null, at = null) {
    const open = this.chosen && !from && !at ? this.flow.exits(this.chosen).find((one) => one.needed && !this.flow.node(one.target)) : null;
    const behind = from || (open ? { node: this.chosen, exit: open.name } : null);
    const before = behind && this.canvas.places[behind.node];
    let place = at || (before ? [Math.round(before.x) + 300, Math.round(before.y)] : this.canvas.middle());
    const taken = () => Object.values(this.canvas.places).some((one) => Math.abs(one.x - place[0]) < 200 && Math.abs(one.y - place[1]) < 110);
    while (taken()) place = [place[0], place[1] + 120];
    this.select(this.flow.add(kind, place, behind));
  }

  duplicate() { if (this.chosen) this.select(this.flow.duplicate(this.chosen)); }

  remove() {
    if (!this.chosen) return;
    if (this.exit && this.flow.node(this.chosen).exits?.[this.exit]) this.flow.join(this.chosen, this.exit, "");
    else if (this.flow.ids.length === 1) return this.note(say("last_node"));
    else {
      this.flow.remove(this.chosen);
      this.note(say("removed"));
    }
    this.exit = null;
    this.draw();
    this.side();
  }

  undo(back = true) {
    if (back) this.flow.undo();
    else this.flow.redo();
    this.side();
  }

  // Every node into columns, from left to right.
  arrange() {
    const places = this.flow.places((id) => this.canvas.elements[id].offsetHeight, true);
    this.flow.change((document) => {
      for (const [id, { x, y }] of Object.entries(places)) document.nodes[id].at = [x, y];
    });
    this.canvas.fit();
  }

  nudge(dx, dy) {
    if (!this.chosen) return;
    const { x, y } = this.canvas.places[this.chosen];
    this.flow.move(this.chosen, [Math.round(x) + dx, Math.round(y) + dy]);
    this.canvas.show(this.chosen);
  }

  async call() {
    const station = byId("flow-station").value;
    if (await this.saver.now()) this.walk.start(station === "outside" ? null : station);
    else this.note(say("not_saved"));
  }

  tab(name) {
    for (const button of root.querySelectorAll(".flow-tabs [role=tab]")) {
      const group = button.closest("[role=tablist]");
      if (!group.querySelector(`#tab-${name}`)) continue;
      const on = button.id === `tab-${name}`;
      button.setAttribute("aria-selected", String(on));
      button.tabIndex = on ? 0 : -1;
      byId(button.getAttribute("aria-controls")).hidden = !on;
    }
    if (name === "versions") this.versions.list();
    if (name === "problems" || name === "try" || name === "versions") root.classList.add("show-side");
  }

  // -- wiring ---------------------------------------------------------------------------------------------------------

  #wire() {
    const does = {
      "flow-undo": () => this.undo(), "flow-redo": () => this.undo(false), "flow-fit": () => this.canvas.fit(),
      "flow-in": () => this.canvas.zoom(1.25), "flow-out": () => this.canvas.zoom(0.8), "flow-arrange": () => this.arrange(),
      "flow-publish-open": () => { this.tab("versions"); byId("flow-note").focus(); },
      "flow-try-open": () => { this.tab("try"); byId("flow-station").focus(); },
      "flow-walk-start": () => this.call(), "flow-walk-stop": () => { this.walk.clear(); this.walked(); },
      "flow-back": () => { root.classList.remove("show-side"); byId(`out-${this.chosen}`)?.focus(); },
      "flow-own": () => { this.select(null); root.classList.add("show-side"); },
      "flow-publish": () => this.versions.publish(),
      "flow-take-theirs": () => this.saver.take(), "flow-keep-mine": () => this.saver.keep(),
    };
    for (const [id, act] of Object.entries(does)) byId(id).addEventListener("click", act);
    for (const list of root.querySelectorAll("[role=tablist]")) {
      const tabs = [...list.querySelectorAll("[role=tab]")];
      list.addEventListener("click", (event) => { const tab = event.target.closest("[role=tab]"); if (tab) this.tab(tab.id.slice(4)); });
      list.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        const next = tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length];
        this.tab(next.id.slice(4));
        next.focus();
      });
    }
    const search = byId("flow-search");
    const kinds = () => byId("flow-palette").replaceChildren(...[palette(this.flow, search.value, {
      add: (kind) => { if (!this.pulled) this.add(kind); }, pull: (event, kind) => this.#pull(event, kind),
    })].flat(2).filter(Boolean));
    search.addEventListener("input", kinds);
    kinds();
    const station = byId("flow-station");
    if (this.simulated) station.append(h("option", { value: "outside" }, say("outside")));
    for (const one of this.flow.names.stations) station.append(h("option", { value: one }, this.flow.label("stations", one)));
    document.addEventListener("keydown", (event) => this.#key(event));
    addEventListener("beforeunload", (event) => { if (this.saver.unsaved) event.preventDefault(); });
    addEventListener("resize", () => this.canvas.fit());
  }

  // From the palette onto the paper, by mouse or pen; a finger scrolls there and taps.
  #pull(start, kind) {
    this.pulled = false;
    if (start.pointerType === "touch" || start.button) return;
    let ghost = null;
    const move = (event) => {
      if (!ghost && Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) < 6) return;
      if (!ghost) {
        ghost = h("div", { class: "flow-ghost" }, icon(kind), this.flow.word(kind));
        root.append(ghost);
      }
      ghost.style.left = `${event.clientX}px`;
      ghost.style.top = `${event.clientY}px`;
    };
    const end = (event) => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", end);
      if (!ghost) return;
      ghost.remove();
      this.pulled = true; // the click that follows is none
      setTimeout(() => { this.pulled = false; }, 0);
      if (document.elementFromPoint(event.clientX, event.clientY)?.closest("#flow-paper")) {
        this.add(kind, null, this.canvas.at(event.clientX, event.clientY));
      }
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
  }

  #key(event) {
    const typing = event.target.closest?.("input, textarea, select");
    const control = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    const act = (does) => { event.preventDefault(); does(); };
    if (control && key === "z" && !typing) return act(() => this.undo(!event.shiftKey));
    if (control && key === "y" && !typing) return act(() => this.undo(false));
    if (control && key === "d" && this.chosen && !typing) return act(() => this.duplicate());
    if (key === "delete" && this.chosen && !typing) return act(() => this.remove());
    const arrows = { arrowleft: [-20, 0], arrowright: [20, 0], arrowup: [0, -20], arrowdown: [0, 20] };
    if (event.altKey && this.chosen && !typing && arrows[key]) return act(() => this.nudge(...arrows[key]));
    return undefined;
  }
}

const begin = async () => {
  const state = await ask(urls.state);
  if (!state.ok) {
    byId("flow-says").textContent = state.error || root.dataset.failed;
    return;
  }
  if (!state.document) {
    byId("flow-says").textContent = state.words.unreadable;
    return;
  }
  root.editor = new Editor(state);
  root.classList.add("is-ready");
};
begin();
