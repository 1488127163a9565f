// Keeps the page true: swaps the parts that the event stream brings, and lets running clocks run in between.
(() => {
  const body = document.body;
  const byId = (id) => document.getElementById(id);

  // Running clocks count on the box's clock, not on this computer's.
  let offset = Number(body.dataset.now) - Date.now() / 1000;
  const clock = (seconds) => {
    const whole = Math.max(0, Math.floor(seconds));
    const two = (n) => String(n).padStart(2, "0");
    const minutes = Math.floor(whole / 60);
    return whole < 3600 ? `${minutes}:${two(whole % 60)}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
  };
  const tick = () => {
    const now = Date.now() / 1000 + offset;
    for (const element of document.querySelectorAll(".tick")) {
      const text = clock(now - Number(element.dataset.since));
      if (element.textContent !== text) element.textContent = text;
    }
  };
  setInterval(tick, 250);

  // Within the hour a call was "5 min. ago"; its exact time stands in the title.
  const relative = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto", style: "short" });
  const age = () => {
    const now = Date.now() / 1000 + offset;
    for (const element of document.querySelectorAll("time[data-at]")) {
      element.dataset.day ||= element.textContent;
      const minutes = Math.floor((now - Number(element.dataset.at)) / 60);
      const text = minutes >= 0 && minutes < 60 ? relative.format(-minutes, "minute") : element.dataset.day;
      if (element.textContent !== text) element.textContent = text;
    }
  };
  setInterval(age, 10000);
  body.addEventListener("htmx:afterSwap", age);
  // A part that could not be had leaves what was there: say so, or nobody would know that it is old.
  const failed = (words) => {
    byId("failed").textContent = words;
    byId("failed").hidden = !words;
  };
  body.addEventListener("htmx:responseError", (event) => {
    const { xhr } = event.detail;
    if ((xhr.getResponseHeader("Content-Type") || "").startsWith("text/plain")) failed(xhr.responseText);
  });
  body.addEventListener("htmx:afterOnLoad", (event) => { if (event.detail.successful) failed(""); });
  // On paper "5 min. ago" is wrong as soon as it is printed.
  addEventListener("beforeprint", () => {
    for (const element of document.querySelectorAll("time[data-at]")) element.textContent = element.title;
  });
  addEventListener("afterprint", age);
  age();

  // Screen readers hear at most one utterance in four seconds, the newest three sentences of that time.
  let sayings = [];
  setInterval(() => {
    if (!sayings.length) return;
    byId("say").textContent = sayings.slice(-3).join(". ");
    sayings = [];
  }, 4000);

  // The button shows what was asked; only the stream says what came of it.
  const button = byId("simulate");
  const status = byId("simulate-status");
  let asked = null;
  const known = () => new Set([...document.querySelectorAll("#calls [data-call]")].map((row) => row.dataset.call));
  const settle = (words, again) => {
    if (status) status.textContent = words;
    if (again && asked) {
      clearTimeout(asked.timer);
      asked = null;
      button.disabled = false;
      setTimeout(() => { if (!asked && status.textContent === words) status.textContent = ""; }, 6000);
    }
  };
  if (button) {
    button.addEventListener("click", async () => {
      const before = known();
      button.disabled = true;
      settle(button.dataset.asked, false);
      asked = { before, timer: setTimeout(() => settle(button.dataset.silent, true), 2000) };
      try {
        const headers = JSON.parse(body.getAttribute("hx-headers"));
        const response = await fetch(button.dataset.url, { method: "POST", headers });
        if (response.redirected || response.status === 401) return location.reload();
        if (!response.ok) settle((await response.json()).error, true);
      } catch {
        settle(button.dataset.failed, true);
      }
    });
  }

  // The tab tells how many calls ring, and by a still picture that something does; nothing blinks.
  const title = document.title;
  const tab = (ringing, away) => {
    const wanted = ringing && !away ? `(${ringing}) ${title}` : title;
    if (document.title !== wanted) document.title = wanted;
    const icon = byId("icon");
    const picture = away ? icon.dataset.away : ringing ? icon.dataset.ringing : icon.dataset.calm;
    if (icon.getAttribute("href") !== picture) icon.setAttribute("href", picture);
  };

  // Function keys: they are no letters, so neither typing nor speech input can press them by mistake.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || event.repeat) return;
    const control = /^F\d+$/.test(event.key) && document.querySelector(`[data-key="${event.key}"]`);
    if (!control) return;
    event.preventDefault();
    control.click();
  });

  let stored = null;
  let received = {};
  const show = (message) => {
    offset = message.now - Date.now() / 1000;
    if (document.querySelector("[data-reload-on-box]") && !message.away) return location.reload();
    byId("away").hidden = !message.away || Boolean(document.querySelector("[data-reload-on-box]"));
    body.classList.toggle("stale", message.away);
    // Whoever has come to a button by keyboard stays there when the part around it is replaced.
    const at = document.activeElement && document.activeElement.id;
    for (const [id, html] of Object.entries(message.parts)) {
      const element = byId(id);
      if (element && received[id] !== html) element.outerHTML = html;
      received[id] = html;
    }
    if (at && document.activeElement === body && byId(at)) byId(at).focus();
    body.dispatchEvent(new CustomEvent("parts", { detail: Object.keys(message.parts) }));
    sayings.push(...message.say);
    tab(message.ringing, message.away);
    if (asked && [...known()].some((call) => !asked.before.has(call))) settle(button.dataset.came, true);
    if (stored !== null && stored !== message.stored) htmx.trigger(body, "records-changed");
    stored = message.stored;
    tick();
  };

  // A browser makes at most six connections to one place, and each stream is one: the seventh tab would not open. So a
  // screen that nobody looks at lets go of its stream when two others were opened after it; the desk keeps it, because it
  // has to ring.
  const rings = body.dataset.events.startsWith("/desk/");
  const tabs = new BroadcastChannel("callbox-tabs");
  const me = String(Math.random());
  const newer = new Set();
  let source = null;
  let alone = null;
  const spared = () => document.hidden && !rings && newer.size > 1;
  const letGo = () => {
    if (!spared()) return;
    clearTimeout(alone);
    alone = null;
    if (source) source.close();
    tab(0, false); // it would say for ever what was true once
  };
  const connect = () => {
    if (source) source.close(); // two streams would tell old news after new
    if (spared()) return;
    source = new EventSource(body.dataset.events);
    source.addEventListener("parts", (event) => {
      clearTimeout(alone);
      alone = null;
      byId("offline").hidden = true;
      show(JSON.parse(event.data));
    });
    source.addEventListener("error", () => {
      // A moment's break on a restart is no news.
      alone = alone || setTimeout(() => { byId("offline").hidden = false; }, 1500);
      if (source.readyState === EventSource.CLOSED) setTimeout(retry, 2000);
    });
  };
  // The browser gives up when it is answered with an error: then ask whether the session is still good.
  const retry = async () => {
    try {
      const response = await fetch(location.href, { method: "HEAD" });
      if (response.redirected) return location.reload();
    } catch { /* still away */ }
    connect();
  };
  const shown = () => {
    newer.clear();
    tabs.postMessage({ shown: me });
  };
  tabs.addEventListener("message", ({ data }) => {
    newer.delete(data.gone);
    if (data.shown) newer.add(data.shown);
    letGo();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return letGo();
    shown();
    if (!source || source.readyState === EventSource.CLOSED) connect();
  });
  addEventListener("pagehide", () => {
    tabs.postMessage({ gone: me });
    if (source) source.close();
  });
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  shown();
  connect();

  // One player for all recordings; without this script the link opens the file.
  const player = byId("player");
  const audio = player.querySelector("audio");
  document.addEventListener("click", (event) => {
    const listen = event.target.closest("[data-listen]");
    if (listen) {
      event.preventDefault();
      player.hidden = false;
      byId("player-title").textContent = listen.dataset.listen;
      const at = listen.classList.contains("wave-box") ? (event.clientX - listen.getBoundingClientRect().left) / listen.clientWidth : 0;
      const begin = () => {
        if (at > 0 && audio.duration) audio.currentTime = at * audio.duration;
        audio.play().catch(() => {});
      };
      if (audio.src === listen.href && audio.readyState) begin();
      else {
        audio.src = listen.href;
        audio.addEventListener("loadedmetadata", begin, { once: true });
        audio.load();
      }
    } else if (event.target.closest("[data-player-close]")) {
      audio.pause();
      audio.removeAttribute("src");
      player.hidden = true;
    }
  });
  // The place in the picture of the recording that is being played.
  audio.addEventListener("timeupdate", () => {
    for (const box of document.querySelectorAll(".wave-box")) {
      const here = box.querySelector(".wave-at");
      here.hidden = box.href !== audio.src || !audio.duration;
      if (!here.hidden) here.style.left = `${(100 * audio.currentTime) / audio.duration}%`;
    }
  });
})();
