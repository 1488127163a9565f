// Publishing, the versions there are, what is different between them, and going back to one.
import { ask, h, say } from "./flow-dom.js";

const byId = (id) => document.getElementById(id);

export class Versions {
  constructor(editor, urls) {
    this.editor = editor;
    this.urls = urls;
  }

  // Every version that was published, the newest first.
  list() {
    const { saver } = this.editor;
    byId("flow-publish").disabled = !saver.draft && !saver.unsaved;
    byId("flow-versions").replaceChildren(...saver.list.map((one, index) => {
      const when = one.number === 0 ? say("as_came") : new Date(one.at * 1000).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
      const name = say("version", { version: one.number });
      return h("li", {},
        h("div", {}, h("strong", {}, name), index === 0 ? h("span", { class: "flow-now" }, say("answers_now")) : null),
        h("div", { class: "flow-help" }, [when, one.who, one.note].filter(Boolean).join(" · ")),
        h("div", { class: "flow-buttons" },
          h("button", { type: "button", class: "btn btn-sm", "aria-label": `${say("compare")}: ${name}`, onclick: () => this.compare(one.number) }, say("compare")),
          index === 0 ? null : h("button", { type: "button", class: "btn btn-sm", "aria-label": `${say("restore")}: ${name}`, onclick: () => this.restore(one.number) }, say("restore"))));
    }));
    if (!saver.list.length) byId("flow-versions").replaceChildren(h("li", { class: "flow-help" }, say("never_published")));
  }

  // What stands below the flow's own fields: the way out of a draft.
  own() {
    const { saver } = this.editor;
    if (!saver.draft || saver.newest === null) return [];
    return [h("div", { class: "flow-buttons" }, h("button", { type: "button", class: "btn btn-sm btn-ghost-danger", onclick: () => this.discard() }, say("discard")))];
  }

  async publish() {
    if (!(await this.#kept())) return;
    const answer = await ask(`${this.urls.ask}publish`, { note: byId("flow-note").value, seen: this.editor.saver.stamp });
    if (!answer.ok) return this.editor.note(answer.error);
    if (answer.version === null) {
      this.editor.problems = answer.problems;
      this.editor.told();
      this.editor.draw();
      this.editor.tab("problems");
      return this.editor.note(say("has_problems"));
    }
    byId("flow-note").value = "";
    this.editor.takes(answer);
    this.editor.tab("versions");
    this.editor.note(say("is_published", { version: answer.version }));
  }

  async restore(version) {
    if (!(await this.#kept())) return;
    const answer = await ask(`${this.urls.ask}restore`, { version });
    if (!answer.ok) return this.editor.note(answer.error);
    if (answer.version === null) return this.editor.note(`${say("not_restored")} ${answer.problems.map((one) => one.text).join(" ")}`);
    this.#done();
    this.editor.takes(answer);
    this.editor.tab("versions");
    this.editor.note(answer.draft ? say("restored_beside", { version: answer.version }) : say("is_published", { version: answer.version }));
  }

  async discard() {
    if (!(await this.#kept())) return;
    const answer = await ask(`${this.urls.ask}discard`, { seen: this.editor.saver.stamp });
    if (!answer.ok) return this.editor.note(answer.error);
    this.editor.takes(answer);
    this.editor.note(say("discarded"));
  }

  // What is on the paper beside an older version: marks at the nodes, and a sentence for each difference.
  async compare(version) {
    if (!(await this.#kept())) return;
    const answer = await ask(`${this.urls.ask}compare`, { before: version });
    if (!answer.ok) return this.editor.note(answer.error);
    this.editor.marks = {};
    for (const { node, mark } of answer.changes) if (node && mark !== "removed") this.editor.marks[node] ||= mark;
    const place = byId("flow-changes");
    const one = ({ node, mark, text }) => h("li", { class: `mark-${mark}` }, h("span", {}, text),
      node && mark !== "removed" ? h("button", { type: "button", class: "btn btn-sm", "aria-label": say("go_to_node", { node }), onclick: () => this.#go(node) }, say("go_there")) : null);
    place.replaceChildren(
      h("h3", {}, say("since", { version })),
      answer.changes.length ? h("ul", {}, answer.changes.map(one)) : h("p", { class: "flow-help" }, say("no_difference")),
      h("button", { type: "button", class: "btn btn-sm", onclick: () => { this.#done(); this.editor.draw(); } }, say("end_compare")));
    this.editor.draw();
    place.scrollIntoView({ block: "nearest" });
  }

  #go(node) {
    const { marks } = this.editor;
    this.editor.select(node);
    this.editor.marks = marks;
  }

  #done() {
    this.editor.marks = {};
    byId("flow-changes").replaceChildren();
  }

  // What was changed last is on the box first.
  async #kept() {
    if (await this.editor.saver.now()) return true;
    this.editor.note(say("not_saved"));
    return false;
  }
}
