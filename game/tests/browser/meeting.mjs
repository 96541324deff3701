// A browser and native clients meet in one world: the shipped bundle, a real host, real WebRTC, real keys.
//
// Flow: one host for all tests; each opens a page of its own, acts by keyboard as a person would, and asks the
// other side what it saw: the page by what the client says of itself, a bot by its report.

import assert from "node:assert/strict";
import { test } from "node:test";
import { enter, keep, page, say, stage, start, state, until, walked } from "./support.mjs";

/** A person in a browser is in the world after at most this long, drawing in software. */
const INSIDE_MS = Number(process.env.HOLM_INSIDE_MS ?? 15_000);

const on = stage();

/** Runs a test with a page that is kept as a picture and a log, however it ends. */
function meeting(name, work) {
  test(name, { timeout: 120_000 }, async () => {
    const tab = await page(on.chromium);
    try {
      await work(tab);
    } finally {
      await keep(tab, name);
      await tab.context().close();
    }
  });
}

const bots = (count, seconds, ...more) =>
  start(["bot", "--join", on.world.link, "--count", String(count), "--seconds", String(seconds), "--json", ...more]);

/** The bot as the page sees it; people of earlier tests may still be away with their seats kept. */
const theBot = async (tab) => (await state(tab)).people.find((person) => person.name.startsWith("Bot") && person.seen);

meeting("a_browser_opens_the_link_and_is_in_the_world_in_time", async (tab) => {
  const secs = await enter(tab, on.world.link, INSIDE_MS);
  console.log(`inside after ${secs.toFixed(1)} s`);
  const me = await state(tab);
  assert.ok(me.position.every(Number.isFinite), JSON.stringify(me));
  // Not a blank page: a drawn world has more than a handful of colours.
  const colours = await tab.evaluate(async (png) => {
    const image = new Image();
    image.src = `data:image/png;base64,${png}`;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 36 });
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0, 64, 36);
    const pixels = context.getImageData(0, 0, 64, 36).data;
    const seen = new Set();
    for (let i = 0; i < pixels.length; i += 4) seen.add((pixels[i] >> 3) << 10 | (pixels[i + 1] >> 3) << 5 | pixels[i + 2] >> 3);
    return seen.size;
  }, (await tab.screenshot()).toString("base64"));
  assert.ok(colours > 24, `${colours} colours`);
  assert.deepEqual(tab.lines.filter((line) => /panicked|Content Security Policy/.test(line)), []);
});

meeting("a_person_in_a_browser_walks_and_a_native_guest_sees_it", async (tab) => {
  await enter(tab, on.world.link, 2 * INSIDE_MS);
  const bot = bots(1, 30);
  const mine = (await state(tab)).name;
  await until("the browser sees the bot", 15_000, async () => (await theBot(tab)), () => bot.lines.join("\n"));
  const metres = await walked(tab, "KeyW", 1, 20_000);
  assert.ok(metres > 1, `walked ${metres} m`);
  await bot.done;
  const report = bot.events.at(-1);
  assert.equal(bot.ended, 0, bot.lines.join("\n"));
  // Whoever closed a page of an earlier test is away under the same name, and walks nowhere.
  const seen = report.people.filter((person) => person.name === mine).map((person) => person.walked_metres);
  assert.ok(seen.some((metres) => metres > 0.8), `the bot saw ${JSON.stringify(report.people)}`);
});

meeting("what_is_said_in_a_browser_is_read_by_a_native_guest_and_the_other_way_round", async (tab) => {
  await enter(tab, on.world.link, 2 * INSIDE_MS);
  const bot = bots(1, 40);
  await until("the browser sees the bot", 15_000, async () => (await theBot(tab)), () => bot.lines.join("\n"));
  const words = `good evening from a browser ${Date.now() % 1000}`;
  await say(tab, words);
  await until("one's own words stand in the chat", 10_000, async () => (await state(tab)).chat.some((line) => line.text === words),
    async () => JSON.stringify((await state(tab)).chat));
  const { name } = await theBot(tab);
  await until("the bot's words reach the browser", 20_000, async () => (await state(tab)).chat.some((line) => line.from === name),
    async () => JSON.stringify((await state(tab)).chat));
  await bot.done;
  const report = bot.events.at(-1);
  assert.ok(report.chat.some((line) => line.text === words), JSON.stringify(report.chat));
});

meeting("a_browser_and_eight_bots_walk_in_one_world", async (tab) => {
  await enter(tab, on.world.link, 2 * INSIDE_MS);
  const crowd = bots(8, 25);
  const seen = async () => (await state(tab)).people.filter((person) => person.name.startsWith("Bot") && person.seen);
  const first = await until("the browser sees all eight", 25_000, async () => {
    const now = await seen();
    return now.length >= 8 && now;
  }, async () => `${JSON.stringify((await state(tab)).people)}\n${crowd.lines.join("\n")}`);
  const away = (person, then) => Math.hypot(...person.position.map((x, i) => x - then.position[i]));
  await until("half of them walk", 15_000, async () => {
    const now = await seen();
    return now.filter((person) => first.some((then) => then.name === person.name && away(person, then) > 0.5)).length >= 4;
  }, async () => JSON.stringify(await seen()));
  const metres = await walked(tab, "KeyW", 1, 20_000);
  assert.ok(metres > 1, `walked ${metres} m`);
  await crowd.done;
  assert.equal(crowd.ended, 0, crowd.lines.join("\n"));
  const report = crowd.events.at(-1);
  assert.deepEqual([report.joined, report.stayed], [8, 8], JSON.stringify(report));
  assert.equal((await state(tab)).path, "direct");
});

meeting("a_native_guest_is_seen_walking_in_a_browser_and_gone_when_it_left", async (tab) => {
  await enter(tab, on.world.link, 2 * INSIDE_MS);
  const bot = bots(1, 8);
  const first = await until("the browser sees the bot", 15_000, () => theBot(tab), () => bot.lines.join("\n"));
  await until("the bot moves", 8000, async () => {
    const now = (await state(tab)).people.find((person) => person.name === first.name);
    return now && Math.hypot(...now.position.map((x, i) => x - first.position[i])) > 0.5;
  }, async () => JSON.stringify((await state(tab)).people));
  await bot.done;
  await until("the bot is gone", 10_000, async () => !(await state(tab)).people.some((person) => person.name === first.name));
});
