// One tab's ears, mouth and bell, which its telephones share: sound goes to the one in the hand.
const RATE = 8000;

// Without an audio worklet (a page that is not encrypted): frames one after the other, nothing is spoken.
class PlainEar {
  constructor(context) {
    this.context = context;
    this.port = { onmessage: null, postMessage: (data) => this.message(data) };
    this.out = context.createGain();
    this.next = 0;
  }

  message(data) {
    if (data.ask && this.port.onmessage) this.port.onmessage({ data: { clock: Math.round(performance.now()) >>> 0 } });
    if (!data.frame || !data.frame.byteLength) return;
    const samples = Float32Array.from(new Int16Array(data.frame), (sample) => sample / 32768);
    const now = this.context.currentTime;
    if (this.next - now > 0.4) return;
    this.next = Math.max(this.next, now + 0.08);
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
    }
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
