// In the browser's audio thread: the microphone to 8 kHz frames, frames to the loudspeaker, and what was late.
const RATE = 8000;
const FRAME = 160;
const FRAME_MS = 20;
const TICK_MS = 10; // of the box
const POLL_MS = 5; // on average, until the box has looked

// Streams from one rate to another: a windowed sinc, 16 zero crossings to each side, below the lower rate's half.
class Resampler {
  constructor(from, to) {
    this.step = from / to;
    this.scale = Math.min(1, to / from) * 0.92;
    this.half = 16 / this.scale;
    this.kernel = new Float32Array(16 * 64 + 2);
    for (let i = 0; i < this.kernel.length - 1; i++) {
      const t = i / 64;
      const window = 0.42 + 0.5 * Math.cos((Math.PI * t) / 16) + 0.08 * Math.cos((2 * Math.PI * t) / 16);
      this.kernel[i] = (t === 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t)) * Math.max(0, window) * this.scale;
    }
    this.held = new Float32Array(8192);
    this.count = Math.ceil(this.half);
    this.at = this.count;
  }

  push(samples, out) {
    this.held.set(samples, this.count);
    this.count += samples.length;
    let made = 0;
    for (; this.at + this.half < this.count; this.at += this.step) {
      const last = Math.floor(this.at + this.half);
      let sum = 0;
      for (let i = Math.ceil(this.at - this.half); i <= last; i++) {
        const place = Math.abs(i - this.at) * this.scale * 64;
        const whole = Math.floor(place);
        const rest = place - whole;
        sum += this.held[i] * (this.kernel[whole] * (1 - rest) + this.kernel[whole + 1] * rest);
      }
      out[made++] = sum;
    }
    const gone = Math.max(0, Math.floor(this.at - this.half) - 1);
    this.held.copyWithin(0, gone, this.count);
    this.count -= gone;
    this.at -= gone;
    return made;
  }
}

// What was received waits here, a little: more after each gap, less again when there was none for a while.
class Playout {
  constructor(rate) {
    this.rate = rate;
    this.ring = new Float32Array(1 << 16);
    this.read = this.write = 0;
    this.target = 40;
    this.gaps = this.trimmed = 0;
    this.playing = false;
    this.reset();
  }

  get ms() {
    return (1000 * (this.write - this.read)) / this.rate;
  }

  reset() {
    this.read = this.write;
    this.playing = false;
    this.low = Infinity;
    this.looked = this.steady = 0;
  }

  put(samples, count) {
    for (let i = 0; i < count; i++) this.ring[(this.write + i) & 0xffff] = samples[i];
    this.write += count;
    if (this.ms > 400) this.trim(this.ms - this.target);
  }

  trim(ms) {
    this.read += Math.round((ms * this.rate) / 1000);
    this.trimmed += Math.round(ms);
  }

  take(out) {
    const there = this.write - this.read;
    if (!this.playing && this.ms >= this.target) this.playing = true;
    if (!this.playing || there < out.length) {
      if (this.playing) {
        this.gaps += 1;
        this.target = Math.min(this.target + 20, 200);
        this.steady = 0;
      }
      this.playing = false;
      out.fill(0);
      return;
    }
    for (let i = 0; i < out.length; i++) out[i] = this.ring[(this.read + i) & 0xffff];
    this.read += out.length;
    this.look(out.length);
  }

  // Over a second, because frames come in bunches.
  look(samples) {
    this.low = Math.min(this.low, this.ms);
    this.looked += samples;
    this.steady += samples;
    if (this.steady > 10 * this.rate) {
      this.steady = 0;
      this.target = Math.max(30, this.target - 10);
    }
    if (this.looked < this.rate) return;
    if (this.low > this.target) this.trim(Math.min(20, this.low - this.target + 5));
    this.low = Infinity;
    this.looked = 0;
  }
}

class Level {
  constructor() {
    this.sum = this.count = 0;
  }

  add(samples, count) {
    for (let i = 0; i < count; i++) this.sum += samples[i] * samples[i];
    this.count += count;
  }

  // dBm0: a full-scale sine is +3.14.
  take() {
    const mean = this.count ? this.sum / this.count : 0;
    this.sum = this.count = 0;
    return Math.max(-90, 10 * Math.log10(2 * mean + 1e-12) + 3.14);
  }
}

// The share of one tone in the power of the last quarter second.
class Goertzel {
  constructor(hz) {
    this.hz = hz;
    this.turn = (2 * Math.PI * hz) / RATE;
    this.real = this.imaginary = this.power = this.count = this.share = 0;
  }

  add(samples) {
    for (const sample of samples) {
      this.real += sample * Math.cos(this.turn * this.count);
      this.imaginary -= sample * Math.sin(this.turn * this.count);
      this.power += sample * sample;
      this.count += 1;
    }
    if (this.count < RATE / 4) return;
    this.share = this.power > 0.001 ? (2 * (this.real ** 2 + this.imaginary ** 2)) / this.count / this.power : 0;
    this.real = this.imaginary = this.power = this.count = 0;
  }
}

class Telephone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.down = new Resampler(sampleRate, RATE);
    this.up = new Resampler(RATE, sampleRate);
    this.playout = new Playout(sampleRate);
    this.made = new Float32Array(4096);
    this.frame = new Int16Array(FRAME);
    this.filled = 0;
    this.spokenAt = 0;
    this.speaking = false;
    this.mouth = new Level();
    this.ear = new Level();
    this.tone = null;
    this.missing = this.heard = 0;
    this.number = null;
    this.trip = null;
    this.fill = 0;
    this.told = 0;
    this.port.onmessage = ({ data }) => this.message(data);
  }

  message(data) {
    if (data.frame) this.hear(data);
    if ("speaking" in data) this.speaking = data.speaking;
    if (data.quiet) {
      this.playout.reset();
      this.trip = null;
    }
    if (data.hear) this.tone = new Goertzel(data.hear);
    if (data.ask) this.port.postMessage({ clock: this.now() });
  }

  now() {
    return Math.round(currentTime * 1000) >>> 0;
  }

  hear({ frame, number, echo, age, fill }) {
    if (this.number !== null) this.missing += Math.min((number - this.number + 65536) % 65536, 1000);
    this.number = (number + 1) % 65536;
    if (age < 2000) {
      const trip = (this.now() - echo - age) >>> 0;
      if (trip < 10000) this.trip = this.trip === null ? trip : 0.9 * this.trip + 0.1 * trip;
      this.fill = fill;
    }
    if (!frame.byteLength) return;
    const samples = Float32Array.from(new Int16Array(frame), (sample) => sample / 32768);
    this.heard += 1;
    this.ear.add(samples, samples.length);
    if (this.tone) this.tone.add(samples);
    this.playout.put(this.made, this.up.push(samples, this.made));
  }

  process(inputs, outputs) {
    const spoken = inputs[0] && inputs[0][0];
    if (spoken && this.speaking) this.speak(spoken);
    else this.filled = 0;
    this.playout.take(outputs[0][0]);
    if (currentTime - this.told > 0.2) this.tell();
    return true;
  }

  speak(block) {
    const made = this.down.push(block, this.made);
    this.mouth.add(this.made, made);
    for (let i = 0; i < made; i++) {
      if (!this.filled) this.spokenAt = (Math.round(currentTime * 1000 - (1000 * i) / RATE) >>> 0);
      this.frame[this.filled++] = Math.max(-32768, Math.min(32767, Math.round(this.made[i] * 32767)));
      if (this.filled < FRAME) continue;
      const samples = this.frame.slice().buffer;
      this.port.postMessage({ samples, clock: this.spokenAt }, [samples]);
      this.filled = 0;
    }
  }

  // Halves of the way there and back; a frame is full before it is sent, and waits at the far end.
  tell() {
    this.told = currentTime;
    const frame = this.speaking ? FRAME_MS : 0;
    const way = this.trip === null ? null : Math.max(0, this.trip - frame) / 2;
    this.port.postMessage({
      figures: {
        mouth: this.mouth.take(), ear: this.ear.take(), waits: this.playout.ms, ahead: this.playout.target,
        gaps: this.playout.gaps, trimmed: this.playout.trimmed, missing: this.missing, heard: this.heard,
        there: way === null || !this.speaking ? null : FRAME_MS + 2 + way + this.fill + TICK_MS,
        back: way === null ? null : TICK_MS + POLL_MS + FRAME_MS + 2 + way + this.playout.ms,
        tone: this.tone ? { hz: this.tone.hz, share: this.tone.share } : null,
      },
    });
  }
}

registerProcessor("telephone", Telephone);
