// A page talks and hears: the shipped bundle with the browser's own (fake) microphone, a real host, a bot with a file instead
// of a microphone and a file instead of speakers.
//
// The page is one that nobody looks at: people talk on behind another tab, and what draws in software has too few frames
// to carry a voice in time.
//
// Flow: a sweep each second goes in at one end (the browser reads it from a file as its microphone, or the bot says it) and
// is looked for at the other by correlation, together with when it came. What the page hears is taken from what goes to its
// speakers.
// Invariant: nothing is looked for whose opposite is not looked for, too: a sweep backwards is found nowhere.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { browser, enter, host, keep, page, press, sleep, start, state, until } from "./support.mjs";

const RATE_HZ = 48_000;
/** From the one to the other in half a second; silence until a second is over. */
const [FROM_HZ, TO_HZ, SWEEP_SECS, EVERY_SECS] = [400, 1600, 0.5, 1];
/** What is compared is thinner: nothing in it is higher than 1.6 kHz. */
const THIN = 8;

const phase = (secs) => 2 * Math.PI * (FROM_HZ * secs + ((TO_HZ - FROM_HZ) * secs * secs) / (2 * SWEEP_SECS));

/** A WAV file of 16 bits and one channel with so many seconds of it. */
function spoken(seconds) {
  const samples = new Int16Array(seconds * RATE_HZ).map((_, at) => {
    const secs = (at / RATE_HZ) % EVERY_SECS;
    const edge = Math.min(Math.max(Math.min(secs, SWEEP_SECS - secs) / 0.02, 0), 1);
    return Math.sin(phase(secs)) * edge * 12_000;
  });
  const wav = Buffer.alloc(44 + samples.length * 2);
  wav.write("RIFF", 0);
  wav.writeUInt32LE(36 + samples.length * 2, 4);
  wav.write("WAVEfmt ", 8);
  [[16, 4], [1, 2], [1, 2], [RATE_HZ, 4], [RATE_HZ * 2, 4], [2, 2], [16, 2]].reduce((at, [value, bytes]) => wav.writeUIntLE(value, at, bytes), 16);
  wav.write("data", 36);
  wav.writeUInt32LE(samples.length * 2, 40);
  Buffer.from(samples.buffer).copy(wav, 44);
  return wav;
}

const thin = (samples) => Float32Array.from({ length: Math.floor(samples.length / THIN) }, (_, at) => {
  let sum = 0;
  for (let i = at * THIN; i < (at + 1) * THIN; i += 1) sum += samples[i];
  return sum / THIN;
});

/** How much like the middle of the sweep it sounds where it does most, in each second, 0 to 1; and where that sweep begins, seconds. */
function found(heard, backwards = false) {
  const rate = RATE_HZ / THIN;
  const [from, length] = [SWEEP_SECS / 4, Math.floor((SWEEP_SECS / 2) * rate)];
  const template = (turn) => {
    const part = Float32Array.from({ length }, (_, at) => Math.sin(phase(from + at / rate) + turn));
    return backwards ? part.reverse() : part;
  };
  const [sine, cosine] = [template(0), template(Math.PI / 2)];
  const power = sine.reduce((sum, x) => sum + x * x, 0);
  const best = [];
  for (let at = 0; at + length <= heard.length; at += 1) {
    const second = Math.floor(at / rate);
    let [a, b, energy] = [0, 0, 0];
    for (let i = 0; i < length; i += 1) {
      const x = heard[at + i];
      a += x * sine[i];
      b += x * cosine[i];
      energy += x * x;
    }
    // What is all but silent is like nothing.
    const alike = energy < length * 1e-7 ? 0 : Math.hypot(a, b) / Math.sqrt(energy * power);
    if (!best[second] || alike > best[second].alike) best[second] = { alike, at: at / rate - from };
  }
  return best;
}

/** The sweeps that are clear, and that the other way round there is none. */
function sweeps(samples) {
  const heard = thin(samples);
  const clear = found(heard).filter(({ alike }) => alike >= 0.6);
  const others = found(heard, true).filter(({ alike }) => alike >= 0.4);
  assert.deepEqual(others, [], "a sweep backwards is heard");
  return clear.map(({ at }) => at);
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** How long after each second something was heard, milliseconds, the median: sweeps begin with whole seconds after `said_ms`. */
function late(heard_ms, said_ms) {
  return median(heard_ms.map((at) => (((at - said_ms) % 1000) + 1000) % 1000));
}

/** In the page, before it begins: what goes to the speakers is taken down, with when. */
function tap() {
  const recorder = `registerProcessor("tap", class extends AudioWorkletProcessor {
    constructor() { super(); this.block = new Float32Array(4096); this.size = 0; this.from = 0; }
    process([[samples]]) {
      if (!this.size) this.from = currentFrame;
      this.block.set(samples ?? new Float32Array(128), this.size);
      this.size += 128;
      if (this.size === 4096) { this.port.postMessage({ from: this.from, block: this.block.slice() }); this.size = 0; }
      return true;
    }
  })`;
  const module = URL.createObjectURL(new Blob([recorder], { type: "text/javascript" }));
  const taps = (globalThis.__taps = {});
  const connect = AudioNode.prototype.connect;
  const begin = async (name, context, node) => {
    const tap = (taps[name] ??= { blocks: [], rate: context.sampleRate, ahead: -Infinity });
    tap.inputs = [...(tap.inputs ?? []), node];
    if (tap.inputs.length > 1) {
      if (tap.node) connect.call(node, tap.node);
      return;
    }
    await context.audioWorklet.addModule(module);
    tap.node = new AudioWorkletNode(context, "tap", { channelCount: 1, channelCountMode: "explicit", numberOfOutputs: 1 });
    tap.node.port.onmessage = ({ data }) => tap.blocks.push(data);
    // The context's clock goes in steps; when it is farthest ahead it is right.
    setInterval(() => {
      if (context.state === "running") tap.ahead = Math.max(tap.ahead, context.currentTime * 1000 - (performance.timeOrigin + performance.now()));
    }, 7);
    for (const input of tap.inputs) connect.call(input, tap.node);
    const silent = new GainNode(context, { gain: 0 });
    connect.call(tap.node, silent);
    connect.call(silent, context.destination);
  };
  AudioNode.prototype.connect = function (to, ...more) {
    if (to instanceof AudioDestinationNode && this instanceof GainNode) void begin("speakers", this.context, this);
    return connect.call(this, to, ...more);
  };
}

/** What a tap took down: samples at 48 kHz, and when the first was, milliseconds since 1970. */
async function taken(tab, name) {
  const { rate, ahead, from, samples } = await tab.evaluate((name) => {
    const tap = globalThis.__taps[name];
    const all = new Float32Array(tap.blocks.length * 4096);
    tap.blocks.forEach(({ block }, at) => all.set(block, at * 4096));
    const bytes = new Uint8Array(new Int16Array(all.map((x) => Math.min(Math.max(x, -1), 1) * 32_767)).buffer);
    let text = "";
    for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
    return { rate: tap.rate, ahead: tap.ahead, from: tap.blocks[0]?.from ?? 0, samples: btoa(text) };
  }, name);
  assert.equal(rate, RATE_HZ);
  const bytes = Buffer.from(samples, "base64");
  return {
    from_ms: (from / rate) * 1000 - ahead,
    samples: Float32Array.from({ length: bytes.length / 2 }, (_, at) => bytes.readInt16LE(at * 2) / 32_768),
  };
}

const recorded = (path) => {
  const wav = readFileSync(path);
  return Float32Array.from({ length: (wav.length - 44) / 2 }, (_, at) => wav.readInt16LE(44 + at * 2) / 32_768);
};

const on = {};

before(async () => {
  on.folder = mkdtempSync(join(tmpdir(), "holm-voice-"));
  on.say = join(on.folder, "say.wav");
  writeFileSync(on.say, spoken(10));
  on.world = await host();
  on.chromium = await browser(
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    `--use-file-for-fake-audio-capture=${on.say}`,
    "--autoplay-policy=no-user-gesture-required",
  );
});

after(async () => {
  await on.chromium?.close();
  await on.world?.stop();
  rmSync(on.folder, { recursive: true, force: true });
});

/** Runs a test with a small page, whose frames are many, kept as a picture and a log however it ends. */
function voices(name, work) {
  test(name, { timeout: 180_000 }, async () => {
    const tab = await page(on.chromium, { width: 320, height: 180, bypassCSP: true, permissions: ["microphone"] });
    await tab.addInitScript(tap);
    // A sweep is what a browser takes for noise.
    await tab.addInitScript(() => localStorage.setItem("holm/settings.ron", "(version: 1, voice: (without_noise: false, without_echo: false, automatic_gain: false))"));
    try {
      await enter(tab, on.world.link, 60_000);
      await work(tab);
    } finally {
      await keep(tab, name);
      await tab.context().close();
    }
  });
}

/** From here on the page believes that it is behind another one. */
async function lookAway(tab) {
  await tab.evaluate(() => {
    Object.defineProperty(document, "hidden", { get: () => true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
}

const bot = (...more) => start(["bot", "--join", on.world.link, "--count", "1", "--json", "--quiet", ...more]);

voices("what_a_native_guest_says_is_heard_in_a_browser", async (tab) => {
  const talker = bot("--seconds", "25", "--say", on.say);
  await until("the bot is seen to talk", 40_000, async () => (await state(tab)).people.some((person) => person.speaking), () => talker.lines.join("\n"));
  await lookAway(tab);
  await sleep(14_000);
  const ears = await taken(tab, "speakers");
  const heard = sweeps(ears.samples);
  assert.ok(heard.length >= 3, `${heard.length} sweeps: ${heard}`);
  assert.equal(await talker.done, 0, talker.lines.join("\n"));
  const { began_unix_ms } = talker.events.at(-1).voice;
  const delay = late(heard.map((at) => ears.from_ms + at * 1000), began_unix_ms);
  console.log(`from a bot's mouth to a page's speakers: ${delay.toFixed(0)} ms`);
});

voices("what_is_said_into_a_browsers_microphone_a_native_guest_hears", async (tab) => {
  const before = await state(tab);
  assert.equal(before.microphone, "off", "nothing is opened unasked");
  const record = join(on.folder, "heard.wav");
  const listener = bot("--seconds", "25", "--record", record);
  await until("the bot is seen", 20_000, async () => (await state(tab)).people.some((person) => person.seen), () => listener.lines.join("\n"));
  await press(tab, "KeyM");
  await until("the microphone is open", 20_000, async () => (await state(tab)).microphone === "open", async () => `${JSON.stringify(await state(tab))} ${tab.lines.slice(-9)}`);
  await lookAway(tab);
  assert.equal(await listener.done, 0, listener.lines.join("\n"));
  const report = listener.events.at(-1);
  assert.ok(report.voice.heard > 200, JSON.stringify(report.voice));
  const heard = sweeps(recorded(record));
  // What sounds the same again and again is taken for noise after a while, and not sent: some are enough.
  assert.ok(heard.length >= 2, `${heard.length} sweeps: ${heard}`);
});

test("who_refuses_the_microphone_hears_all_the_same", { timeout: 120_000 }, async () => {
  const refusing = await browser("--deny-permission-prompts", "--autoplay-policy=no-user-gesture-required");
  const tab = await page(refusing, { width: 320, height: 180 });
  try {
    await enter(tab, on.world.link, 60_000);
    await press(tab, "KeyM");
    await until("it is said that there is no microphone", 20_000, async () => (await state(tab)).microphone === "failed", async () => JSON.stringify(await state(tab)));
    const talker = bot("--seconds", "12", "--say", on.say);
    await until("the bot is seen to talk", 40_000, async () => (await state(tab)).people.some((person) => person.speaking), () => talker.lines.join("\n"));
    await talker.done;
  } finally {
    await keep(tab, "who_refuses_the_microphone_hears_all_the_same");
    await refusing.close();
  }
});
