// The line doctor's page: live level and news by a stream of its own; buttons ask, the stream tells what came of it.
(() => {
  const body = document.body;
  const byId = (id) => document.getElementById(id);
  const says = (words) => { byId("doctor-says").textContent = words; };
  const post = async (url, fields, failed) => {
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { ...JSON.parse(body.getAttribute("hx-headers")), "Content-Type": "application/json" },
        body: JSON.stringify(fields),
      });
      if (response.redirected || response.status === 401) { location.reload(); return null; }
      const answer = await response.json();
      says(answer.error || answer.message || answer.said || "");
      return response.ok ? answer : null;
    } catch {
      says(failed);
      return null;
    }
  };

  const print = document.querySelector("[data-print]");
  if (print) print.addEventListener("click", () => window.print());

  const all = document.querySelector("[data-doctor-all]");
  if (all) {
    byId("doctor-all").addEventListener("click", () => post(all.dataset.doctorAll, {}, all.dataset.failed));
  }

  const page = document.querySelector("[data-doctor-live]");
  if (!page) return;

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-doctor]");
    if (event.target.closest("[data-doctor-hide]")) event.target.closest("[data-offer]").hidden = true;
    if (!button || button.disabled) return;
    if (button.dataset.doctor === "capture") {
      button.disabled = true;
      const found = await post(page.dataset.doctorCapture, {}, page.dataset.failed);
      if (found) {
        says(page.dataset.caught);
        setTimeout(() => { location.href = page.dataset.open + found.id; }, 11000);
      } else button.disabled = false;
      return;
    }
    await post(page.dataset.doctorAsk + button.dataset.doctor, { report: button.dataset.report || "" }, page.dataset.failed);
  });
  const form = document.querySelector("[data-doctor-form]");
  if (form) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      post(page.dataset.doctorAsk + form.dataset.doctorForm, Object.fromEntries(new FormData(form)), page.dataset.failed);
    });
  }

  const clock = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 2, hour12: false });
  const news = byId("doctor-news");
  const tell = ([at, words]) => {
    const row = document.createElement("li");
    const time = document.createElement("time");
    const text = document.createElement("span");
    time.textContent = clock.format(new Date(at * 1000));
    text.textContent = words;
    row.append(time, text);
    news.prepend(row);
  };
  const level = (name, value) => {
    byId(`m-${name}`).value = Math.max(-70, value);
    byId(`o-${name}`).textContent = value <= -90 ? "–" : `${value.toFixed(1)} dBm0`;
  };
  let source = null;
  const connect = () => {
    if (document.hidden || (source && source.readyState !== EventSource.CLOSED)) return;
    source = new EventSource(page.dataset.doctorLive);
    let first = true;
    source.addEventListener("look", (event) => {
      const found = JSON.parse(event.data);
      level("rx", found.rx);
      level("tx", found.tx);
      if (found.news.length) {
        if (first) news.textContent = "";
        found.news.forEach(tell);
        while (news.children.length > 200) news.lastChild.remove();
        first = false;
      }
      if (found.job) byId("doctor-job").innerHTML = found.job;
      for (const button of page.querySelectorAll('[data-doctor="examine"], [data-doctor="quick"], [data-doctor="call"]')) button.disabled = found.busy;
    });
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
    });
  };
  // Nobody looks: the browser's few connections are left to other tabs (page.js).
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) connect();
    else if (source) source.close();
  });
  addEventListener("pagehide", () => source && source.close());
  connect();
})();
