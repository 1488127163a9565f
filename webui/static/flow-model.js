// The document of a flow as the editor holds it: its exits, changes with undo, places on the paper. Knows no page.
import { say } from "./flow-dom.js";

const KEYS = "1234567890*#";
const PAST_MOST = 300;
const COLUMN = 300;
const GAP = 30;

const copy = (value) => JSON.parse(JSON.stringify(value));
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

export class Flow {
  constructor(state) {
    this.name = state.flow;
    this.names = state.names;
    this.labels = state.labels;
    this.catalogue = state.catalogue;
    this.language = state.language;
    this.promptsPage = state.prompts;
    this.document = state.document;
    this.past = [];
    this.future = [];
    this.onchange = () => {};
    this.drawn = {}; // where each node lies on the paper just now
  }

  // -- changing: `does` changes the document in place; one step of undo -------------------------------------

  change(does) {
    const before = JSON.stringify(this.document);
    does(this.document);
    if (JSON.stringify(this.document) === before) return;
    this.past.push(before);
    if (this.past.length > PAST_MOST) this.past.shift();
    this.future = [];
    this.onchange();
  }

  // Another document in the place of this one, as one step of undo.
  replace(document) {
    this.change((mine) => {
      for (const name of Object.keys(mine)) delete mine[name];
      Object.assign(mine, copy(document));
    });
  }

  undo() { this.#step(this.past, this.future); }
  redo() { this.#step(this.future, this.past); }

  #step(from, to) {
    if (!from.length) return;
    to.push(JSON.stringify(this.document));
    this.document = JSON.parse(from.pop());
    this.onchange();
  }

  // -- reading ------------------------------------------------------------------------------------------------

  get ids() { return Object.keys(this.document.nodes); }
  node(id) { return this.document.nodes[id]; }
  kind(id) { return this.catalogue.kinds[this.node(id)?.kind]; }
  word(kind) { return this.catalogue.kinds[kind]?.word || kind; }

  // {name, needed, target} of a node; `all`: also those that may lead somewhere and do not.
  exits(id, all = false) {
    const node = this.node(id);
    const kind = this.kind(id);
    const joined = node.exits || {};
    const needed = [...(kind?.needs || [])];
    const may = kind && (all || node.kind !== "menu") && node.kind !== "menu" ? [...kind.may] : [];
    const list = (value) => (Array.isArray(value) ? value : []);
    if (node.kind === "condition") needed.unshift(...list(node.branches).map((one) => one?.exit).filter(Boolean));
    if (node.kind === "hours") needed.unshift(...(this.names.schedules[node.schedule] || []));
    if (node.kind === "sub_flow") needed.push(...(this.names.flows[node.flow]?.returns || []));
    const order = [...Object.keys(joined).filter((one) => KEYS.includes(one)).sort((a, b) => KEYS.indexOf(a) - KEYS.indexOf(b)), ...needed, ...may, ...Object.keys(joined)];
    return [...new Set(order)]
      .filter((name) => all || joined[name] || needed.includes(name))
      .map((name) => ({ name, needed: needed.includes(name), target: joined[name] }));
  }

  freeKeys(id) { return [...KEYS].filter((key) => !(key in (this.node(id).exits || {}))); }

  exitWord(name) {
    if (name.length === 1 && KEYS.includes(name)) return say("key", { key: name });
    return this.catalogue.exits[name] || name;
  }

  label(of, name) { return this.labels[of]?.[name] || name; }

  // What is said, in few words.
  heard(prompt) {
    return (Array.isArray(prompt) ? prompt : []).map((part) => {
      if (part?.kind === "text") return part.text?.[this.language] || Object.values(part.text || {})[0] || "";
      return part?.kind === "prompt" || part?.kind === undefined ? `[${part?.name || ""}]` : `‹${part.value || ""}›`;
    }).join(" ").trim();
  }

  // The words on a node: its label, else what it is about.
  title(id) {
    const node = this.node(id);
    if (!node) return id;
    return node.label || this.#about(node) || this.word(node.kind);
  }

  #about(node) {
    switch (node.kind) {
      case "queue": case "callback": return this.label("queues", node.queue);
      case "hours": return node.schedule;
      case "flow": case "sub_flow": return this.label("flows", node.flow);
      case "voicemail": return this.label("boxes", node.box);
      case "transfer": return this.label(node.to === "room" ? "rooms" : "stations", node.address);
      case "survey": return this.heard(node.questions?.[0]?.prompt);
      case "condition": return (node.branches || []).map((one) => one?.exit).join(", ");
      case "set": return Object.keys(node.values || {}).join(", ");
      case "lookup": return this.catalogue.queries[node.query]?.word || node.query;
      case "http": return node.url;
      case "sms": return node.text;
      case "digits": case "record": return this.heard(node.prompt) || node.into;
      default: return this.heard(node.prompt);
    }
  }

  // Nodes in the order in which a caller may come to them; those that nobody comes to at the end.
  order() {
    const seen = new Set();
    const waiting = [this.document.start];
    while (waiting.length) {
      const id = waiting.shift();
      if (seen.has(id) || !this.node(id)) continue;
      seen.add(id);
      waiting.push(...this.exits(id).map((one) => one.target).filter(Boolean));
    }
    return [...seen, ...this.ids.filter((id) => !seen.has(id))];
  }

  // -- nodes ----------------------------------------------------------------------------------------------------

  newName(start) {
    let name = start;
    for (let number = 2; name in this.document.nodes; number += 1) name = `${start}${number}`;
    return name;
  }

  // A new node of this kind, as much of it filled in as can be guessed.
  fresh(kind) {
    const first = (of) => (Array.isArray(this.names[of]) ? this.names[of] : Object.keys(this.names[of] || {}))[0] || "";
    const other = Object.keys(this.names.flows).find((one) => one !== this.name) || "";
    const said = [{ kind: "text", text: { [this.language]: "" } }];
    const fields = {
      play: { prompt: said }, menu: { prompt: said }, digits: { prompt: said, into: "entered" },
      callback: { queue: first("queues") }, record: { prompt: said, into: "message" },
      condition: { branches: [{ exit: "yes", when: [{ left: "${number}", is: "begins_with", right: "" }] }] },
      hours: { schedule: first("schedules") }, set: { values: { value: { do: "text", text: "" } } },
      lookup: { query: "calls_of", arguments: { number: "${number}" }, into: { calls: "calls" } },
      http: { url: "https://" }, sub_flow: { flow: other }, flow: { flow: other }, sms: { text: "" },
      queue: { queue: first("queues") }, transfer: { to: "station", address: first("stations") },
      voicemail: { box: this.names.boxes.includes("general") ? "general" : first("boxes") },
    };
    return { kind, ...copy(fields[kind] || {}) };
  }

  // Adds it, joined to an exit if there is one that waits for it; its id.
  add(kind, at, from) {
    const id = this.newName(kind);
    this.change((document) => {
      this.#pin(document);
      document.nodes[id] = { ...this.fresh(kind), at };
      if (from) (document.nodes[from.node].exits ||= {})[from.exit] = id;
    });
    return id;
  }

  duplicate(id) {
    const made = this.newName(this.node(id).kind);
    this.change((document) => {
      this.#pin(document);
      const [x, y] = document.nodes[id].at || [0, 0];
      document.nodes[made] = { ...copy(document.nodes[id]), at: [x + 40, y + 60] };
    });
    return made;
  }

  move(id, at) {
    this.change((document) => {
      this.#pin(document);
      document.nodes[id].at = at;
    });
  }

  // Nodes that nobody has put anywhere stay where they were drawn when one is put somewhere.
  #pin(document) {
    for (const [id, node] of Object.entries(document.nodes)) {
      if (!node.at && this.drawn[id]) node.at = [Math.round(this.drawn[id].x), Math.round(this.drawn[id].y)];
    }
  }

  remove(id) {
    this.change((document) => {
      delete document.nodes[id];
      for (const node of Object.values(document.nodes)) {
        for (const [exit, target] of Object.entries(node.exits || {})) if (target === id) delete node.exits[exit];
      }
      if (document.start === id) document.start = Object.keys(document.nodes)[0];
    });
  }

  // `target` empty: the exit leads nowhere.
  join(id, exit, target) {
    this.change((document) => {
      const exits = (document.nodes[id].exits ||= {});
      if (target) exits[exit] = target;
      else delete exits[exit];
    });
  }

  // -- places on the paper --------------------------------------------------------------------------------------

  // Where each node lies: as the document says, the others in columns from left to right. `height(id)` in pixels.
  places(height, anew = false) {
    const found = {};
    const columns = new Map();
    const depth = { [this.document.start]: 0 };
    for (const id of this.order()) {
      depth[id] ??= 0;
      for (const { target } of this.exits(id)) if (target && this.node(target)) depth[target] ??= depth[id] + 1;
      const at = this.node(id).at;
      const placed = !anew && Array.isArray(at) && at.length === 2 && at.every(Number.isFinite);
      if (placed) found[id] = { x: at[0], y: at[1] };
      else columns.set(depth[id], [...(columns.get(depth[id]) || []), id]);
    }
    const taken = Object.values(found);
    const below = taken.length ? Math.max(...taken.map((one) => one.y)) + 160 : 0;
    for (const [column, ids] of columns) {
      let y = below;
      for (const id of ids) {
        found[id] = { x: column * COLUMN, y };
        y += height(id) + GAP;
      }
    }
    if (!taken.length) this.#centre(columns, found, height);
    return found;
  }

  // Short columns stand beside the middle of the longest.
  #centre(columns, found, height) {
    const tall = (ids) => ids.reduce((sum, id) => sum + height(id) + GAP, -GAP);
    const most = Math.max(0, ...[...columns.values()].map(tall));
    for (const ids of columns.values()) {
      for (const id of ids) found[id].y = Math.round((found[id].y + (most - tall(ids)) / 2) / 10) * 10;
    }
  }
}

// Two people's changes of one document, node by node; null if both changed the same.
export const merged = (base, mine, theirs) => {
  const found = {};
  const flat = (document) => ({
    ...Object.fromEntries(Object.entries(document).filter(([name]) => name !== "nodes").map(([name, value]) => [`.${name}`, value])),
    ...Object.fromEntries(Object.entries(document.nodes).map(([name, value]) => [`nodes.${name}`, value])),
  });
  const [old, one, other] = [base, mine, theirs].map(flat);
  for (const name of new Set([...Object.keys(one), ...Object.keys(other), ...Object.keys(old)])) {
    const iChanged = !same(one[name], old[name]);
    if (iChanged && !same(other[name], old[name]) && !same(one[name], other[name])) return null;
    const value = iChanged ? one[name] : other[name];
    if (value !== undefined) found[name] = value;
  }
  const document = { nodes: {} };
  for (const [name, value] of Object.entries(found)) {
    if (name.startsWith("nodes.")) document.nodes[name.slice(6)] = value;
    else document[name.slice(1)] = value;
  }
  return document;
};
