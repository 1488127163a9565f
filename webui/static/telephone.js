// Training telephones: every [data-telephone] of the page becomes one. Its element tells others by the event
// "telephone" (detail: what the box said of it) and carries the object as `telephone`.
import { Sound } from "./telephone-sound.js";

const holder = document.querySelector("[data-telephone-words]");
const said = holder ? JSON.parse(holder.dataset.telephoneWords) : {};
const sound = holder ? new Sound(holder.dataset.worklet) : null;
const SUBPROTOCOL = "callbox.telephone";
const LOOKS = { idle: "idle", ringing: "ringing", calling: "dialling", talking: "talking", off_hook: "talking", engaged: "busy", gone: "busy", unanswered: "busy" };
const ASK_MS = 1000;
const RING_MS = 4000;
const AGAIN_MS = 1500;
const all = new Map();
let inHand = null;

class Telephone {
  constructor(element) {
    this.element = element;
    this.id = element.dataset.telephone;
    this.state = { state: "idle", number: "", name: "", line: null, hears: "", sound: false };
    this.figures = {};
    this.counters = {};
    this.number = 0;
    this.muted = false;
    element.telephone = this;
    element.addEventListener("click", (event) => this.click(event));
    element.addEventListener("submit", (event) => this.submit(event));
    element.addEventListener("keydown", (event) => this.key(event));
    element.addEventListener("change", (event) => this.change(event));
  }

  find(name) {
    return this.element.querySelector(`[data-part="${name}"]`);
  }

  // -- the wire ----------------------------------------------------------------------------------------

  async take(over) {
    this.wanted = true;
    this.ended("");
    try {
      await sound.open();
    } catch {
      sound.says("silent_page");
    }
    if (sound.context && !this.ear) {
      this.ear = sound.line();
      this.ear.port.onmessage = ({ data }) => this.heard(data);
    }
    this.connect(over);
    if (sound.context && !sound.microphone && sound.state !== "asking") await listens();
    for (const one of all.values()) one.join();
  }

  connect(over) {
    clearTimeout(this.again);
    const url = new URL(this.element.dataset.wire, location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    if (over) url.searchParams.set("over", "1");
    const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
    const wire = new WebSocket(url, [SUBPROTOCOL, token]);
    this.wire = wire;
    this.why = "";
    wire.binaryType = "arraybuffer";
    wire.addEventListener("message", ({ data }) => {
      if (this.wire !== wire) return;
      if (typeof data === "string") this.told(JSON.parse(data));
      else this.receive(data);
    });
    let opened = false;
    wire.addEventListener("open", () => { opened = true; });
    wire.addEventListener("close", () => { if (this.wire === wire) this.closed(opened); });
  }

  closed(opened) {
    clearInterval(this.asking);
    this.wire = null;
    this.render({ ...this.state, state: "idle", hears: "", sound: false });
    this.element.classList.remove("held");
    this.shows(false);
    if (!this.wanted) return;
    const why = this.why || (opened ? "lost" : "away");
    this.wanted = why === "away";
    this.ended(why, this.by);
    if (this.wanted) this.again = setTimeout(() => this.connect(false), AGAIN_MS);
  }

  putAway() {
    this.wanted = false;
    clearTimeout(this.again);
    if (this.wire) this.wire.close(1000);
    this.ended("");
    if (inHand === this) hold(null);
    if (![...all.values()].some((one) => one.wanted)) sound.deaf();
  }

  send(what) {
    if (this.wire && this.wire.readyState === WebSocket.OPEN) this.wire.send(JSON.stringify(what));
  }

  told(words) {
    if (words.ended) {
      this.why = words.ended;
      this.by = words.by;
    }
    if (words.refused) this.says(said.refused[words.refused] || words.refused);
    if (words.counters) this.counters = words.counters;
    if (words.lines) this.shows(true);
    if (words.state) this.render(words.state);
  }

  // -- sound -------------------------------------------------------------------------------------------

  receive(data) {
    if (!this.ear) return;
    const head = new DataView(data);
    const message = {
      frame: data.slice(10), number: head.getUint16(0, true), echo: head.getUint32(2, true),
      age: head.getUint16(6, true), fill: head.getUint16(8, true),
    };
    this.ear.port.postMessage(message, [message.frame]);
  }

  heard(data) {
    if (data.figures) {
      this.figures = data.figures;
      this.measure();
    } else if (this.wire && this.wire.readyState === WebSocket.OPEN && this.wire.bufferedAmount < 8192) {
      const samples = data.samples ? new Uint8Array(data.samples) : new Uint8Array(0);
      const message = new Uint8Array(6 + samples.length);
      const head = new DataView(message.buffer);
      head.setUint16(0, this.number, true);
      head.setUint32(2, data.clock, true);
      message.set(samples, 6);
      this.wire.send(message);
      if (samples.length) this.number = (this.number + 1) % 65536;
    } else if (data.samples) {
      this.number = (this.number + 1) % 65536; // the box counts it as missing
    }
  }

  // Only the telephone in the hand hears and speaks; the others ring.
  join() {
    if (!this.ear) return;
    const mine = inHand === this && Boolean(this.wire);
    const speaks = mine && !this.muted && Boolean(sound.microphone);
    this.ear.gain.value = mine ? 1 : 0;
    if (this.ear.input && sound.microphone) {
      if (speaks) sound.microphone.connect(this.ear.input);
      else try { sound.microphone.disconnect(this.ear.input); } catch { /* it was not */ }
    }
    this.ear.port.postMessage({ speaking: speaks });
    this.element.classList.toggle("in-hand", mine);
    const hold = this.find("hold");
    hold.hidden = mine || !this.wire;
    const here = this.find("here");
    here.hidden = !mine;
    here.textContent = sound.microphone ? here.dataset.both : here.dataset.ear;
    const mute = this.find("mute");
    mute.hidden = !sound.microphone;
    mute.setAttribute("aria-pressed", String(this.muted));
  }

  listenFor(hz) {
    this.ear.port.postMessage({ hear: hz });
  }

  // -- what is seen ------------------------------------------------------------------------------------

  shows(held) {
    const at = document.activeElement;
    const here = at && ["take", "over", "put-away"].includes(at.dataset.part) && this.element.contains(at);
    this.element.classList.toggle("held", held);
    this.find("body").hidden = !held;
    this.find("take").hidden = held;
    this.find("put-away").hidden = !held;
    if (here) this.find(held ? "put-away" : "take").focus();
    if (held) {
      hold(inHand && inHand.wire ? inHand : this);
      clearInterval(this.asking);
      this.asking = setInterval(() => this.ask(), ASK_MS);
      this.reach();
    }
  }

  ask() {
    if (this.ear && !(inHand === this && sound.microphone && !this.muted)) this.ear.port.postMessage({ ask: true });
  }

  render(state) {
    const before = this.state.state;
    this.state = state;
    const look = this.find("state");
    look.className = `tel-state s-${LOOKS[state.state] || "idle"}`;
    const word = said.states[state.state] || state.state;
    if (this.find("word").textContent !== word) this.find("word").textContent = word;
    for (const icon of look.querySelectorAll("[data-icon]")) icon.toggleAttribute("hidden", icon.dataset.icon !== (LOOKS[state.state] || "idle"));
    this.find("who").textContent = [state.number, state.name].filter(Boolean).join(" · ");
    const line = this.find("line");
    line.hidden = !state.line;
    line.textContent = state.line ? line.dataset.word.replace("{line}", state.line) : "";
    const hears = this.find("hears");
    hears.textContent = state.hears ? hears.dataset.word.replace("{tone}", said.tones[state.hears] || said.tones.other) : "";
    for (const part of this.element.querySelectorAll("[data-when]")) part.hidden = !part.dataset.when.split(" ").includes(state.state);
    if (before !== state.state) {
      this.says("");
      if (["calling", "talking", "off_hook", "engaged"].includes(state.state)) hold(this);
      if (state.state === "ringing") this.rings();
    }
    if (!state.sound && this.ear) this.ear.port.postMessage({ quiet: true });
    this.element.dataset.state = state.state;
    this.element.dispatchEvent(new CustomEvent("telephone", { bubbles: true, detail: state }));
  }

  rings() {
    if (this.state.state !== "ringing" || !this.wire) return;
    if (sound.context && !this.hushed) sound.ring();
    setTimeout(() => this.rings(), RING_MS);
  }

  measure() {
    const { figures, counters } = this;
    const meter = (name, level) => { this.find(name).value = Math.max(0, Math.min(60, level + 60)); };
    meter("mouth", figures.mouth);
    meter("ear", figures.ear);
    const ms = (value) => (value === null ? "–" : `${Math.round(value)} ms`);
    const back = figures.back === null ? null : figures.back + sound.behind;
    this.find("there").textContent = ms(figures.there);
    this.find("back").textContent = ms(back);
    this.find("trip").textContent = ms(figures.there === null || back === null ? null : figures.there + back);
    this.find("sent").textContent = counters.spoken ?? 0;
    this.find("sent-lost").textContent = (counters.missing ?? 0) + (counters.dropped ?? 0);
    this.find("sent-late").textContent = counters.gaps ?? 0;
    this.find("got").textContent = figures.heard;
    this.find("got-lost").textContent = figures.missing;
    this.find("got-late").textContent = figures.gaps;
  }

  says(words) {
    this.find("says").textContent = words;
  }

  ended(why, by = "") {
    const place = this.find("ended");
    place.hidden = !why;
    this.find("ended-words").textContent = why ? (said.ended[why] || why).replace("{by}", by) : "";
    this.find("over").hidden = !said.over[why];
    this.find("over").textContent = said.over[why] || "";
  }

  // -- what is done ------------------------------------------------------------------------------------

  click(event) {
    const button = event.target.closest("button");
    if (!button) return;
    const { do: what, digit, part } = button.dataset;
    if (digit) this.send({ do: "press", digits: digit });
    else if (part === "take") this.take(false);
    else if (part === "over") this.take(true);
    else if (part === "put-away") this.putAway();
    else if (part === "hold") hold(this);
    else if (part === "ask") listens();
    else if (part === "mute") this.muted = !this.muted, this.join();
    else if (what === "ignore") this.hushed = true, button.hidden = true;
    else if (what) this.send({ do: what });
    if (what && what !== "ignore") this.hushed = false;
  }

  submit(event) {
    event.preventDefault();
    const form = new FormData(event.target);
    const withheld = form.get("withheld");
    this.send({
      do: "call", number: String(form.get("number")).replace(/\D/g, ""), name: String(form.get("name")).trim(),
      line: form.get("line") ? Number(form.get("line")) : null, withheld: withheld || null,
    });
  }

  reach() {
    const number = this.find("reach");
    if (number) this.send({ do: "reach", number: number.value.replace(/\D/g, ""), busy: this.find("busy").checked });
  }

  async change(event) {
    const { part } = event.target.dataset;
    if (part === "reach" || part === "busy") this.reach();
    if (part === "headset") {
      sound.headset = event.target.checked;
      for (const box of document.querySelectorAll('[data-part="headset"]')) box.checked = sound.headset;
      if (sound.microphone) await listens();
    }
  }

  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || /^(?:INPUT|SELECT)$/.test(event.target.tagName)) return;
    if (/^[0-9*#]$/.test(event.key) && !this.find("keys").hidden) this.send({ do: "press", digits: event.key });
  }
}

async function listens() {
  await sound.listen();
  for (const one of all.values()) one.join();
}

function hold(telephone) {
  inHand = telephone;
  for (const one of all.values()) one.join();
}

if (sound) {
  sound.onmicrophone = (state) => {
    for (const place of document.querySelectorAll('[data-part="microphone"]')) {
      place.textContent = said.microphone[state] || "";
      place.hidden = !place.textContent;
    }
    for (const button of document.querySelectorAll('[data-part="ask"]')) button.hidden = !["denied", "none"].includes(state);
  };
  sound.onhope = listens;
  for (const element of document.querySelectorAll("[data-telephone]")) all.set(element.dataset.telephone, new Telephone(element));
  addEventListener("pagehide", () => { for (const one of all.values()) if (one.wire) one.wire.close(1000); });
}
