// The desk: whom to call, keys, the card, sound; its buttons ask by ask.js.
(() => {
  const body = document.body;
  const desk = document.getElementById("desk");
  if (!desk) return;
  const byId = (id) => document.getElementById(id);
  const headers = () => JSON.parse(body.getAttribute("hx-headers"));
  const says = (words) => { byId("asked-says").textContent = words; };

  document.addEventListener("click", (event) => {
    const key = event.target.closest("[data-digit]");
    if (key) {
      byId("to").value += key.dataset.digit;
      find();
    }
  });

  // -- whom to call ------------------------------------------------------------------------------------
  let chosen = "";
  const rows = () => [...document.querySelectorAll(".team-row:not([hidden])")];
  const choose = (row) => {
    for (const other of document.querySelectorAll(".team-row.chosen")) other.classList.remove("chosen");
    chosen = row ? row.id : "";
    if (row) {
      row.classList.add("chosen");
      row.scrollIntoView({ block: "nearest" });
    }
  };
  // Kept in this tab only: the next one at this computer may be somebody else.
  const dialled = `desk-dialled-${desk.dataset.me}`;
  const last = () => sessionStorage.getItem(dialled) || "";
  const find = () => {
    const typed = byId("to").value.trim().toLowerCase();
    const digits = typed.replace(/[\s()-]/g, "");
    const number = byId("team-typed");
    number.hidden = !/^\+?[0-9*#]{2,24}$/.test(digits);
    number.dataset.to = digits;
    byId("team-number").textContent = digits;
    for (const row of document.querySelectorAll(".team-row[data-find]")) row.hidden = Boolean(typed) && !row.dataset.find.includes(typed);
    const again = byId("team-again");
    again.hidden = Boolean(typed) || !last();
    again.dataset.to = last();
    byId("again-number").textContent = last();
    byId("team-none").hidden = rows().length > 0;
    const still = rows().find((row) => row.id === chosen);
    choose(still || (typed ? rows()[0] : null));
  };
  let asking = "";
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-row]")) asking = byId("to").value;
  }, true);
  // The box has taken it: the field is free for the next, unless somebody types in it already.
  body.addEventListener("asked", ({ detail }) => {
    if (detail.what === "dial") sessionStorage.setItem(dialled, detail.to);
    if (detail.row && byId("to").value === asking) {
      byId("to").value = "";
      choose(null);
    }
    find();
  });
  byId("to").addEventListener("input", find);
  byId("to").addEventListener("keydown", (event) => {
    const shown = rows();
    const at = shown.findIndex((row) => row.id === chosen);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose(shown[Math.min(shown.length - 1, Math.max(0, at + (event.key === "ArrowDown" ? 1 : -1)))]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      press("dial");
    }
  });
  const does = (button) => {
    if (!button.disabled) return button.click();
    const word = button.querySelector(".act-word");
    says(desk.dataset.notnow.replace("{word}", (word || button).textContent.trim()));
  };
  const press = (what) => {
    const row = byId(chosen);
    const button = row && row.querySelector(`[data-do="${what}"], [data-do="${what === "dial" ? "pick_up" : what}"]`);
    if (button) does(button);
    else byId("to").focus();
  };

  body.addEventListener("htmx:sendError", () => says(desk.dataset.failed));

  // -- keys: with Alt, so that neither typing nor speech input presses them by mistake -------------------
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.repeat) return;
    const key = /^(?:Key|Digit)(\w)$/.exec(event.code);
    if (!key) return;
    // Every notice above the desk has the same key: it answers the topmost.
    const control = [...document.querySelectorAll(`[data-alt="${key[1]}"]`)].find((one) => !one.closest("[hidden]"));
    if (key[1] !== "T" && !control) return;
    event.preventDefault();
    if (key[1] === "T") press("transfer");
    else if (/^(?:INPUT|TEXTAREA)$/.test(control.tagName)) control.focus();
    else does(control);
  });
  // The lists: each press goes to the next one; what stands in it follows in the order of the keys.
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.repeat || event.code !== "KeyZ") return;
    event.preventDefault();
    const tabs = [...document.querySelectorAll(".left-tab")];
    const next = tabs[(tabs.findIndex((tab) => tab.hasAttribute("aria-current")) + 1) % tabs.length];
    next.focus();
    next.click();
  });

  // -- the card: it comes with the call and stays until the next; what was typed is saved first ----------
  let dirty = false;
  const save = async () => {
    const form = byId("card-form");
    if (!form) return true;
    const status = byId("card-says");
    status.textContent = desk.dataset.asked;
    dirty = false;
    try {
      const response = await fetch(form.action, { method: "POST", headers: headers(), body: new FormData(form) });
      const answer = await response.json();
      status.textContent = answer.said || answer.error || answer.message;
      dirty = dirty || !response.ok;
      return response.ok;
    } catch {
      dirty = true;
      status.textContent = desk.dataset.failed;
      return false;
    }
  };
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "card-form") return;
    event.preventDefault();
    save();
  });
  document.addEventListener("input", (event) => {
    if (!event.target.closest("#card-form")) return;
    dirty = true;
    byId("card-says").textContent = desk.dataset.unsaved;
  });
  addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
  const bring = async (call) => {
    const card = byId("card");
    if (!call || card.dataset.call === call) return;
    if (dirty && !(await save())) return;
    card.dataset.call = call;
    try {
      const response = await fetch(`${desk.dataset.card}?call=${encodeURIComponent(call)}`);
      if (response.ok && card.dataset.call === call) {
        card.innerHTML = await response.text();
        htmx.process(card);
      }
    } catch {
      card.dataset.call = "";
    }
  };

  // -- sound and notification, of one tab only ------------------------------------------------------------
  const kept = (name) => localStorage.getItem(`desk-${name}`) === "on";
  let audio = null;
  let locked = false;
  // A browser may want a click first: that is said while there is time for it. False: it came too late for this sound.
  const sounds = async () => {
    audio = audio || new AudioContext();
    let late = false;
    const waits = setTimeout(() => {
      late = locked = true;
      says(desk.dataset.mute);
    }, 2000);
    await audio.resume();
    clearTimeout(waits);
    return !late;
  };
  for (const gesture of ["pointerup", "keydown"]) {
    document.addEventListener(gesture, async () => {
      if (!locked) return;
      await audio.resume();
      if (locked && byId("asked-says").textContent === desk.dataset.mute) says("");
      locked = false;
    });
  }
  const beep = async () => {
    if (!(await sounds())) return;
    for (const [after, hz] of [[0, 660], [0.25, 880]]) {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      tone.frequency.value = hz;
      volume.gain.value = 0.15;
      tone.connect(volume).connect(audio.destination);
      tone.start(audio.currentTime + after);
      tone.stop(audio.currentTime + after + 0.2);
    }
  };
  // The newest tab makes them, or whichever is asked to; when it is closed, one of the others.
  let mine = false;
  const turn = (here) => {
    mine = here;
    byId("second").hidden = here;
    if (here && kept("sound")) sounds();
  };
  const makes = (steal) => navigator.locks.request(`desk-sound-${desk.dataset.me}`, { steal }, () => {
    turn(true);
    return new Promise(() => {});
  }).catch(() => {
    turn(false);
    makes(false);
  });
  if (navigator.locks) makes(true);
  else turn(true); // by plain http, as through a proxy, browsers have no locks: each tab sounds
  byId("take-over-tab").addEventListener("click", () => makes(true));
  let rang = "";
  const ring = (since, who) => {
    if (!since || since === rang) return;
    rang = since;
    if (mine) {
      if (kept("sound")) beep();
      if (kept("notify") && document.hidden && Notification.permission === "granted") {
        const note = new Notification(desk.dataset.ringing, { body: who, tag: "callbox" });
        note.addEventListener("click", () => { window.focus(); note.close(); });
      }
    }
  };
  for (const button of document.querySelectorAll("[data-keep]")) {
    const name = button.dataset.keep;
    button.setAttribute("aria-pressed", String(kept(name)));
    button.addEventListener("click", async () => {
      const on = !kept(name);
      if (on && name === "notify" && (await Notification.requestPermission()) !== "granted") return says(button.dataset.denied);
      localStorage.setItem(`desk-${name}`, on ? "on" : "off");
      button.setAttribute("aria-pressed", String(on));
      if (on && name === "sound") beep();
    });
  }

  // -- the lists: what somebody asked for comes before what news bring, and neither is lost ----------------
  const asked = new Set();
  let skipped = false;
  body.addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (detail.target.id === "left" && detail.elt.id !== "left") asked.add(detail.xhr);
  });
  body.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target.id !== "left" || detail.requestConfig.elt.id !== "left" || !asked.size) return;
    detail.shouldSwap = false;
    skipped = true;
  });
  body.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (!asked.delete(detail.xhr) || asked.size || !skipped) return;
    skipped = false;
    setTimeout(() => htmx.trigger(body, "left-changed"));
  });

  // -- what the stream brings ------------------------------------------------------------------------------
  let station = byId("desk-state") !== null;
  let news = byId("desk-news").dataset.new;
  body.addEventListener("parts", (event) => {
    find();
    const call = byId("desk-call").dataset;
    bring(call.first);
    ring(call.rings, call.who);
    const now = byId("desk-state") !== null;
    const told = byId("desk-news").dataset.new;
    if (event.detail.includes("desk-news")) htmx.process(byId("desk-news"));
    if (now !== station || told !== news) htmx.trigger(body, "left-changed");
    if (told !== news && kept("sound") && mine && Number.parseInt(told, 10) > Number.parseInt(news, 10)) beep();
    [station, news] = [now, told];
  });
})();
