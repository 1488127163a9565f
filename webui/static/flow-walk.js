// A test call: what the box tells of the caller's way, until the call ends.
import { ask, say } from "./flow-dom.js";

const DRAFT = -1; // the version of a flow that is tried, as its events tell it

export class Walk {
  // `shown()` is called when there is something new.
  constructor(flow, urls, shown) {
    this.flow = flow;
    this.urls = urls;
    this.shown = shown;
    this.clear();
  }

  clear() {
    this.stop();
    this.nodes = new Set();
    this.way = new Set();
    this.here = null;
    this.lines = [];
    this.call = null;
    this.said = "";
  }

  get running() { return Boolean(this.source); }

  stop() {
    if (this.source) this.source.close();
    this.source = null;
  }

  // Listens first, then has the telephone ring, so that nothing of the way is missed.
  async start(station) {
    this.clear();
    this.said = say("asked");
    this.source = new EventSource(this.urls.walk);
    const mine = this.source;
    for (const kind of ["call.flow", "call.flow_step", "call.flow_fault", "call.ended"]) {
      mine.addEventListener(kind, (event) => this.#told(kind, JSON.parse(event.data)));
    }
    this.shown();
    const open = await new Promise((done) => {
      mine.addEventListener("open", () => done(true), { once: true });
      mine.addEventListener("error", () => done(false), { once: true });
    });
    if (!open) return this.#over(say("lost"));
    const answer = await ask(`${this.urls.ask}call`, station ? { station } : {});
    if (!answer.ok) return this.#over(answer.error);
    this.said = answer.said;
    this.shown();
  }

  #over(words) {
    this.stop();
    this.said = words;
    this.shown();
  }

  #told(kind, { call, data }) {
    if (kind === "call.flow" && !this.call && data.flow === this.flow.name && data.version === DRAFT) {
      this.call = call;
      this.said = say("walks");
      this.#comes(this.flow.document.start);
    } else if (call !== this.call) {
      return;
    } else if (kind === "call.ended") {
      this.here = null;
      this.lines.push(say("call_over"));
      this.#over(say("call_over"));
    } else if (kind === "call.flow_fault") {
      this.lines.push(say("call_fault", { node: this.flow.title(data.node), words: data.words }));
    } else if (kind === "call.flow") {
      this.here = null;
      this.lines.push(say("call_flow", { flow: data.flow }));
    } else if (data.flow === this.flow.name) {
      this.#left(data);
    }
    this.shown();
  }

  #left({ node, exit, to }) {
    this.nodes.add(node);
    const word = exit ? this.flow.exitWord(exit) : to || "";
    this.lines.push(`${this.flow.title(node)} → ${word}`);
    const exits = this.flow.node(node)?.exits || {};
    const taken = exits[exit] ? exit : this.flow.kind(node)?.instead[exit];
    if (!exits[taken]) {
      this.here = to ? node : null;
      return;
    }
    this.way.add(`${node} ${taken}`);
    this.#comes(exits[taken]);
  }

  #comes(node) {
    this.here = node;
    this.nodes.add(node);
  }
}
