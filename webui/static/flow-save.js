// Keeps the draft on the box as somebody works. When somebody else has saved meanwhile nothing is lost: what both
// changed apart is put together, and for the rest one of the two is chosen, with the other in the undo.
import { ask, say } from "./flow-dom.js";
import { merged } from "./flow-model.js";

const LATER_MS = 700;
const AGAIN_MS = 4000;
const copy = (value) => JSON.parse(JSON.stringify(value));

export class Saver {
  // `told({problems, document, failed})` after each try.
  constructor(flow, state, urls, told) {
    this.flow = flow;
    this.urls = urls;
    this.told = told;
    this.takes(state);
  }

  takes(state) {
    clearTimeout(this.timer);
    this.stamp = state.stamp;
    this.draft = state.draft;
    this.newest = state.versions[0]?.number ?? null;
    this.list = state.versions;
    this.base = state.document ? copy(state.document) : null;
    this.unsaved = false;
    this.theirs = null;
    this.failed = "";
  }

  words() {
    if (this.failed) return this.failed;
    if (this.unsaved) return say("saving");
    if (this.draft) return say(this.newest === null ? "draft_new" : "draft_saved", { version: this.newest, who: this.draft.who });
    return say("published_is", { version: this.newest });
  }

  // Changes that are not to be saved: the box has them already.
  quietly(does) {
    this.quiet = true;
    does();
    this.quiet = false;
    this.base = copy(this.flow.document);
  }

  later() {
    if (this.quiet) return;
    this.unsaved = true;
    clearTimeout(this.timer);
    if (!this.theirs) this.timer = setTimeout(() => this.#save(), LATER_MS);
  }

  // Everything is on the box; false if that could not be done.
  async now() {
    const active = document.activeElement;
    if (active && active.matches("input, textarea, select")) active.blur(); // what was typed is taken
    clearTimeout(this.timer);
    while (this.running) await this.running;
    if (this.unsaved && !this.theirs) await this.#save();
    return !this.unsaved;
  }

  async #save() {
    while (this.running) await this.running;
    this.running = this.#send();
    await this.running;
    this.running = null;
  }

  async #send() {
    const sent = JSON.stringify(this.flow.document);
    const answer = await ask(`${this.urls.ask}save`, { document: JSON.parse(sent), seen: this.stamp });
    if (answer.ok) {
      this.stamp = answer.stamp;
      this.draft = answer.draft;
      this.base = JSON.parse(sent);
      this.failed = "";
      this.unsaved = JSON.stringify(this.flow.document) !== sent;
      return this.told({ problems: answer.problems });
    }
    if (answer.changed) return this.#meet();
    this.failed = answer.error;
    if (answer.status === 0 || answer.status === 503) this.timer = setTimeout(() => this.#save(), AGAIN_MS);
    return this.told({ failed: answer.error });
  }

  // Somebody else has saved: put together, or asked about.
  async #meet() {
    const theirs = await ask(`${this.urls.ask}get`, {});
    if (!theirs.ok || !theirs.document) {
      this.failed = theirs.error;
      return this.told({ failed: theirs.error });
    }
    const both = this.base && merged(this.base, this.flow.document, theirs.document);
    if (!both) {
      this.theirs = theirs;
      return this.told({});
    }
    this.#known(theirs);
    this.flow.replace(both); // is saved again, now from theirs
    this.later();
    return this.told({ document: this.flow.document, failed: say("put_together", { who: theirs.draft?.who || "" }) });
  }

  #known(theirs) {
    this.stamp = theirs.stamp;
    this.draft = theirs.draft;
    this.newest = theirs.versions[0]?.number ?? null;
    this.list = theirs.versions;
    this.base = copy(theirs.document);
    this.theirs = null;
  }

  // Theirs counts; mine is one step back in the undo.
  take() {
    const theirs = this.theirs;
    this.#known(theirs);
    this.quietly(() => this.flow.replace(theirs.document));
    this.unsaved = false;
    this.told({ document: this.flow.document, problems: theirs.problems });
  }

  // Mine counts; theirs is one step back in the undo.
  keep() {
    const theirs = this.theirs;
    const mine = copy(this.flow.document);
    this.#known(theirs);
    this.flow.replace(theirs.document);
    this.flow.replace(mine);
    this.later();
    this.told({ document: this.flow.document });
  }
}
