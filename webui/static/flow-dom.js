// Small helpers of the flow editor: elements, words, asking the server.
const body = document.body;

const put = (element, attributes, children) => {
  const last = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked") last[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(3).filter((one) => one !== null && one !== undefined && one !== false));
  return Object.assign(element, last); // a select's value only when it has its options
};

export const h = (tag, attributes = {}, ...children) => put(document.createElement(tag), attributes, children);

export const svg = (tag, attributes = {}, ...children) =>
  put(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

let words = {};
export const setWords = (found) => { words = found; };

// One of the page's sentences with its names filled in.
export const say = (name, values = {}) =>
  (words[name] ?? name).replace(/%\((\w+)\)s/g, (_, key) => String(values[key] ?? ""));

let count = 0;
export const newId = () => `ff-${(count += 1)}`;

// Asks the box by way of the page: {ok, status, ...answer}; status 0: the page has lost its connection.
export const ask = async (url, content) => {
  try {
    const response = await fetch(url, {
      method: content === undefined ? "GET" : "POST",
      headers: { ...JSON.parse(body.getAttribute("hx-headers")), "Content-Type": "application/json" },
      body: content === undefined ? undefined : JSON.stringify(content),
    });
    if (response.redirected || response.status === 401) {
      location.reload();
      return { ok: false, status: 401, error: "" };
    }
    const answer = await response.json().catch(() => ({}));
    return { ...answer, error: answer.error || answer.message || (response.ok ? "" : say("failed")), ok: response.ok, status: response.status };
  } catch {
    return { ok: false, status: 0, error: say("lost") };
  }
};
