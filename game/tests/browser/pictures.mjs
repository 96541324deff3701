// What a browser shows, as pictures to look at: the door, the worlds, a crowd and an avatar that was brought, at a desk
// and on a telephone. For `cargo xtask shots --browser`; they are not compared, for people in them walk about.
//
// Flow: a real host for each world, real bots in it, the bundle in Chromium as somebody has it who is not there for the
// first time, until everybody is drawn, `HOLM_OUT/NAME.jpg`.
// Invariant: a lost link or somebody missing is an error and no picture.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PHONE as LYING } from "./devices.mjs";
import { browser, enter, frames, host, out, page, press, say, start, state, until } from "./support.mjs";

const INSIDE_MS = 90_000;
const DESK = { width: 960, height: 540 };
const PHONE = { ...LYING, width: 390, height: 844 };
const ISLANDER = new URL("../avatars/islander.vrm", import.meta.url).pathname;

const only = process.argv[2];
const chromium = await browser();

/** Whoever has the guided walk behind them and draws without a graphics card, as Holm would begin with on its own. */
const SETTINGS = "(guide: false, shadows: false, smooth_edges: false, fine_light: false)";

/** The link is whole and all the others are where they are drawn. */
const together = (tab, count) => until(`${count} others are there`, INSIDE_MS, async () => {
  const { phase, people } = await state(tab);
  return phase === "inside" && people.length === count && people.every(({ seen }) => seen);
}, async () => JSON.stringify(await state(tab)));

async function keep(tab, name) {
  const picture = await tab.screenshot({ type: "jpeg", quality: 85 });
  const phase = (await state(tab))?.phase ?? "inside"; // before there is a program the door is the picture
  if (phase !== "inside") throw new Error(`the link is ${phase}`);
  writeFileSync(join(out, `${name}.jpg`), picture);
  console.log(name);
}

/** One world with so many bots; `pictures` is done in it: name, kind of page, what happens before the picture. */
async function inWorld(args, count, pictures) {
  const wanted = pictures.filter(([name]) => !only || only === name);
  if (wanted.length === 0) return;
  const world = await host(...args);
  const bots = count ? start(["bot", "--join", world.link, "--count", String(count), "--seconds", "900", "--json"]) : null;
  try {
    for (const [name, options, act] of wanted) {
      rmSync(join(out, `${name}.jpg`), { force: true });
      const tab = await page(chromium, options);
      try {
        await tab.addInitScript((settings) => localStorage.setItem("holm/settings.ron", settings), SETTINGS);
        await act(tab, world, count);
        await keep(tab, name);
      } catch (error) {
        throw new Error(`${name}: ${error.message}\n${tab.lines.slice(-20).join("\n")}`);
      } finally {
        await tab.context().close();
      }
    }
  } finally {
    await bots?.stop();
    await world.stop();
  }
}

const inside = (more = async () => {}) => async (tab, world, count) => {
  await enter(tab, world.link, INSIDE_MS, "Mei");
  await together(tab, count);
  await frames(tab, 8);
  await more(tab);
  await frames(tab, 6);
  await together(tab, count);
};

/** The admin page, once everybody is on it. */
const admin = async (tab, world) => {
  await tab.goto(world.admin);
  await until("everybody is on the page", 40_000, async () => (await tab.locator("#persons li").count()) === 4);
  await until("they are linked", 20_000, async () => /direct, \d+/.test(await tab.locator("#persons").textContent()));
};

const worn = async (tab) => {
  await tab.locator("#chooser").setInputFiles(ISLANDER);
  await until("it is worn", 60_000, async () => (await state(tab)).wears === "file", async () => JSON.stringify(await state(tab)));
  await press(tab, "Escape");
  await frames(tab, 4);
  await press(tab, "KeyG");
};

const atTheDoor = async (tab, world) => {
  await tab.route("**/*.wasm", () => {}); // on its way
  await tab.goto(world.link);
  await until("who is there", 20_000, async () => /\d/.test(await tab.locator("#people").textContent()));
};

try {
  await inWorld([], 8, [
    ["door-phone", PHONE, atTheDoor],
    ["door-desk-ar", { ...DESK, locale: "ar" }, atTheDoor],
    ["harbour", DESK, inside((tab) => say(tab, "I only had to open the link!"))],
    ["harbour-ar", { ...DESK, locale: "ar" }, inside()],
    ["harbour-phone", PHONE, inside()],
    ["avatar", DESK, inside(worn)],
  ]);
  await inWorld(["--moment", "1"], 0, [["harbour-day", DESK, inside()]]);
  await inWorld(["--world", "quiet-room"], 3, [["quiet-room", DESK, inside()]]);
  await inWorld(["--admin", "0", "--room", "Our quay"], 4, [["admin", { width: 1280, height: 720 }, admin], ["admin-phone", PHONE, admin]]);
  await inWorld(["--world", "hall", "--max", "64"], 49, [["hall-50", DESK, inside()]]);
} finally {
  await chromium.close();
}
