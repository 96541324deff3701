// Voices in a page's audio thread, where sound is due every 3 ms whatever the page is busy with.
//
// Flow: the module (`game/audio/worklet`) comes compiled with the node's options → `holm-lanes`: frames from the port into
// the module, a quantum of each lane out of it; `holm-microphone`: a quantum into it, frames to the port. Figures go to the
// page ten times a second.
// Invariants: whatever comes by the port, sound goes on; a module that stops is silent and says so once; nothing is made
// for a quantum but what a message needs.

/** Reports go so often, each second. */
const REPORTS_HZ = 10;
/** Samples of a lane in the module's memory (`MAX_QUANTUM`). */
const STRIDE = 1024;
const LANES = 12;
const LANE_FIGURES = 12;
const MICROPHONE_FIGURES = 6;
const MAX_PAYLOAD = 250;

/** What both have: a module, its memory, a port, a clock for reports. */
class Voice extends AudioWorkletProcessor {
  constructor({ processorOptions }) {
    super();
    this.open = true;
    this.quanta = 0;
    this.port.onmessage = ({ data }) => this.guard(() => this.told(data));
    this.guard(() => {
      this.module = new WebAssembly.Instance(processorOptions.module, {}).exports;
      this.begin(processorOptions);
    });
  }

  /** Runs what may fail. */
  guard(work) {
    if (!this.open) return;
    try {
      work();
    } catch (error) {
      this.stop(error);
    }
  }

  /** A module that stopped in the middle of something is not called again. */
  stop(error) {
    this.open = false;
    this.port.postMessage({ broken: String(error?.stack ?? error) });
  }

  told(data) {
    if (data?.close) this.open = false;
    else if (data && typeof data === "object") this.wish(data);
  }

  /** The memory may have grown: views of what it was are empty. */
  remember() {
    if (this.memory === this.module.memory.buffer) return;
    this.memory = this.module.memory.buffer;
    this.views();
  }

  process(inputs, outputs) {
    try {
      if (!this.open) return false;
      this.quantum(inputs, outputs);
      this.quanta += 1;
      if (this.quanta * 128 * REPORTS_HZ >= sampleRate) {
        this.quanta = 0;
        this.report();
      }
    } catch (error) {
      this.stop(error);
    }
    return this.open;
  }
}

class Lanes extends Voice {
  begin() {
    this.handle = this.module.lanes_new();
    if (!this.handle) throw new Error("no memory");
    this.reported = new Float64Array(LANES * (1 + LANE_FIGURES));
    this.remember();
  }

  views() {
    const { lanes_payload, lanes_out, lanes_figures } = this.module;
    this.payload = new Uint8Array(this.memory, lanes_payload(this.handle), MAX_PAYLOAD);
    this.figures = new Float64Array(this.memory, lanes_figures(this.handle), LANES * LANE_FIGURES);
    this.out = Array.from({ length: LANES }, (_, lane) => new Float32Array(this.memory, lanes_out(this.handle) + lane * STRIDE * 4, STRIDE));
    this.size = 0;
  }

  /** Somebody new in a lane, or a frame of who is there. Reports say the `owner` first, so that none is taken for another's. */
  wish({ lane, owner, bytes, sequence, begins }) {
    if (!Number.isInteger(lane) || lane < 0 || lane >= LANES) return;
    if (owner !== undefined) {
      this.reported[lane * (1 + LANE_FIGURES)] = owner;
      this.module.lanes_clear(this.handle, lane);
    } else if (bytes instanceof Uint8Array && bytes.length <= MAX_PAYLOAD) {
      this.remember();
      this.payload.set(bytes);
      this.module.lanes_put(this.handle, lane, sequence, begins, bytes.length, currentFrame);
    }
  }

  quantum(_, outputs) {
    this.remember();
    const size = Math.min(outputs[0]?.[0]?.length ?? 0, STRIDE);
    if (size !== this.size) {
      this.size = size;
      this.heard = this.out.map((lane) => lane.subarray(0, size));
    }
    const sounding = this.module.lanes_play(this.handle, size, currentFrame);
    for (let lane = 0; lane < LANES; lane += 1) {
      // What is not written is silent.
      if (sounding & (1 << lane)) outputs[lane]?.[0]?.set(this.heard[lane]);
    }
  }

  report() {
    if (!this.module.lanes_report(this.handle)) return;
    for (let at = 0; at < this.figures.length; at += 1) this.reported[at + Math.floor(at / LANE_FIGURES) + 1] = this.figures[at];
    this.port.postMessage({ figures: this.reported.slice() });
  }
}

class Microphone extends Voice {
  begin() {
    this.handle = this.module.microphone_new(sampleRate);
    if (!this.handle) throw new Error("no memory");
    this.remember();
  }

  views() {
    const { microphone_input, microphone_out, microphone_figures } = this.module;
    this.input = new Float32Array(this.memory, microphone_input(this.handle), STRIDE);
    this.out = new Uint8Array(this.memory, microphone_out(this.handle));
    this.figures = new Float64Array(this.memory, microphone_figures(this.handle), MICROPHONE_FIGURES);
  }

  wish({ set, hold, adapt }) {
    if (Array.isArray(set)) this.module.microphone_set(this.handle, ...set);
    if (hold !== undefined) this.module.microphone_hold(this.handle, hold);
    if (Array.isArray(adapt)) this.module.microphone_adapt(this.handle, ...adapt);
  }

  quantum(inputs) {
    this.remember();
    const heard = inputs[0]?.[0];
    // Nothing is connected: the device is gone, or not there yet.
    if (!heard || heard.length > STRIDE) return;
    this.input.set(heard);
    const length = this.module.microphone_hear(this.handle, heard.length);
    if (length) {
      const frames = this.out.slice(0, length);
      this.port.postMessage({ frames }, [frames.buffer]);
    }
  }

  report() {
    this.module.microphone_report(this.handle);
    this.port.postMessage({ figures: this.figures.slice() });
  }
}

registerProcessor("holm-lanes", Lanes);
registerProcessor("holm-microphone", Microphone);
