// A browser with a keyboard alone, with a gamepad alone and with fingers on glass alone: each gets from the link
// to a line in the chat. The shipped bundle, a real host.
//
// Flow: one host for all tests; each opens a page of its own as its device would, gives a name at the door with it, and
// asks the client what it says of itself. Nothing but that device (`devices.mjs`) is touched on the way.

import assert from "node:assert/strict";
import { test } from "node:test";
import { A, PHONE, RIGHT, START, byFinger, byPad, glass, hold, plugIn, tapPad } from "./devices.mjs";
import { enter, frames, keep, page, press, stage, state, until, walked } from "./support.mjs";

const INSIDE_MS = 2 * Number(process.env.HOLM_INSIDE_MS ?? 15_000);
const on = stage();

/** A test with a page of its own kind, kept as a picture and a log, however it ends. */
function hands(name, options, work) {
  test(name, { timeout: 150_000 }, async () => {
    const tab = await page(on.chromium, options);
    try {
      await work(tab);
    } finally {
      await keep(tab, name);
      await tab.context().close();
    }
  });
}

const reads = (tab, words) => until(`"${words}" stands in the chat`, 20_000,
  async () => (await state(tab)).chat.some((line) => line.text === words),
  async () => JSON.stringify(await state(tab)));

hands("a_keyboard_alone_walks_looks_and_speaks", {}, async (tab) => {
  await enter(tab, on.world.link, INSIDE_MS);
  assert.ok((await walked(tab, "KeyW", 0.5, 20_000)) > 0.5);
  await press(tab, "Enter");
  await tab.keyboard.type("by keys alone", { delay: 30 });
  await frames(tab, 2);
  await press(tab, "Enter");
  await reads(tab, "by keys alone");
  // Escape goes one step back, and only one.
  await press(tab, "Escape");
  await press(tab, "Escape");
  assert.ok((await walked(tab, "KeyS", 0.3, 20_000)) > 0.3);
});

hands("a_gamepad_alone_walks_and_speaks", {}, async (tab) => {
  await plugIn(tab);
  await enter(tab, on.world.link, INSIDE_MS, "Ada", byPad);
  assert.equal((await state(tab)).name, "Ada");
  const before = (await state(tab)).position;
  await hold(tab, [], [0, -1, 0, 0]);
  await until("the stick walks", 20_000, async () => {
    const now = (await state(tab)).position;
    return Math.hypot(now[0] - before[0], now[2] - before[2]) > 0.5;
  }, async () => JSON.stringify(await state(tab)));
  await hold(tab, []);
  // Chat, its field's letters, q w e, and off it goes.
  await tapPad(tab, RIGHT);
  await tapPad(tab, A);
  for (const step of [A, RIGHT, A, RIGHT, A, START]) await tapPad(tab, step);
  await reads(tab, "qwe");
});

hands("fingers_on_glass_walk_look_and_speak", PHONE, async (tab) => {
  const { send, tap, ...fingers } = await glass(tab);
  await enter(tab, on.world.link, INSIDE_MS, "Ada", byFinger({ tap, ...fingers }));
  assert.equal((await state(tab)).name, "Ada");
  // The first touch brings the buttons.
  await tap(370, 180);
  const before = (await state(tab)).position;
  await send("touchStart", [[1, 140, 260]]);
  await send("touchMove", [[1, 140, 200]]);
  await frames(tab, 1);
  // The other thumb looks at the same time.
  await send("touchStart", [[1, 140, 200], [2, 500, 150]]);
  await send("touchMove", [[1, 140, 200], [2, 540, 150]]);
  await until("the stick walks", 20_000, async () => {
    const now = (await state(tab)).position;
    return Math.hypot(now[0] - before[0], now[2] - before[2]) > 0.5;
  }, async () => JSON.stringify(await state(tab)));
  await send("touchEnd", []);
  await frames(tab, 2);
  // Chat is the third from the right at the top (`touch/rules.rs`).
  const top = 18 + 23;
  await tap(740 - top - 2 * (46 + 12), top);
  await frames(tab, 3);
  await until("the phone's keyboard is lent", 10_000,
    () => tab.evaluate(() => document.activeElement?.id === "egui_text_agent"),
    () => tab.evaluate(() => document.activeElement?.outerHTML ?? "nothing"));
  // Whoever takes it away while somebody types (bevy_egui does, when a finger lifts in the frame after) lends it again.
  await tab.evaluate(() => {
    const field = document.getElementById("egui_text_agent");
    field.blur();
    field.hidden = true;
  });
  await until("the phone's keyboard is lent again", 10_000,
    () => tab.evaluate(() => document.activeElement?.id === "egui_text_agent"));
  await fingers.write("by fingers");
  await fingers.enter();
  await reads(tab, "by fingers");
});
