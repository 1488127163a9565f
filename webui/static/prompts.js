// A prompt from the microphone or from a file: sent as it is; the box brings it to the telephone's form.
(() => {
  const ways = document.getElementById("ways");
  if (!ways) return;
  const byId = (id) => document.getElementById(id);
  const MOST_BYTES = 50 * 1024 * 1024;
  const MOST_S = 300;
  const headers = JSON.parse(document.body.getAttribute("hx-headers"));

  const say = (id, words, bad) => {
    byId(id).textContent = words;
    byId(id).classList.toggle("bad", Boolean(bad));
  };
  const send = async (blob, how, says) => {
    if (blob.size > MOST_BYTES) return say(says, ways.dataset.large, true);
    say(says, ways.dataset.sending);
    try {
      const response = await fetch(`${ways.dataset.url}?${new URLSearchParams({ how, next: ways.dataset.next })}`, {
        method: "POST", body: blob, headers: { ...headers, "Content-Type": "application/octet-stream", Accept: "application/json" },
      });
      if (response.redirected || response.status === 401) return location.reload();
      const answer = await response.json();
      if (response.ok) location.assign(answer.next);
      else say(says, answer.message, true);
    } catch {
      say(says, ways.dataset.failed, true);
    }
  };

  byId("file").addEventListener("change", (event) => {
    if (event.target.files.length) send(event.target.files[0], "upload", "file-says");
  });

  // RIFF WAVE, mono, 16 bits.
  const wav = (blocks, rate) => {
    const length = blocks.reduce((sum, block) => sum + block.length, 0);
    const view = new DataView(new ArrayBuffer(44 + 2 * length));
    const text = (at, letters) => [...letters].forEach((letter, index) => view.setUint8(at + index, letter.charCodeAt(0)));
    text(0, "RIFF");
    view.setUint32(4, 36 + 2 * length, true);
    text(8, "WAVEfmt ");
    view.setUint32(16, 16, true);
    view.setUint16(20, 1, true);
    view.setUint16(22, 1, true);
    view.setUint32(24, rate, true);
    view.setUint32(28, 2 * rate, true);
    view.setUint16(32, 2, true);
    view.setUint16(34, 16, true);
    text(36, "data");
    view.setUint32(40, 2 * length, true);
    let at = 44;
    for (const block of blocks) {
      for (const sample of block) {
        view.setInt16(at, Math.max(-1, Math.min(1, sample)) * 32767, true);
        at += 2;
      }
    }
    return new Blob([view], { type: "audio/wav" });
  };

  const mic = byId("mic");
  let running = null;
  let kept = null;
  const stop = async () => {
    const { stream, context, blocks } = running;
    running = null;
    mic.textContent = mic.dataset.record;
    byId("mic-level").hidden = true;
    stream.getTracks().forEach((track) => track.stop());
    await context.close();
    kept = wav(blocks, context.sampleRate);
    const heard = byId("mic-heard");
    if (heard.src) URL.revokeObjectURL(heard.src);
    heard.src = URL.createObjectURL(kept);
    heard.hidden = byId("mic-keep").hidden = false;
  };
  const start = async () => {
    say("mic-says", "");
    if (!navigator.mediaDevices || !window.AudioWorkletNode) return say("mic-says", mic.dataset.none, true);
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: false } });
    } catch {
      return say("mic-says", mic.dataset.none, true);
    }
    const context = new AudioContext();
    await context.audioWorklet.addModule(ways.dataset.worklet);
    const blocks = [];
    let samples = 0;
    const node = new AudioWorkletNode(context, "recorder", { numberOfOutputs: 0 });
    node.port.onmessage = ({ data }) => {
      if (!running) return;
      blocks.push(data);
      samples += data.length;
      byId("mic-level").value = data.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
      byId("mic-clock").textContent = `${(samples / context.sampleRate).toFixed(1)} s`;
      if (samples > MOST_S * context.sampleRate) stop();
    };
    running = { stream, context, blocks };
    byId("mic-heard").hidden = byId("mic-keep").hidden = true;
    byId("mic-level").hidden = false;
    mic.textContent = mic.dataset.stop;
    context.createMediaStreamSource(stream).connect(node);
  };
  mic.addEventListener("click", () => (running ? stop() : start()));
  byId("mic-keep").addEventListener("click", () => kept && send(kept, "browser", "mic-says"));
})();
