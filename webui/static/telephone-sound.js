// One tab's ears, mouth and bell, which its telephones share: sound goes to the one in the hand.
const RATE = 8000;
const PLAIN_AHEAD_S = 0.08;
const BEFORE_MS = 37; // the box's tick, its look for sound, and a frame that is full before it is sent

// Without an audio worklet (a page that is not encrypted): frames one after the other, nothing is spoken.
class PlainEar {
  constructor(context) {
    this.context = context;
    this.port = { onmessage: null, postMessage: (data) => this.message(data) };
    this.out = context.createGain();
    this.next = this.told = 0;
    this.power = this.samples = 0;
    this.number = this.trip = null;
    this.heard = this.missing = this.gaps = this.trimmed = 0;
  }

  message(data) {
    if (data.ask) this.say({ clock: this.now() });
    if (data.quiet) [this.next, this.number, this.trip] = [0, null, null];
    if (data.frame) this.hear(data);
  }

  say(data) {
    if (this.port.onmessage) this.port.onmessage({ data });
  }

  now() {
    return Math.round(performance.now()) >>> 0;
  }

  hear({ frame, number, echo, age }) {
    if (this.number !== null) this.missing += Math.min((number - this.number + 65536) % 65536, 1000);
    this.number = (number + 1) % 65536;
    const trip = (this.now() - echo - age) >>> 0;
    if (age < 2000 && trip < 10000) this.trip = this.trip === null ? trip : 0.9 * this.trip + 0.1 * trip;
    if (frame.byteLength) this.play(Float32Array.from(new Int16Array(frame), (sample) => sample / 32768));
    if (this.now() - this.told > 200) this.tell();
  }

  tell() {
    const level = this.samples ? 10 * Math.log10((2 * this.power) / this.samples + 1e-12) + 3.14 : -90;
    const waits = Math.max(0, 1000 * (this.next - this.context.currentTime));
    [this.told, this.power, this.samples] = [this.now(), 0, 0];
    const back = this.trip === null ? null : BEFORE_MS + this.trip / 2 + waits;
    const { heard, missing, gaps, trimmed } = this;
    this.say({ figures: { mouth: -90, ear: Math.max(-90, level), waits, ahead: 1000 * PLAIN_AHEAD_S, gaps, trimmed, missing, heard, there: null, back, tone: null } });
  }

  play(samples) {
    for (const sample of samples) this.power += sample * sample;
    this.samples += samples.length;
    this.heard += 1;
    const now = this.context.currentTime;
    if (this.next - now > 0.4) {
      this.trimmed += Math.round((1000 * samples.length) / RATE);
      return;
    }
    if (this.next && this.next < now) this.gaps += 1;
    this.next = Math.max(this.next, now + PLAIN_AHEAD_S);
    const buffer = this.context.createBuffer(1, samples.length, RATE);
    buffer.copyToChannel(samples, 0);
    const source = this.context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.out);
    source.start(this.next);
    this.next += samples.length / RATE;
  }
}

export class Sound {
  constructor(worklet) {
    this.worklet = worklet;
    this.context = null;
    this.microphone = null;
    this.headset = false;
    this.state = "";
    this.onmicrophone = () => {};
    this.onhope = () => {};
  }

  // In answer to a click: browsers let no page sound by itself.
  async open() {
    if (!this.context) {
      this.context = new AudioContext({ latencyHint: "interactive" });
      this.ready = this.context.audioWorklet ? this.context.audioWorklet.addModule(this.worklet) : null;
    }
    await this.context.resume();
    await this.ready;
  }

  // Ear and mouth for one telephone: {port, in, out}.
  line() {
    const out = this.context.createGain();
    out.gain.value = 0;
    out.connect(this.context.destination);
    if (!this.context.audioWorklet) {
      const ear = new PlainEar(this.context);
      ear.out.connect(out);
      return { port: ear.port, input: null, gain: out.gain, close: () => out.disconnect() };
    }
    const node = new AudioWorkletNode(this.context, "telephone", { numberOfInputs: 1, outputChannelCount: [1], channelCount: 1, channelCountMode: "explicit" });
    node.connect(out);
    return {
      port: node.port, input: node, gain: out.gain,
      close: () => { node.disconnect(); out.disconnect(); },
    };
  }

  says(state) {
    this.state = state;
    this.onmicrophone(state);
  }

  async listen() {
    if (!navigator.mediaDevices || !this.context.audioWorklet) return this.says("insecure");
    this.says("asking");
    try {
      const wanted = { echoCancellation: !this.headset, noiseSuppression: !this.headset, autoGainControl: !this.headset, channelCount: 1 };
      this.deaf();
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: wanted });
      this.microphone = this.context.createMediaStreamSource(this.stream);
      this.says("ok");
    } catch (error) {
      this.says(error.name === "NotAllowedError" || error.name === "SecurityError" ? "denied" : "none");
      this.hopes();
    }
  }

  // Permitted after all, or plugged in: nobody has to load the page again.
  async hopes() {
    if (this.hoping) return;
    this.hoping = true;
    const again = () => { if (!this.microphone && this.context) this.onhope(); };
    navigator.mediaDevices.addEventListener("devicechange", again);
    try {
      this.permission = await navigator.permissions.query({ name: "microphone" });
      this.permission.addEventListener("change", () => { if (this.permission.state === "granted") again(); });
    } catch { /* a browser that cannot tell: the button asks again */ }
  }

  deaf() {
    if (this.microphone) this.microphone.disconnect();
    if (this.stream) for (const track of this.stream.getTracks()) track.stop();
    this.microphone = this.stream = null;
  }

  // What the operating system and the device add behind us, ms.
  get behind() {
    return this.context ? 1000 * (this.context.baseLatency + (this.context.outputLatency || 0)) : 0;
  }

  // One calm stroke of the bell.
  ring() {
    const { context } = this;
    const now = context.currentTime;
    const gain = context.createGain();
    gain.gain.setValueAtTime(0, now);
    gain.gain.linearRampToValueAtTime(0.07, now + 0.04);
    gain.gain.setTargetAtTime(0, now + 0.5, 0.25);
    gain.connect(context.destination);
    for (const hz of [523, 659]) {
      const bell = context.createOscillator();
      bell.frequency.value = hz;
      bell.connect(gain);
      bell.start(now);
      bell.stop(now + 1.8);
    }
  }
}
