// Voice in a page, without the world around it: what a microphone hears goes through the audio thread's module, back into
// a lane of the speakers, and is recorded where the speakers would sound.
//
// The bundle's own files are loaded by a page of our own, under a host's policy. The microphone is Chromium's pretended one,
// which plays a file: the speech that the codec is tested with (`net/voice/tests/codec`), decoded by the module itself.
// Delays and loudness are measured, said, and held only to what no machine may exceed.

import assert from "node:assert/strict";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { serve } from "./serve.mjs";
import { browser, out, until, watched } from "./support.mjs";

const RATE_HZ = 48_000;
const COARSE = 6;
/** As `net/rendezvous/src/web.rs` has it, as far as it matters here. */
const HEADERS = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; connect-src 'self'; media-src 'self' data: blob:",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};
/** Open, while a key is held, muted (`game/audio/worklet/src/microphone.rs`). */
const [OPEN, , MUTED] = [0, 1, 2];

let server, chromium, speech;

/** What the module makes of the frames that the codec is tested with: samples of a voice. */
function decoded(module) {
  const voice = new WebAssembly.Instance(module, {}).exports;
  const lanes = voice.lanes_new();
  const path = join(dirname(fileURLToPath(import.meta.url)), "../../../net/voice/tests/codec/man.frames");
  const bytes = readFileSync(path);
  const samples = [];
  let [at, sequence] = [0, 0];
  for (let now = 0; now < 4.2 * RATE_HZ; now += 128) {
    if (now >= sequence * 960 && at < bytes.length) {
      const frame = bytes.subarray(at + 1, at + 1 + bytes[at]);
      new Uint8Array(voice.memory.buffer, voice.lanes_payload(lanes), frame.length).set(frame);
      voice.lanes_put(lanes, 0, sequence, sequence === 0 ? 1 : 0, frame.length, now);
      at += 1 + frame.length;
      sequence += 1;
    }
    const sounds = voice.lanes_play(lanes, 128, now);
    samples.push(...(sounds & 1 ? new Float32Array(voice.memory.buffer, voice.lanes_out(lanes), 128) : new Float32Array(128)));
  }
  return Float32Array.from(samples);
}

/** Sixteen bits, one channel. */
function wav(samples) {
  const head = Buffer.from("RIFF....WAVEfmt \x10\0\0\0\x01\0\x01\0................data....", "latin1");
  const words = [[4, 36 + samples.length * 2], [24, RATE_HZ], [28, RATE_HZ * 2], [32, 2 | 16 << 16], [40, samples.length * 2]];
  for (const [at, word] of words) head.writeUInt32LE(word, at);
  const body = Buffer.alloc(samples.length * 2);
  samples.forEach((sample, at) => body.writeInt16LE(Math.round(Math.min(Math.max(sample, -1), 1) * 32767), at * 2));
  return Buffer.concat([head.subarray(0, 36), Buffer.from("data"), head.subarray(40, 44), body]);
}

before(async () => {
  const web = process.env.HOLM_WEB;
  server = await serve(web);
  const voice = readdirSync(web).find((name) => /^voice-[0-9a-f]{16}\.wasm$/.test(name));
  speech = decoded(new WebAssembly.Module(readFileSync(join(web, voice))));
  writeFileSync(join(out, "voice.wav"), wav(speech));
  chromium = await browser(
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    `--use-file-for-fake-audio-capture=${join(out, "voice.wav")}`,
  );
});

after(async () => {
  await chromium?.close();
  await server?.stop();
});

/** A page of the bundle's origin, with the bundle's `audio.js` at `sound`. */
async function open(permissions = ["microphone"]) {
  const context = await chromium.newContext({ permissions });
  const tab = watched(await context.newPage());
  await tab.route("**/voice.html", (route) => route.fulfill({ headers: HEADERS, body: "<!doctype html><button>x</button>" }));
  await tab.goto(`${server.origin}voice.html`);
  await tab.click("button"); // a gesture: browsers let nothing sound before one
  const { first } = JSON.parse(readFileSync(join(server.folder, "boot.json"), "utf8"));
  const audio = first.find((name) => /^audio-/.test(name));
  await tab.evaluate(async (audio) => { globalThis.sound = await import(audio); }, `./${audio}`);
  return tab;
}

/** The page's microphone, once it is open. */
async function opened(tab, mode) {
  await tab.evaluate((mode) => { globalThis.mic = sound.openMicrophone(null, false, false, true, mode, 0); }, mode);
  await until("the microphone is open", 20_000, () => tab.evaluate(() => mic.state === "open"), () => tab.evaluate(() => `${mic.state} ${mic.trouble}`));
}

/** Speakers, once the audio thread runs. */
async function heard(tab) {
  await tab.evaluate(() => { globalThis.ears = sound.openSpeakers(null); });
  await until("the lanes are there", 20_000, () => tab.evaluate(() => Boolean(ears.node) && ears.runs), () => tab.lines.join("\n"));
}

/** Every sixth sample, of the six around it: all of a voice that matters for comparing, and quick. */
const coarse = (samples) => Float32Array.from({ length: Math.floor(samples.length / COARSE) }, (_, at) => samples.slice(at * COARSE, (at + 1) * COARSE).reduce((sum, sample) => sum + sample, 0) / COARSE);

/** How far a piece of `whole` is behind the most alike piece of `said` before it, seconds, and how alike, −1 to 1. */
function alike(said, whole, from, length, most) {
  const piece = whole.subarray(from, from + length);
  const energy = (samples) => samples.reduce((sum, sample) => sum + sample * sample, 0);
  const norm = energy(piece);
  let best = { alike: -1, secs: 0 };
  for (let lag = 0; lag <= Math.min(most, from); lag += 1) {
    const other = said.subarray(from - lag, from - lag + length);
    let sum = 0;
    for (let at = 0; at < length; at += 1) sum += piece[at] * other[at];
    const like = sum / Math.sqrt(norm * energy(other) + 1e-9);
    if (like > best.alike) best = { alike: like, secs: lag * COARSE / RATE_HZ };
  }
  return { ...best, rms: Math.sqrt(norm / length) };
}

/**
 * Lets the microphone's frames go into lane 0 and records both for so many seconds, at the same clock: what the microphone
 * heard, and what the speakers would sound. `busy`: the page does nothing else for so long, again and again.
 */
function looped(tab, secs, busy) {
  return tab.evaluate(async ({ secs, busy }) => {
    const { context } = ears;
    ears.assign(0, 1);
    ears.place(0, NaN, 0, 0, 1, 20_000);
    const record = (rate) => ({ rate, samples: [] });
    const tracks = [record(context.sampleRate), record(context.sampleRate)];
    // One recorder for both: two channels of one node have one clock.
    const merger = new ChannelMergerNode(context, { numberOfInputs: 2 });
    new MediaStreamAudioSourceNode(context, { mediaStream: mic.stream }).connect(merger, 0, 0);
    ears.groups[0].connect(merger, 0, 1);
    const recorder = context.createScriptProcessor(16384, 2, 1);
    merger.connect(recorder).connect(context.destination);
    recorder.onaudioprocess = ({ inputBuffer }) => tracks.forEach((track, at) => track.samples.push(inputBuffer.getChannelData(at).slice()));
    const end = performance.now() + secs * 1000;
    let [sent, last, report] = [0, null, null];
    while (performance.now() < end) {
      for (let chunk of mic.frames()) {
        while (chunk.length) {
          const [low, high, facts, , length] = chunk;
          ears.put(0, low | high << 8, Boolean(facts >> 2 & 1), chunk.subarray(5, 5 + length));
          chunk = chunk.subarray(5 + length);
          sent += 1;
        }
      }
      report = ears.report() ?? report;
      last = mic.report() ?? last;
      const idle = performance.now() + busy;
      while (performance.now() < idle) { /* a frame that takes long */ }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    recorder.disconnect();
    const join = ({ samples }) => Array.from(samples.flatMap((part) => Array.from(part)), (sample) => Math.round(sample * 32767));
    return { rate: context.sampleRate, said: join(tracks[0]), played: join(tracks[1]), sent, meter: [...last], report: [...report.slice(0, 13)], troubles: ears.troubles };
  }, { secs, busy });
}

/** What must come out of it, whatever the machine: the same speech, later by less than half a second. */
function isHeard(name, { rate, said, played, sent, meter, report, troubles }) {
  assert.equal(rate, RATE_HZ);
  assert.deepEqual(troubles, []);
  const [before, after] = [said, played].map((samples) => coarse(samples.map((sample) => sample / 32767)));
  assert.ok(sent > 50, `${sent} frames were sent`);
  // Pieces of a third of a second; in pauses nothing is alike.
  const hz = RATE_HZ / COARSE;
  const length = Math.floor(hz / 3);
  const pieces = [];
  for (let from = hz; from + length < after.length; from += length) pieces.push(alike(before, after, from, length, hz / 2));
  const loud = pieces.filter(({ rms }) => rms > 0.02);
  const best = loud.map(({ alike }) => alike).sort((a, b) => b - a);
  const middle = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
  const [, speaking, level, target, delay, received, lost, , concealed] = report;
  console.log(`${name}: ${loud.length} pieces, alike ${middle(best).toFixed(2)} (best ${best[0]?.toFixed(2)}), ${Math.round(1000 * middle(loud.map(({ secs }) => secs)))} ms later; `
    + `lane: waits ${delay.toFixed(0)} of ${target.toFixed(0)} ms, ${received} received, ${lost} lost, ${concealed} made up, level ${level.toFixed(3)}; microphone: level ${meter[0]}, ${meter[2].toFixed(1)} dB`);
  assert.ok(loud.length >= 4, `${loud.length} pieces are loud: ${JSON.stringify(pieces)}`);
  // The codec keeps the wave's form, the loudness is evened: most of each piece is the same one.
  assert.ok(middle(best) > 0.6 && best[0] > 0.8, `${best}`);
  assert.ok(speaking === 0 || speaking === 1);
  assert.ok(received > 40 && lost / received < 0.1, `${received} received, ${lost} lost`);
}

test("what_a_microphone_hears_is_heard_in_a_lane", async () => {
  const tab = await open();
  await opened(tab, OPEN);
  assert.match(await tab.evaluate(() => mic.name), /./, "it is called something");
  await heard(tab);
  isHeard("idle page", await looped(tab, 8, 0));
  const devices = await tab.evaluate(() => { sound.devices(); return new Promise((resolve) => { setTimeout(() => resolve(sound.devices()), 500); }); });
  assert.ok(devices.includes("audioinput"), `${devices}`);
  assert.deepEqual(tab.lines.filter((line) => /Content Security Policy|error/i.test(line)), []);
  await tab.context().close();
});

test("a_page_whose_frames_take_long_is_heard_all_the_same", async () => {
  const tab = await open();
  await opened(tab, OPEN);
  await heard(tab);
  isHeard("page of 80 ms a frame", await looped(tab, 8, 80));
  await tab.context().close();
});

test("a_muted_microphone_sends_nothing_and_what_is_closed_lets_the_device_go", async () => {
  const tab = await open();
  await opened(tab, MUTED);
  // It hears and shows it, and sends nothing.
  await until("it hears", 10_000, () => tab.evaluate(() => (mic.report()?.[1] ?? 0) > 0.05));
  assert.equal(await tab.evaluate(() => mic.frames().length), 0);
  await tab.evaluate(() => mic.set(sound.choice(null, false, false, true, 0, 0)));
  await until("it sends", 10_000, () => tab.evaluate(() => mic.frames().length > 0));
  // Muted for long it rests: the browser may put its light out.
  await tab.evaluate(() => {
    mic.set(sound.choice(null, false, false, true, 2, 0));
    mic.mutedSince -= 11_000;
    mic.tick();
  });
  assert.equal(await tab.evaluate(() => mic.track.enabled), false);
  await tab.evaluate(() => mic.set(sound.choice(null, false, false, true, 0, 0)));
  assert.equal(await tab.evaluate(() => mic.track.enabled), true);
  const closed = await tab.evaluate(async () => {
    const { track, awake } = mic;
    mic.close();
    await new Promise((resolve) => setTimeout(resolve, 300));
    return [track.readyState, awake.context.state, mic.frames().length];
  });
  assert.deepEqual(closed, ["ended", "closed", 0]);
  await tab.context().close();
});

test("who_allows_no_microphone_is_told_so_and_listens_all_the_same", async () => {
  const tab = await open();
  await tab.evaluate(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", "NotAllowedError"));
    globalThis.mic = sound.openMicrophone(null, true, true, true, 0, 0);
  });
  await until("it failed", 10_000, () => tab.evaluate(() => mic.state === "failed"));
  assert.equal(await tab.evaluate(() => mic.trouble), "NotAllowed");
  await heard(tab);
  // Once it is allowed, asking again opens it.
  await tab.evaluate(() => {
    delete navigator.mediaDevices.getUserMedia;
    mic.retry();
  });
  await until("it is open", 20_000, () => tab.evaluate(() => mic.state === "open"));
  await tab.context().close();
});

test("whatever_comes_by_the_port_the_other_lanes_go_on", async () => {
  const tab = await open();
  await opened(tab, OPEN);
  await heard(tab);
  await tab.evaluate(() => {
    const odd = [null, 7, "x", [], {}, { lane: -1, owner: 3 }, { lane: 99, bytes: new Uint8Array(4) }, { lane: 1, bytes: "x" }, { lane: 1, bytes: new Uint8Array(9999), sequence: 1 },
      { lane: 2, sequence: NaN, begins: {}, bytes: new Uint8Array(250).fill(255) }, { lane: 0.5, owner: NaN }];
    for (const message of odd) ears.node.port.postMessage(message);
    for (let at = 0; at < 2000; at += 1) ears.put(3, at * 7919 & 0xffff, at % 2 === 0, crypto.getRandomValues(new Uint8Array(1 + at % 250)));
    for (const message of [null, 7, { set: [1e99, -1, "x"] }, { adapt: [NaN] }, { hold: {} }]) mic.node.port.postMessage(message);
    mic.set(mic.chosen);
  });
  isHeard("after garbage", await looped(tab, 6, 0));
  await tab.context().close();
});

test("a_sound_is_heard_where_it_is_and_a_loop_until_it_is_ended", async () => {
  const tab = await open();
  await heard(tab);
  const loudness = await tab.evaluate(async () => {
    const { context } = ears;
    const splitter = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
    ears.groups[1].connect(splitter);
    const ends = [0, 1].map((side) => {
      const analyser = new AnalyserNode(context, { fftSize: 16384 });
      splitter.connect(analyser, side);
      return analyser;
    });
    const measure = () => ends.map((analyser) => {
      const samples = new Float32Array(analyser.fftSize);
      analyser.getFloatTimeDomainData(samples);
      return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
    });
    const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const tone = (hz) => ears.buffer(24_000, Float32Array.from({ length: 24_000 }, (_, at) => 0.5 * Math.sin(2 * Math.PI * hz * at / 24_000)));
    ears.listen(0, 0, 0, 0, 0, -1, 0, 1, 0);
    const [low, high] = [tone(300), tone(4000)];
    const results = {};
    ears.loop(1, low, 1, 5, 0, 0, 1, 20_000);
    await wait(900);
    results.right = measure();
    ears.loop(1, low, 1, -5, 0, 0, 1, 20_000);
    await wait(900);
    results.left = measure();
    ears.loop(1, high, 1, -5, 0, 0, 1, 500);
    await wait(1200);
    results.dull = measure();
    ears.loop(1, null, 1, NaN, 0, 0, 1, 20_000);
    await wait(1200);
    results.ended = measure();
    results.sounds = ears.sounds.size;
    ears.play(low, 1, 2, NaN, 0, 0, 0.5, 20_000);
    await wait(450);
    results.once = measure();
    await wait(1200);
    results.after = measure();
    results.left_over = ears.sounds.size;
    return results;
  });
  console.log(JSON.stringify(loudness));
  const { right, left, dull, ended, once, after } = loudness;
  assert.ok(right[1] > 3 * right[0] && right[1] > 0.1, "to the right");
  assert.ok(left[0] > 3 * left[1] && left[0] > 0.1, "to the left");
  assert.ok(dull[0] < left[0] / 10, "what is high is taken out");
  assert.ok(ended[0] === 0 && ended[1] === 0, "a loop that ended is silent");
  assert.ok(once[0] > 0.05 && Math.abs(once[0] - once[1]) < 0.01, "as loud in both ears");
  assert.ok(after[0] === 0, "once is once");
  assert.equal(loudness.sounds + loudness.left_over, 0, "nothing is left of what ended");
  await tab.context().close();
});
