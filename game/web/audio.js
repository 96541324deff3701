// What a page hears and speaks with: WebAudio around the module in the audio thread, and the microphone. The page's
// program calls it (`game/audio/src/web.rs`).
//
// Flow, at who listens: frames → the lane of who speaks (`worklet.js`) → low-pass, gain, panner → the volume of its kind →
// speakers; sounds of the world go the same way from buffers. At who speaks: the browser's microphone, without echo and
// noise as the browser can → the module → frames, which wait here until the program takes them.
// Two contexts: what a microphone costs cannot make a voice stutter, and its rate is what its browser likes (Firefox connects
// no microphone to a context of another rate than its own; the module makes 48 kHz of it).
// Invariants: nothing waits for the program without bound; what is closed leaves no node, no listener, no open device; what
// does not work is said in a word of `Trouble`, and everything else goes on.

const RATE_HZ = 48_000;
const LANES = 12;
/** Sounds of the world at once; a further one is not heard. */
const MOST_SOUNDS = 24;
/** What the program does not take for two seconds is old. */
const MOST_FRAMES = 100;
/** What changes glides there, with this time constant: shorter clicks, longer lags behind a head that turns. */
const GLIDE_SECS = 0.02;
/** A sound that ends before its end fades so long. */
const FADE_SECS = 0.15;
/** What changes by less is not heard: metres, shares. */
const STILL_METRES = 0.005;
const STILL_SHARE = 0.002;
/** A device that is muted so long is told to be: the browser's light goes out where it can. */
const REST_MS = 10_000;
/** The module is asked for again, when it did not come, so much later; a context that sleeps is woken so often. */
const AGAIN_MS = 10_000;
const WAKE_MS = 1000;

const WORKLET = new URL("./{{worklet}}", import.meta.url).href;
const VOICE = new URL("./{{voice}}", import.meta.url).href;

/** When a voice was last put into a lane, or taken from the microphone. */
let voiced = -Infinity;
const VOICED_MS = 5000;

/** Whether voices are on their way: in this second or in the last few. */
export const busy = () => performance.now() - voiced < VOICED_MS;

let compiling = null;
/** The module, fetched once; whoever asks after a failure tries again. */
function compiled() {
  compiling ??= fetch(VOICE).then(async (response) => {
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return WebAssembly.compile(await response.arrayBuffer());
  });
  compiling.catch(() => { compiling = null; });
  return compiling;
}

/** Both files once more, for the browser to keep: they came before there was a keeper (`sw.js`). */
export function keep() {
  if (compiling) for (const file of [WORKLET, VOICE]) fetch(file).catch(() => 0);
}

/** A processor of `worklet.js` in this context. */
async function processor(context, name, options) {
  // Where a page is not secure there are neither worklets nor microphones.
  if (!context.audioWorklet) throw new DOMException("the page is not secure", "NotAllowedError");
  const [module] = await Promise.all([compiled(), context.audioWorklet.addModule(WORKLET)]);
  return new AudioWorkletNode(context, name, { ...options, processorOptions: { module } });
}

/** The word of `Trouble` for what a browser says. */
function trouble(error) {
  switch (error?.name) {
    case "NotAllowedError":
    case "SecurityError":
      return "NotAllowed";
    case "NotFoundError":
    case "OverconstrainedError":
      return "NoDevice";
    case "NotReadableError":
    case "AbortError":
      return "Busy";
    default:
      return "Broken";
  }
}

/** A context that is woken: browsers let none sound before a gesture, and put it to sleep with the page. */
class Awake {
  constructor(options) {
    this.context = new AudioContext({ latencyHint: "interactive", ...options });
    this.ended = new AbortController();
    this.last = 0;
    const listen = (target, type) => target.addEventListener(type, () => this.wake(), { capture: true, signal: this.ended.signal });
    for (const type of ["pointerdown", "keydown", "touchend", "pageshow"]) listen(globalThis, type);
    listen(document, "visibilitychange");
  }

  get runs() { return this.context.state === "running"; }

  wake() {
    if (!this.runs && this.context.state !== "closed") this.context.resume().catch(() => 0);
  }

  /** From time to time: some fall asleep without a word, after a call on a telephone. */
  tick(now) {
    if (now - this.last < WAKE_MS) return;
    this.last = now;
    this.wake();
  }

  close() {
    this.ended.abort();
    this.context.close().catch(() => 0);
  }
}

let known = null;
/** What there is to choose from, as it was asked last: kind, id and name of each. The first call begins to ask. */
export function devices() {
  if (known) return known;
  known = [];
  navigator.mediaDevices?.addEventListener("devicechange", ask);
  void ask();
  return known;
}

async function ask() {
  const all = (await navigator.mediaDevices?.enumerateDevices().catch(() => null)) ?? [];
  const choosable = { audioinput: true, audiooutput: "setSinkId" in (globalThis.AudioContext?.prototype ?? {}) };
  // Without a name nobody can choose it, and what is only another name for the system's choice is chosen by choosing none.
  known = all
    .filter(({ kind, deviceId, label }) => choosable[kind] && label && !["", "default", "communications"].includes(deviceId))
    .flatMap(({ kind, deviceId, label }) => [kind, deviceId, label]);
}

/** From a voice or a sound to the volume of its kind: where it is, how loud, how much of its height. */
class Place {
  constructor(context, group, model) {
    this.context = context;
    this.group = group;
    this.input = new BiquadFilterNode(context, { type: "lowpass", Q: -3, frequency: RATE_HZ / 2 });
    this.loud = new GainNode(context, { gain: 0 });
    // Distance is in the gain (`game/audio/src/space.rs`).
    this.panner = new PannerNode(context, { panningModel: model, rolloffFactor: 0 });
    this.input.connect(this.loud);
    this.panner.connect(group);
    this.at = null;
    this.fresh = true;
  }

  /** `x` that is no number: nowhere, as loud in both ears. */
  move(x, y, z, gain, cutoff) {
    const there = Number.isFinite(x + y + z);
    if (this.at !== there) {
      this.loud.disconnect();
      this.loud.connect(there ? this.panner : this.group);
      this.at = there;
    }
    const glide = (param, value, still) => {
      if (!Number.isFinite(value) || Math.abs((param.holm ?? Infinity) - value) <= still) return;
      param.holm = value;
      if (this.fresh) param.value = value;
      else param.setTargetAtTime(value, this.context.currentTime, GLIDE_SECS);
    };
    glide(this.loud.gain, Math.min(Math.max(gain, 0), 4), STILL_SHARE);
    const top = this.context.sampleRate / 2;
    const height = cutoff >= 20_000 ? top : Math.min(Math.max(cutoff, 20), top);
    glide(this.input.frequency, height, height * STILL_SHARE);
    if (there) {
      glide(this.panner.positionX, x, STILL_METRES);
      glide(this.panner.positionY, y, STILL_METRES);
      glide(this.panner.positionZ, z, STILL_METRES);
    }
    this.fresh = false;
  }

  fade() {
    this.loud.gain.setTargetAtTime(0, this.context.currentTime, FADE_SECS / 4);
  }

  close() {
    for (const node of [this.input, this.loud, this.panner]) node.disconnect();
  }
}

export class Speakers extends Awake {
  constructor(device) {
    super({ sampleRate: RATE_HZ });
    const { context } = this;
    this.groups = [0, 1, 2].map(() => new GainNode(context));
    this.groups.forEach((group) => group.connect(context.destination));
    this.troubles = [];
    this.said = null;
    this.figures = null;
    /** Of each lane: whose it is, and their place. */
    this.lanes = Array(LANES).fill(null);
    this.sounds = new Set();
    this.loops = new Map();
    this.loading = null;
    this.again = 0;
    // One that is not there any more: then it is the system's.
    if (device) context.setSinkId?.(device).catch(() => 0);
    context.addEventListener("error", () => this.lost());
    context.addEventListener("statechange", () => {
      // Who slept hears nobody; what is reported next is new.
      if (!this.runs) this.figures = new Float64Array(0);
    });
    this.load();
  }

  load() {
    this.again = Infinity;
    const lanes = { numberOfInputs: 0, numberOfOutputs: LANES, outputChannelCount: Array(LANES).fill(1) };
    processor(this.context, "holm-lanes", lanes).then((node) => {
      if (this.ended.signal.aborted) return;
      this.node = node;
      this.said = null;
      node.port.onmessage = ({ data }) => {
        if (data.broken) this.broke(new Error(data.broken));
        else this.figures = data.figures;
      };
      node.onprocessorerror = () => this.broke(new Error("the audio thread stopped"));
      this.lanes.forEach((lane, at) => lane && this.join(at));
    }).catch((error) => {
      this.say(trouble(error));
      console.warn(`voices are not heard: ${error}`);
      if (trouble(error) !== "NotAllowed") this.again = performance.now() + AGAIN_MS;
    });
  }

  broke(error) {
    if (!this.node) return;
    this.node.disconnect();
    this.node = null;
    console.error(error);
    this.say("Broken");
    this.again = performance.now() + AGAIN_MS;
  }

  /** Once, until it went well in between: it is tried again and again. */
  say(word) {
    if (this.said !== word) this.troubles.push(word);
    this.said = word;
  }

  /** The speakers that were chosen are gone: the system's may be there. */
  lost() {
    const others = this.context.sinkId ? this.context.setSinkId("") : Promise.reject(new Error("no other"));
    others.then(() => this.wake()).catch(() => this.say("Lost"));
  }

  /** The next trouble that was not said yet; null if all is well. */
  tick() {
    const now = performance.now();
    super.tick(now);
    if (now > this.again) this.load();
    return this.troubles.shift() ?? null;
  }

  /** The name of what was chosen; empty: the system's. */
  device() {
    const id = this.context.sinkId;
    const list = typeof id === "string" && id ? devices() : [];
    return list[list.indexOf(id) + 1] ?? "";
  }

  listen(...numbers) {
    const { listener, currentTime } = this.context;
    if (!numbers.every(Number.isFinite)) return;
    const names = ["positionX", "positionY", "positionZ", "forwardX", "forwardY", "forwardZ", "upX", "upY", "upZ"];
    if (listener.positionX) {
      names.forEach((name, at) => {
        const param = listener[name];
        if (Math.abs((param.holm ?? Infinity) - numbers[at]) <= STILL_METRES / 5) return;
        param.holm = numbers[at];
        param.setTargetAtTime(numbers[at], currentTime, GLIDE_SECS);
      });
    } else {
      listener.setPosition(...numbers.slice(0, 3));
      listener.setOrientation(...numbers.slice(3));
    }
  }

  volume(group, volume) {
    this.groups[group]?.gain.setTargetAtTime(volume, this.context.currentTime, GLIDE_SECS);
  }

  /** Somebody has this lane from now on. */
  assign(at, owner) {
    this.release(at);
    this.lanes[at] = { owner, place: new Place(this.context, this.groups[0], "HRTF") };
    this.join(at);
  }

  join(at) {
    const { owner, place } = this.lanes[at];
    this.node?.port.postMessage({ lane: at, owner });
    this.node?.connect(place.input, at);
  }

  release(at) {
    const lane = this.lanes[at];
    if (!lane) return;
    this.node?.disconnect(lane.place.input, at);
    lane.place.close();
    this.lanes[at] = null;
  }

  /** A frame; `bytes` are the program's memory, and are its own again when this returns. */
  put(at, sequence, begins, bytes) {
    voiced = performance.now();
    // While nothing is played what is said is past.
    if (!this.node || !this.runs) return;
    const own = bytes.slice();
    this.node.port.postMessage({ lane: at, sequence, begins, bytes: own }, [own.buffer]);
  }

  place(at, ...where) {
    this.lanes[at]?.place.move(...where);
  }

  /** What the lanes reported since this was asked last: owner and figures of each. */
  report() {
    const { figures } = this;
    this.figures = null;
    return figures;
  }

  /** A sound of the world, to be played as often as one likes. */
  buffer(rate, samples) {
    const buffer = new AudioBuffer({ length: Math.max(samples.length, 1), sampleRate: rate });
    buffer.copyToChannel(samples, 0);
    return buffer;
  }

  start(buffer, group, loop, rate, where) {
    const place = new Place(this.context, this.groups[group], "equalpower");
    place.move(...where);
    const source = new AudioBufferSourceNode(this.context, { buffer, loop, playbackRate: rate });
    source.connect(place.input);
    const sound = { buffer, group, source, place };
    this.sounds.add(sound);
    source.onended = () => {
      source.disconnect();
      place.close();
      this.sounds.delete(sound);
    };
    source.start();
    return sound;
  }

  play(buffer, group, rate, ...where) {
    // Else all that was to be heard would sound at once when it wakes.
    if (this.runs && this.sounds.size < MOST_SOUNDS) this.start(buffer, group, false, rate, where);
  }

  /** What goes on under this number; null ends it. */
  loop(key, buffer, group, ...where) {
    const going = this.loops.get(key);
    if (going && going.buffer === buffer && going.group === group) return going.place.move(...where);
    if (going) {
      going.place.fade();
      going.source.stop(this.context.currentTime + FADE_SECS);
      this.loops.delete(key);
    }
    if (buffer) this.loops.set(key, this.start(buffer, group, true, 1, where));
  }

  close() {
    this.node?.port.postMessage({ close: true });
    this.node?.disconnect();
    this.node = null;
    super.close();
  }
}

export class Microphone {
  /** `chosen`: device (or null), echo, noise (whether they are taken out), gain, mode, reach. */
  constructor(chosen) {
    this.chosen = chosen;
    this.waiting = [];
    this.figures = null;
    this.turn = 0;
    this.mutedSince = performance.now();
    this.ended = new AbortController();
    const { signal } = this.ended;
    navigator.mediaDevices?.addEventListener("devicechange", () => {
      if (this.state === "failed" && this.trouble !== "NotAllowed") this.retry();
    }, { signal });
    // Who is allowed after all need not ask again.
    navigator.permissions?.query({ name: "microphone" }).then((permission) => {
      permission.addEventListener("change", () => {
        if (this.state === "failed" && permission.state === "granted") this.retry();
      }, { signal });
    }).catch(() => 0);
    void this.open();
  }

  async open() {
    this.turn += 1;
    const { turn } = this;
    this.shut();
    this.state = "opening";
    let stream = null;
    try {
      if (!navigator.mediaDevices) throw new DOMException("the page is not secure", "NotAllowedError");
      const { device, echo, noise } = this.chosen;
      const audio = { echoCancellation: echo, noiseSuppression: noise, autoGainControl: false, channelCount: 1 };
      if (device) audio.deviceId = { ideal: device };
      stream = await navigator.mediaDevices.getUserMedia({ audio });
      // Names are told only now.
      void ask();
      await this.listen();
      if (turn !== this.turn) throw new Error("somebody else was asked meanwhile");
      const [track] = stream.getAudioTracks();
      track.addEventListener("ended", () => { if (turn === this.turn) this.fail("Lost"); });
      this.source = new MediaStreamAudioSourceNode(this.awake.context, { mediaStream: stream });
      this.source.connect(this.node);
      this.stream = stream;
      this.track = track;
      this.state = "open";
      this.name = track.label;
      this.tick();
    } catch (error) {
      stream?.getTracks().forEach((track) => track.stop());
      if (turn !== this.turn) return;
      console.warn(`no microphone: ${error}`);
      this.fail(trouble(error));
    }
  }

  /** The audio thread's part, once. */
  async listen() {
    if (this.node) return;
    const awake = new Awake({});
    try {
      const node = await processor(awake.context, "holm-microphone", { channelCount: 1, channelCountMode: "explicit", numberOfOutputs: 1, outputChannelCount: [1] });
      if (this.ended.signal.aborted || this.node) return awake.close();
      this.awake = awake;
      this.node = node;
    } catch (error) {
      awake.close();
      throw error;
    }
    // It is silent; what leads nowhere is not run by every browser.
    this.node.connect(this.awake.context.destination);
    this.awake.wake();
    this.node.port.onmessage = ({ data }) => {
      if (data.broken) this.broke(data.broken);
      else if (data.figures) this.figures = data.figures;
      else if (data.frames && this.state === "open") {
        voiced = performance.now();
        if (this.waiting.length >= MOST_FRAMES) this.waiting.shift();
        this.waiting.push(data.frames);
      }
    };
    this.node.onprocessorerror = () => this.broke("the audio thread stopped");
    this.tell();
  }

  broke(error) {
    console.error(error);
    this.hush();
    this.fail("Broken");
  }

  fail(trouble) {
    this.turn += 1;
    this.shut();
    this.state = "failed";
    this.trouble = trouble;
  }

  retry() {
    if (this.state === "failed") void this.open();
  }

  set(chosen) {
    const before = this.chosen;
    this.chosen = chosen;
    this.tell();
    if (chosen.mode !== 2) this.mutedSince = null;
    else if (before.mode !== 2) this.mutedSince = performance.now();
    this.tick();
    const another = ["device", "echo", "noise"].some((key) => before[key] !== chosen[key]);
    if (another && !(this.state === "failed" && this.trouble === "NotAllowed")) void this.open();
  }

  tell() {
    const { mode, reach, gain } = this.chosen;
    this.node?.port.postMessage({ set: [mode, reach, gain], hold: this.held, adapt: this.adapted });
  }

  hold(held) {
    if (this.held === held) return;
    this.held = held;
    this.node?.port.postMessage({ hold: held });
  }

  adapt(loss, bits) {
    this.adapted = [loss, bits];
    this.node?.port.postMessage({ adapt: this.adapted });
  }

  tick() {
    const now = performance.now();
    this.awake?.tick(now);
    const rests = this.mutedSince !== null && now - this.mutedSince > REST_MS;
    if (this.track && this.track.enabled === rests) this.track.enabled = !rests;
  }

  /** The frames that wait, oldest first. */
  frames() {
    const { waiting } = this;
    this.waiting = [];
    return waiting;
  }

  /** What it heard last, since this was asked last. */
  report() {
    const { figures } = this;
    this.figures = null;
    return figures;
  }

  /** Lets go of the device. */
  shut() {
    this.source?.disconnect();
    this.stream?.getTracks().forEach((track) => track.stop());
    this.source = this.stream = this.track = null;
    this.waiting = [];
    // Nothing is heard any more.
    this.figures = new Float64Array(0);
  }

  hush() {
    this.node?.port.postMessage({ close: true });
    this.node?.disconnect();
    this.awake?.close();
    this.node = this.awake = null;
  }

  close() {
    this.turn += 1;
    this.ended.abort();
    this.shut();
    this.hush();
    this.state = "closed";
  }
}

export const openSpeakers = (device) => new Speakers(device);
export const openMicrophone = (...chosen) => new Microphone(choice(...chosen));
export const choice = (device, echo, noise, gain, mode, reach) => ({ device: device ?? null, echo, noise, gain, mode, reach });
