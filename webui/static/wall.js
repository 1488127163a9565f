// The wallboard: full screen, a clock, and a screen that does not fall asleep.
(() => {
  const clock = document.getElementById("wall-clock");
  const language = document.documentElement.lang;
  let offset = Number(document.body.dataset.now) - Date.now() / 1000;
  const time = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hour12: false });
  const tick = () => { clock.textContent = time.format(new Date((Date.now() / 1000 + offset) * 1000)); };
  tick();
  setInterval(tick, 1000);

  let awake = null;
  const stay = async () => {
    try {
      awake = document.fullscreenElement && navigator.wakeLock ? await navigator.wakeLock.request("screen") : null;
    } catch { awake = null; /* the browser saves power; the board itself goes on */ }
  };
  document.getElementById("wall-full").addEventListener("click", () => document.documentElement.requestFullscreen());
  document.addEventListener("fullscreenchange", () => {
    if (!document.fullscreenElement && awake) awake.release();
    stay();
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) stay(); });
})();
