// Buttons ask the box and say so; only the stream tells what came of it.
(() => {
  const body = document.body;
  const place = document.querySelector("[data-ask]");
  if (!place) return;
  const byId = (id) => document.getElementById(id);
  const says = (words) => { byId("asked-says").textContent = words; };
  let asked = null;
  const settle = (words) => {
    if (!asked) return;
    clearTimeout(asked.timer);
    const button = byId(asked.id);
    if (button && button.classList.contains("asked")) {
      button.classList.remove("asked");
      button.querySelector(".act-word").textContent = asked.word;
    }
    asked = null;
    says(words);
  };
  const fieldsOf = (button) => {
    const row = "row" in button.dataset ? button.closest("[data-kind]") : null;
    const { station, of, to, reason, call } = button.dataset;
    return row ? { kind: row.dataset.kind, to: row.dataset.to } : { station, of, to, reason, call };
  };
  const ask = async (button) => {
    if (asked && asked.id === button.id) return;
    settle("");
    const word = button.querySelector(".act-word");
    asked = { id: button.id, word: word.textContent, timer: setTimeout(() => settle(place.dataset.silent), 2000) };
    const mine = asked;
    const [what, row, fields] = [button.dataset.do, "row" in button.dataset, fieldsOf(button)];
    button.classList.add("asked");
    word.textContent = place.dataset.asked;
    says("");
    try {
      const response = await fetch(place.dataset.ask + what, {
        method: "POST",
        headers: { ...JSON.parse(body.getAttribute("hx-headers")), "Content-Type": "application/json" },
        body: JSON.stringify(fields),
      });
      if (response.redirected || response.status === 401) return location.reload();
      const answer = await response.json();
      if (!response.ok) {
        if (asked === mine) settle(answer.error || answer.message);
        else says(answer.error || answer.message);
      } else {
        body.dispatchEvent(new CustomEvent("asked", { detail: { what, row, ...fields } }));
        if (!answer.said) return;
        if (asked === mine) settle(answer.said);
        else says(answer.said);
      }
    } catch {
      if (asked === mine) settle(place.dataset.failed);
    }
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button && !button.disabled) ask(button);
  });
  const watched = new RegExp(place.dataset.watched);
  body.addEventListener("parts", (event) => {
    if (event.detail.some((part) => watched.test(part))) {
      settle("");
      if ([place.dataset.silent, place.dataset.failed].includes(byId("asked-says").textContent)) says("");
    }
    if (asked) {
      const button = byId(asked.id);
      if (button && !button.classList.contains("asked")) {
        button.classList.add("asked");
        button.querySelector(".act-word").textContent = place.dataset.asked;
      }
    }
  });
})();
