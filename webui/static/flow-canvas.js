// The flow drawn: nodes as cards, exits as lines. For the mouse, a pen, or fingers; whoever has none of them uses the
// outline, which can do everything as well.
import { h, svg } from "./flow-dom.js";
import { icon } from "./flow-icons.js";

const GRID = 10;
const SCALES = [0.2, 1.6];
const MOVED = 4; // pixels after which a press is a pull

export class Canvas {
  // `on`: select(id, exit), move(id, [x, y]), join(id, exit, target).
  constructor(root, flow, on) {
    this.root = root;
    this.flow = flow;
    this.on = on;
    this.view = { x: 40, y: 40, scale: 1 };
    this.lines = svg("svg", { class: "flow-lines" });
    this.cards = h("div", { class: "flow-cards" });
    this.world = h("div", { class: "flow-world" }, this.lines, this.cards);
    root.append(this.world);
    root.addEventListener("pointerdown", (event) => this.#press(event));
    root.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.fingers = new Map();
  }

  // `look(id)` gives {selected, exit, mark, worst, lit, here}: what is to be seen of a node besides itself; `way` the
  // exits that were walked, as "node exit".
  draw(look, way) {
    this.elements = {};
    this.cards.replaceChildren(...this.flow.ids.map((id) => this.#card(id, look(id), way)));
    this.places = this.flow.places((id) => this.elements[id].offsetHeight);
    this.flow.drawn = this.places;
    for (const [id, { x, y }] of Object.entries(this.places)) {
      this.elements[id].style.left = `${x}px`;
      this.elements[id].style.top = `${y}px`;
    }
    this.#drawLines(look, way);
    this.#apply();
  }

  #card(id, look, way) {
    const node = this.flow.node(id);
    const classes = ["flow-card", `flow-of-${this.flow.kind(id)?.group || "decide"}`];
    for (const one of ["selected", "lit", "here"]) if (look[one]) classes.push(`is-${one}`);
    if (look.mark) classes.push(`mark-${look.mark}`);
    if (look.worst) classes.push(`has-${look.worst}`);
    const exits = this.flow.exits(id).map(({ name, needed, target }) => {
      const open = needed && !this.flow.node(target);
      const walked = way.has(`${id} ${name}`);
      return h("div", { class: `flow-exit${open ? " is-open" : ""}${walked ? " is-lit" : ""}`, "data-exit": name }, h("span", {}, this.flow.exitWord(name)), h("i", { class: "flow-port" }));
    });
    const menu = node.kind === "menu" && this.flow.freeKeys(id)[0];
    const start = this.flow.document.start === id;
    this.elements[id] = h("div", { class: classes.join(" "), "data-node": id },
      h("div", { class: "flow-card-head" }, icon(node.kind), h("span", {}, this.flow.word(node.kind)), start ? h("i", { class: "flow-start" }, "▶") : null, look.worst ? h("b", { class: "flow-bad" }, look.worst === "error" ? "!" : "?") : null),
      h("div", { class: "flow-card-title" }, this.flow.title(id)), exits,
      menu ? h("div", { class: "flow-exit flow-exit-new", "data-exit": menu }, h("span", {}, `+ ${this.flow.exitWord(menu)}`), h("i", { class: "flow-port" })) : null);
    return this.elements[id];
  }

  #port(id, exit) {
    const card = this.elements[id];
    const row = [...card.querySelectorAll(".flow-exit")].find((one) => one.dataset.exit === exit);
    const at = this.places[id];
    return { x: at.x + card.offsetWidth, y: at.y + (row ? row.offsetTop + row.offsetHeight / 2 : 20) };
  }

  #drawLines(look, way) {
    const drawn = [];
    for (const id of this.flow.ids) {
      for (const { name, target } of this.flow.exits(id)) {
        if (!target || !this.places[target]) continue;
        const from = this.#port(id, name);
        const to = { x: this.places[target].x, y: this.places[target].y + 20 };
        const classes = ["flow-line"];
        if (way.has(`${id} ${name}`)) classes.push("is-lit");
        if (look(id).selected && (!look(id).exit || look(id).exit === name)) classes.push("is-selected");
        drawn.push(svg("g", { class: classes.join(" "), "data-node": id, "data-exit": name },
          svg("path", { class: "flow-line-wide", d: this.#curve(from, to) }),
          svg("path", { class: "flow-line-seen", d: this.#curve(from, to) }),
          svg("path", { class: "flow-line-end", d: `M${to.x - 9} ${to.y - 5}L${to.x} ${to.y}L${to.x - 9} ${to.y + 5}z` })));
      }
    }
    this.lines.replaceChildren(...drawn);
  }

  #curve(from, to) {
    const back = to.x < from.x + 30;
    const pull = back ? Math.min(160, 60 + Math.abs(to.y - from.y) / 3) : Math.max(40, (to.x - from.x) / 2);
    return `M${from.x} ${from.y}C${from.x + pull} ${from.y} ${to.x - pull} ${to.y} ${to.x - 4} ${to.y}`;
  }

  // -- looking --------------------------------------------------------------------------------------------------

  #apply() {
    const { x, y, scale } = this.view;
    this.world.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    this.root.style.backgroundPosition = `${x}px ${y}px`;
    this.root.style.backgroundSize = `${24 * scale}px ${24 * scale}px`;
  }

  zoom(factor, at) {
    const box = this.root.getBoundingClientRect();
    const middle = at || { x: box.left + box.width / 2, y: box.top + box.height / 2 };
    const scale = Math.min(SCALES[1], Math.max(SCALES[0], this.view.scale * factor));
    const inside = { x: middle.x - box.left, y: middle.y - box.top };
    this.view.x = inside.x - ((inside.x - this.view.x) * scale) / this.view.scale;
    this.view.y = inside.y - ((inside.y - this.view.y) * scale) / this.view.scale;
    this.view.scale = scale;
    this.#apply();
  }

  fit() {
    const cards = Object.entries(this.places || {});
    const { clientWidth: width, clientHeight: height } = this.root;
    if (!cards.length || !width) return;
    const right = Math.max(...cards.map(([id, at]) => at.x + this.elements[id].offsetWidth));
    const bottom = Math.max(...cards.map(([id, at]) => at.y + this.elements[id].offsetHeight));
    const left = Math.min(...cards.map(([, at]) => at.x));
    const top = Math.min(...cards.map(([, at]) => at.y));
    const scale = Math.max(SCALES[0], Math.min(1, (width - 60) / (right - left), (height - 60) / (bottom - top)));
    this.view = { x: (width - (right + left) * scale) / 2, y: (height - (bottom + top) * scale) / 2, scale };
    this.#apply();
  }

  // Brings a node into sight if it is not.
  show(id) {
    const at = this.places?.[id];
    if (!at || !this.root.clientWidth) return;
    const { scale } = this.view;
    const x = at.x * scale + this.view.x;
    const y = at.y * scale + this.view.y;
    const wide = this.elements[id].offsetWidth * scale;
    const tall = this.elements[id].offsetHeight * scale;
    if (x < 10 || x + wide > this.root.clientWidth - 10) this.view.x += this.root.clientWidth / 2 - x - wide / 2;
    if (y < 10 || y + tall > this.root.clientHeight - 10) this.view.y += this.root.clientHeight / 2 - y - tall / 2;
    this.#apply();
  }

  // A point of the screen on the paper.
  at(x, y) {
    const box = this.root.getBoundingClientRect();
    const round = (value) => Math.round(value / GRID) * GRID;
    return [round((x - box.left - this.view.x) / this.view.scale), round((y - box.top - this.view.y) / this.view.scale)];
  }

  middle() {
    const box = this.root.getBoundingClientRect();
    return this.at(box.left + box.width / 2 - 90, box.top + box.height / 2 - 40);
  }

  // -- pulling --------------------------------------------------------------------------------------------------

  #wheel(event) {
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) return this.zoom(Math.exp(-event.deltaY / 300), { x: event.clientX, y: event.clientY });
    this.view.x -= event.deltaX;
    this.view.y -= event.deltaY;
    this.#apply();
  }

  #press(event) {
    if (event.button) return;
    event.preventDefault();
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur(); // what was typed is taken
    this.fingers.set(event.pointerId, event);
    if (this.fingers.size > 1) return this.#follow(event, () => {}, () => {});
    const exit = event.target.closest(".flow-exit");
    const card = event.target.closest(".flow-card");
    const line = event.target.closest(".flow-line");
    if (exit) this.#pullExit(event, card.dataset.node, exit.dataset.exit);
    else if (card) this.#pullCard(event, card.dataset.node);
    else this.#pullPaper(event, line);
  }

  // Follows the pointer until it is let go: `move(dx, dy, event)`, then `end(moved, event)`.
  #follow(start, move, end) {
    let moved = false;
    const moving = (event) => {
      if (event.pointerId !== start.pointerId) return;
      const [dx, dy] = [event.clientX - start.clientX, event.clientY - start.clientY];
      moved ||= Math.hypot(dx, dy) > MOVED;
      const before = this.fingers.get(event.pointerId);
      this.fingers.set(event.pointerId, event);
      if (this.fingers.size === 2) this.#pinch(event, before);
      else if (moved) move(dx, dy, event);
    };
    const ended = (event) => {
      if (event.pointerId !== start.pointerId) return;
      const alone = this.fingers.size === 1;
      this.fingers.delete(event.pointerId);
      for (const [name, does] of [["pointermove", moving], ["pointerup", ended], ["pointercancel", ended]]) removeEventListener(name, does);
      end(moved && alone && event.type === "pointerup", event, alone && event.type === "pointerup");
    };
    for (const [name, does] of [["pointermove", moving], ["pointerup", ended], ["pointercancel", ended]]) addEventListener(name, does);
  }

  #pinch(event, before) {
    const other = [...this.fingers.values()].find((one) => one.pointerId !== event.pointerId);
    const far = (one) => Math.max(1, Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY));
    this.zoom(far(event) / far(before), { x: other.clientX, y: other.clientY });
  }

  #pullPaper(start, line) {
    const { x, y } = this.view;
    this.#follow(start, (dx, dy) => {
      this.view.x = x + dx;
      this.view.y = y + dy;
      this.#apply();
    }, (moved, _, good) => {
      if (!moved && good) this.on.select(line?.dataset.node || null, line?.dataset.exit);
    });
  }

  #pullCard(start, id) {
    const { x, y } = this.places[id];
    this.#follow(start, (dx, dy) => {
      this.places[id] = { x: x + dx / this.view.scale, y: y + dy / this.view.scale };
      this.elements[id].style.left = `${this.places[id].x}px`;
      this.elements[id].style.top = `${this.places[id].y}px`;
      this.#drawLines(() => ({}), new Set());
    }, (moved, _, good) => {
      const at = this.places[id];
      if (moved) this.on.move(id, [Math.round(at.x / GRID) * GRID, Math.round(at.y / GRID) * GRID]);
      else if (good) this.on.select(id);
    });
  }

  #pullExit(start, id, exit) {
    const from = this.#port(id, exit);
    const path = svg("path", { class: "flow-line-pulled" });
    this.lines.append(path);
    this.#follow(start, (_dx, _dy, event) => {
      const box = this.root.getBoundingClientRect();
      const to = { x: (event.clientX - box.left - this.view.x) / this.view.scale, y: (event.clientY - box.top - this.view.y) / this.view.scale };
      path.setAttribute("d", this.#curve(from, to));
    }, (moved, event, good) => {
      path.remove();
      const under = document.elementFromPoint(event.clientX, event.clientY)?.closest(".flow-card");
      if (moved && under) this.on.join(id, exit, under.dataset.node);
      else if (!moved && good) this.on.select(id, exit);
    });
  }
}
