// The two columns beside the paper: the outline with the palette, and the chosen node's properties.
import { h, newId, say } from "./flow-dom.js";
import { Form } from "./flow-form.js";
import { icon } from "./flow-icons.js";

// Every node with its exits, as a list: the screen reader's and the telephone's way through the flow.
export const outline = (flow, look, on) =>
  h("ol", { class: "flow-outline" }, flow.order().map((id) => {
    const seen = look(id);
    const classes = ["flow-out"];
    if (seen.lit) classes.push("is-lit");
    if (seen.mark) classes.push(`mark-${seen.mark}`);
    const words = [
      flow.document.start === id ? say("start_here") : "", seen.count ? say(seen.worst === "error" ? "has_errors" : "has_warnings", { count: seen.count }) : "",
      seen.mark ? say(`mark_${seen.mark}`) : "", seen.here ? say("here_now") : "",
    ].filter(Boolean);
    return h("li", {},
      h("button", { type: "button", id: `out-${id}`, class: classes.join(" "), "aria-current": seen.selected ? "true" : null, onclick: () => on.select(id) },
        icon(flow.node(id).kind),
        h("span", { class: "flow-out-words" }, h("strong", {}, flow.title(id)), h("small", {}, [flow.word(flow.node(id).kind), ...words].join(" · "))),
        seen.worst ? h("b", { class: `flow-bad is-${seen.worst}`, "aria-hidden": "true" }, seen.worst === "error" ? "!" : "?") : null),
      h("ul", { class: "flow-out-exits" }, flow.exits(id).map(({ name, target }) =>
        h("li", {}, h("span", {}, flow.exitWord(name)), flow.node(target)
          ? h("button", { type: "button", class: "flow-go", "aria-label": say("goes_to", { exit: flow.exitWord(name), target: flow.title(target) }), onclick: () => on.select(target) }, `→ ${flow.title(target)}`)
          : h("span", { class: "flow-nowhere" }, `→ ${say("nowhere")}`)))));
  }));

// Every kind of node, by what people would search for. `pull(event, kind)`: a press that may become a pull.
export const palette = (flow, wanted, on) => {
  const sought = wanted.trim().toLowerCase();
  const fits = ([kind, one]) => !sought || `${kind} ${one.word} ${one.sentence}`.toLowerCase().includes(sought);
  const kinds = Object.entries(flow.catalogue.kinds).filter(fits);
  if (!kinds.length) return h("p", { class: "flow-help" }, say("no_kind"));
  return flow.catalogue.groups.map(([group, word]) => {
    const mine = kinds.filter(([, one]) => one.group === group);
    return mine.length ? h("section", { class: `flow-of-${group}` }, h("h3", {}, word), h("ul", { class: "flow-kinds" }, mine.map(([kind, one]) =>
      h("li", {}, h("button", { type: "button", class: "flow-kind", "data-kind": kind, onclick: () => on.add(kind), onpointerdown: (event) => on.pull(event, kind) },
        icon(kind), h("span", {}, h("strong", {}, one.word), h("small", {}, one.sentence))))))) : null;
  });
};

export const problemList = (flow, problems, on) =>
  h("ul", { class: "flow-problems" }, problems.map((one) => h("li", { class: `is-${one.severity}` },
    h("b", { class: `flow-bad is-${one.severity}`, "aria-hidden": "true" }, one.severity === "error" ? "!" : "?"),
    h("span", {}, h("span", { class: "visually-hidden" }, `${say(one.severity)}: `), one.text),
    one.node && on ? h("button", { type: "button", class: "btn btn-sm", "aria-label": say("go_to_node", { node: flow.title(one.node) }), onclick: () => on.select(one.node) }, say("go_there")) : null)));

// Where each exit leads, as choices.
const ways = (flow, id, on, again) => {
  const node = flow.node(id);
  const others = flow.order().map((one) => [one, flow.title(one)]);
  const kinds = Object.entries(flow.catalogue.kinds).map(([kind, one]) => [`+${kind}`, one.word]);
  const choice = (exit, value, none, attributes) => h("select", {
    class: "form-select", value: value && flow.node(value) ? value : "", ...attributes,
    onchange: (event) => {
      const chosen = event.target.value;
      if (chosen.startsWith("+")) on.addBehind(id, exit(), chosen.slice(1));
      else flow.join(id, exit(), chosen);
      again();
    },
  }, h("option", { value: "" }, none), h("optgroup", { label: say("nodes") }, others.map(([one, word]) => h("option", { value: one }, word))),
  h("optgroup", { label: say("new_node") }, kinds.map(([one, word]) => h("option", { value: one }, `+ ${word}`))));
  const rows = flow.exits(id, true).map(({ name, needed, target }) => {
    const control = newId();
    return h("div", { class: `flow-way${needed && !flow.node(target) ? " is-open" : ""}` },
      h("label", { for: control }, flow.exitWord(name)), choice(() => name, target, needed ? say("nowhere_yet") : say("nowhere"), { id: control, "data-exit": name }));
  });
  const keys = node.kind === "menu" ? flow.freeKeys(id) : [];
  if (keys.length) {
    const key = h("select", { class: "form-select flow-key", "aria-label": say("which_key"), value: keys[0] }, keys.map((one) => h("option", { value: one }, flow.exitWord(one))));
    rows.push(h("div", { class: "flow-way flow-way-new" }, key, choice(() => key.value, "", say("add_key"), { id: "flow-add-key", "aria-label": say("add_key") })));
  }
  return rows.length ? h("fieldset", { class: "flow-group" }, h("legend", {}, say("ways")), rows) : null;
};

const textField = (label, value, onchange, attributes = {}) => {
  const id = newId();
  return h("div", { class: "flow-field" }, h("label", { class: "form-label", for: id }, label), h("input", { id, class: "form-control", autocomplete: "off", maxlength: 80, value: value || "", onchange: (event) => onchange(event.target.value.trim()), ...attributes }));
};

// One node: words, where it leads, what it does. `problems`: an element that is kept up to date by itself.
export const properties = (flow, id, problems, on, again) => {
  const node = flow.node(id);
  const kind = flow.kind(id);
  const form = new Form(flow, again);
  const set = (name) => (value) => flow.change((document) => {
    if (value === undefined) delete document.nodes[id][name];
    else document.nodes[id][name] = value;
  });
  const fields = (kind?.fields || []).map((one, index) => ({ shown: form.field(one, node[one.name], set(one.name)), more: index > 0 && "default" in one }));
  const more = fields.filter((one) => one.more);
  return [
    h("div", { class: "flow-side-head" }, icon(node.kind), h("div", {}, h("h2", {}, flow.word(node.kind)), h("p", { class: "flow-help" }, kind?.sentence || say("unknown_kind")))),
    problems,
    textField(say("label"), node.label, (value) => set("label")(value || undefined), { placeholder: flow.title(id).slice(0, 60) }),
    fields.filter((one) => !one.more).map((one) => one.shown),
    ways(flow, id, on, again),
    more.length ? h("details", { class: "flow-more" }, h("summary", {}, say("more")), more.map((one) => one.shown)) : null,
    h("div", { class: "flow-buttons" },
      flow.document.start === id ? null : h("button", { type: "button", class: "btn btn-sm", onclick: () => { flow.change((document) => { document.start = id; }); again(); } }, say("make_start")),
      h("button", { type: "button", class: "btn btn-sm", onclick: on.duplicate, "aria-keyshortcuts": "Control+D" }, say("duplicate")),
      h("button", { type: "button", class: "btn btn-sm btn-ghost-danger", onclick: on.remove, "aria-keyshortcuts": "Delete" }, say("delete"))),
  ];
};

// The flow itself, when no node is chosen.
export const ownFields = (flow, problems, again) => {
  const form = new Form(flow, again);
  const title = flow.document.title || {};
  return [
    h("div", { class: "flow-side-head" }, h("div", {}, h("h2", {}, say("the_flow")), h("p", { class: "flow-help" }, say("the_flow_help")))),
    problems,
    flow.catalogue.languages.map(([code, word]) => textField(say("title_in", { language: word }), title[code], (value) => flow.change((document) => {
      document.title = { ...document.title, [code]: value };
      if (!value) delete document.title[code];
    }), { lang: code })),
    flow.catalogue.flow.map((one) => form.field(one, flow.document[one.name], (value) => flow.change((document) => {
      if (value === undefined) delete document[one.name];
      else document[one.name] = value;
    }))),
  ];
};
