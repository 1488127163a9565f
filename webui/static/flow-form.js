// Controls for the fields of a node, made from the catalogue. `set(value)` takes a new value, undefined: none;
// `again()` draws the form anew, after a row or a variant has come or gone.
import { h, newId, say } from "./flow-dom.js";

const wrap = (field, id, control) =>
  h("div", { class: "flow-field" },
    h("label", { class: "form-label", for: id }, field.label), control,
    field.help ? h("div", { class: "flow-help", id: `${id}-help` }, field.help) : null);

const options = (choices, none) => [
  none === undefined ? null : h("option", { value: "" }, none),
  ...choices.map(([value, word]) => h("option", { value }, word)),
];

// A choice that keeps a value which is not among the choices, as a name that is gone.
const select = (id, choices, value, onchange, none) => {
  const known = choices.some(([one]) => String(one) === String(value)) || value === undefined || value === "" || value === null;
  const all = known ? choices : [...choices, [value, say("gone", { name: value })]];
  return h("select", { id, class: "form-select", value: value ?? "", onchange: (event) => onchange(event.target.value) }, options(all, none ?? (value === undefined || value === "" ? say("choose") : undefined)));
};

const small = (name, onclick, label) => h("button", { type: "button", class: "btn btn-sm", onclick, "aria-label": label }, say(name));

export class Form {
  constructor(flow, again) {
    this.flow = flow;
    this.again = again;
  }

  // The control of one field with its label.
  field(field, value, set) {
    const shown = value === undefined ? field.default : value;
    const id = newId();
    const text = (attributes = {}) => h("input", {
      id, class: "form-control", autocomplete: "off", spellcheck: "false", maxlength: field.longest, value: shown ?? "",
      "aria-describedby": field.help ? `${id}-help` : null, ...attributes,
      onchange: (event) => set(event.target.value === "" && (field.optional || "default" in field) ? undefined : event.target.value),
    });
    switch (field.kind) {
      case "text": return wrap(field, id, text());
      case "variable": return wrap(field, id, text({ pattern: "[a-z][a-z0-9_]*" }));
      case "long": return wrap(field, id, h("textarea", { id, class: "form-control", rows: 3, value: shown ?? "", onchange: (event) => set(event.target.value) }));
      case "number": return wrap(field, id, h("input", {
        id, class: "form-control flow-number", type: "number", min: field.min, max: field.max, step: field.step, value: shown ?? "",
        onchange: (event) => set(event.target.value === "" ? undefined : Number(event.target.value)),
      }));
      case "switch": return h("label", { class: "form-check form-switch flow-field" },
        h("input", { class: "form-check-input", type: "checkbox", checked: Boolean(shown), onchange: (event) => set(event.target.checked || undefined) }),
        h("span", { class: "form-check-label" }, field.label), field.help ? h("span", { class: "flow-help" }, field.help) : null);
      case "choice": return wrap(field, id, select(id, field.choices, shown, (one) => set(one === "" && field.optional ? undefined : one), field.optional ? say("not_set") : undefined));
      case "name": return wrap(field, id, this.#name(field, id, shown, set));
      case "lines": return wrap(field, id, h("textarea", {
        id, class: "form-control", rows: 2, value: (shown || []).join("\n"),
        onchange: (event) => set(event.target.value.split("\n").map((one) => one.trim()).filter(Boolean)),
      }));
      case "pairs": return this.#pairs(field, shown || {}, set);
      case "rows": return this.#rows(field, Array.isArray(shown) ? shown : [], set);
      case "keyed": return this.#keyed(field, shown || {}, set);
      case "union": return this.#group(field, this.#variant(field, shown || {}, set));
      case "group": return this.#group(field, this.#inner(field.fields, shown || {}, set));
      case "prompt": return this.#prompt(field, Array.isArray(shown) ? shown : [], set);
      default: return null;
    }
  }

  // The names there are of something; the address of a transfer may also be typed.
  #name(field, id, value, set) {
    const { names, labels, catalogue } = this.flow;
    if (field.of === "queries") return select(id, Object.entries(catalogue.queries).map(([name, one]) => [name, one.word]), value, set);
    if (field.of === "addresses") {
      const known = [...names.stations.map((one) => [one, labels.stations[one]]), ...names.rooms.map((one) => [one, labels.rooms[one]])];
      return [
        h("input", { id, class: "form-control", list: `${id}-list`, autocomplete: "off", maxlength: 200, value: value ?? "", onchange: (event) => set(event.target.value) }),
        h("datalist", { id: `${id}-list` }, known.map(([one, word]) => h("option", { value: one }, word))),
      ];
    }
    const found = Array.isArray(names[field.of]) ? names[field.of] : Object.keys(names[field.of]);
    const there = found.filter((one) => field.of !== "flows" || one !== this.flow.name);
    return select(id, there.map((one) => [one, this.flow.label(field.of, one)]), value, (one) => { set(one); this.again(); });
  }

  #group(field, content) {
    return h("fieldset", { class: "flow-group" }, h("legend", {}, field.label), field.help ? h("div", { class: "flow-help" }, field.help) : null, content);
  }

  // Fields of a row: `set` gets the whole row anew.
  #inner(fields, row, set) {
    return fields.map((one) => this.field(one, row[one.name], (value) => {
      if (value === undefined) delete row[one.name];
      else row[one.name] = value;
      set({ ...row });
    }));
  }

  #variant(field, row, set) {
    const tag = row[field.tag];
    const found = field.variants.find((one) => one.tags.some(([name]) => name === tag)) || field.variants[0];
    const id = newId();
    const choices = field.variants.flatMap((one) => one.tags);
    const change = (value) => { set({ [field.tag]: value }); this.again(); };
    return [
      h("div", { class: "flow-field" }, h("label", { class: "visually-hidden", for: id }, field.label), select(id, choices, tag ?? choices[0][0], change)),
      this.#inner(found.fields, row, (fresh) => set({ [field.tag]: found.tags[0][0], ...fresh })),
    ];
  }

  // Edits `rows` in place, tells, and draws the form anew if rows came or went.
  #rows(field, given, set) {
    const rows = JSON.parse(JSON.stringify(given));
    const told = (anew) => { set(rows); if (anew) this.again(); };
    const one = (row, index) => h("div", { class: "flow-row" },
      this.#inner(field.fields, row, () => told(false)),
      h("div", { class: "flow-row-end" },
        index ? small("up", () => { rows.splice(index - 1, 0, ...rows.splice(index, 1)); told(true); }) : null,
        small("remove", () => { rows.splice(index, 1); told(true); })));
    const begin = () => {
      const fresh = {};
      for (const part of field.fields) {
        if ("default" in part) continue;
        if (part.kind === "rows") fresh[part.name] = [Object.fromEntries(part.fields.filter((inner) => !("default" in inner)).map((inner) => [inner.name, inner.choices?.[0][0] ?? ""]))];
        else if (part.kind === "prompt") fresh[part.name] = [{ kind: "text", text: { [this.flow.language]: "" } }];
        else fresh[part.name] = part.choices?.[0][0] ?? `${part.name}${rows.length + 1}`;
      }
      rows.push(fresh);
      told(true);
    };
    return this.#group(field, [rows.map(one), small("add", begin, `${say("add")}: ${field.label}`)]);
  }

  // Name and value, each in a line of its own.
  #pairs(field, given, set) {
    const rows = Object.entries(given);
    const told = () => set(rows.length || !field.optional ? Object.fromEntries(rows) : undefined);
    const one = (row, index) => h("div", { class: "flow-pair" },
      h("input", { class: "form-control", "aria-label": `${field.label} ${index + 1}: ${say("name")}`, value: row[0], onchange: (event) => { row[0] = event.target.value.trim(); told(); } }),
      field.values?.length
        ? h("select", { class: "form-select", "aria-label": `${field.label} ${index + 1}: ${say("value")}`, value: row[1], onchange: (event) => { row[1] = event.target.value; told(); } }, options(field.values))
        : h("input", { class: "form-control", "aria-label": `${field.label} ${index + 1}: ${say("value")}`, value: row[1], onchange: (event) => { row[1] = event.target.value; told(); } }),
      small("remove", () => { rows.splice(index, 1); told(); this.again(); }, `${say("remove")}: ${row[0]}`));
    const begin = () => { rows.push([`name${rows.length + 1}`, field.values?.[0]?.[0] ?? ""]); told(); this.again(); };
    return this.#group(field, [rows.map(one), small("add", begin, `${say("add")}: ${field.label}`)]);
  }

  #keyed(field, given, set) {
    const rows = Object.entries(JSON.parse(JSON.stringify(given)));
    const told = () => set(Object.fromEntries(rows));
    const one = (row, index) => h("div", { class: "flow-row" },
      this.field({ kind: "text", label: field.key, help: "" }, row[0], (name) => { row[0] = (name || "").trim(); told(); }),
      this.#variant({ ...field, label: `${field.label} ${row[0]}` }, row[1], (value) => { row[1] = value; told(); }),
      h("div", { class: "flow-row-end" }, small("remove", () => { rows.splice(index, 1); told(); this.again(); }, `${say("remove")}: ${row[0]}`)));
    const begin = () => { rows.push([`value${rows.length + 1}`, { do: "text", text: "" }]); told(); this.again(); };
    return this.#group(field, [rows.map(one), small("add", begin, `${say("add")}: ${field.label}`)]);
  }

  // What is said: parts, each chosen, written or put together from a value.
  #prompt(field, given, set) {
    const parts = JSON.parse(JSON.stringify(given));
    const told = (anew) => { set(parts); if (anew) this.again(); };
    const labelled = (word, make) => {
      const id = newId();
      return h("div", { class: "flow-part-field" }, h("label", { for: id }, word), make(id));
    };
    const content = (part) => {
      if (part.kind === "text") {
        return this.flow.catalogue.languages.map(([code, word]) => labelled(word, (id) => h("textarea", {
          id, class: "form-control", rows: 2, maxlength: 1000, lang: code, value: part.text?.[code] ?? "",
          onchange: (event) => {
            part.text = { ...part.text };
            if (event.target.value) part.text[code] = event.target.value;
            else delete part.text[code];
            told(false);
          },
        })));
      }
      if (part.kind === "prompt" || part.kind === undefined) {
        const known = [...new Set([...this.flow.names.prompts.zh, ...this.flow.names.prompts.en])].sort();
        return [
          labelled(say("prompt"), (id) => [
            h("input", { id, class: "form-control", list: `${id}-list`, autocomplete: "off", value: part.name ?? "", onchange: (event) => { part.name = event.target.value.trim(); told(false); } }),
            h("datalist", { id: `${id}-list` }, known.map((one) => h("option", { value: one }))),
          ]),
          h("a", { class: "flow-help", href: this.flow.promptsPage, target: "_blank" }, say("prompts_page")),
          labelled(say("spoken_in"), (id) => select(id, this.flow.catalogue.languages, part.language ?? "", (one) => { part.language = one || null; told(false); }, say("callers_language"))),
        ];
      }
      return [
        labelled(say("value"), (id) => h("input", { id, class: "form-control", autocomplete: "off", value: part.value ?? "", placeholder: "${entered}", onchange: (event) => { part.value = event.target.value; told(false); } })),
        part.kind === "money" ? labelled(say("currency"), (id) => select(id, this.flow.catalogue.currencies.map((one) => [one, one]), part.currency ?? "CNY", (one) => { part.currency = one; told(false); })) : null,
      ];
    };
    const fresh = (kind) => (kind === "text" ? { kind, text: { [this.flow.language]: "" } } : kind === "prompt" ? { kind, name: "" } : { kind, value: "" });
    const one = (part, index) => {
      const id = newId();
      return h("div", { class: "flow-row" },
        h("label", { class: "visually-hidden", for: id }, `${field.label} ${index + 1}`),
        h("div", { class: "flow-part-head" },
          select(id, this.flow.catalogue.parts, part.kind ?? "prompt", (kind) => { parts[index] = fresh(kind); told(true); }),
          index ? small("up", () => { parts.splice(index - 1, 0, ...parts.splice(index, 1)); told(true); }, `${say("up")}: ${field.label} ${index + 1}`) : null,
          small("remove", () => { parts.splice(index, 1); told(true); }, `${say("remove")}: ${field.label} ${index + 1}`)),
        content(part));
    };
    const begin = () => { parts.push(fresh("text")); told(true); };
    return this.#group(field, [parts.map(one), small("add", begin, `${say("add")}: ${field.label}`)]);
  }
}
