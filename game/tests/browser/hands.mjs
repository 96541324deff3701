// A browser with a keyboard alone, with a gamepad alone and with fingers on glass alone: each gets from the link
// to a line in the chat. The shipped bundle, a real host.
//
// Flow: one host for all tests; each opens a page of its own as its device would, and asks the client what it says
// of itself. The gamepad is a made-up one behind `navigator.getGamepads`; the glass is Chromium's touch emulation.

import assert from "node:assert/strict";
import { test } from "node:test";
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

/** Puts a gamepad of the standard layout into the page; `hold` says which buttons and axes it has pressed. */
async function plugIn(tab) {
  await tab.addInitScript(() => {
    const pad = {
      id: "Holm test pad (STANDARD GAMEPAD)", index: 0, connected: true, mapping: "standard", timestamp: 0,
      axes: [0, 0, 0, 0],
      buttons: Array.from({ length: 17 }, () => null),
      vibrationActuator: null,
    };
    // What reads pads asks whether they are pads; what is said here stands before what the prototypes say.
    const button = (down) => Object.setPrototypeOf(
      Object.defineProperties({}, Object.fromEntries(Object.entries({ pressed: down, touched: down, value: down ? 1 : 0 })
        .map(([name, value]) => [name, { value, enumerable: true }]))), GamepadButton.prototype);
    const own = Object.fromEntries(Object.entries(pad).map(([name, value]) => [name, { value, writable: true, enumerable: true }]));
    const dressed = Object.setPrototypeOf(Object.defineProperties({}, own), Gamepad.prototype);
    globalThis.__hold = (buttons, axes) => {
      dressed.timestamp = performance.now();
      dressed.axes = axes;
      dressed.buttons = pad.buttons.map((_, index) => button(buttons.includes(index)));
    };
    globalThis.__hold([], [0, 0, 0, 0]);
    navigator.getGamepads = () => [dressed, null, null, null];
    // A pad is told of when its first button is pressed.
    globalThis.__plug = () => {
      const event = new Event("gamepadconnected");
      Object.defineProperty(event, "gamepad", { value: dressed });
      window.dispatchEvent(event);
    };
  });
}

const hold = (tab, buttons, axes = [0, 0, 0, 0]) => tab.evaluate(([buttons, axes]) => globalThis.__hold(buttons, axes), [buttons, axes]);

/** Presses a button of the pad over a frame and lets it go. */
async function tapPad(tab, button) {
  await hold(tab, [button]);
  await frames(tab, 2);
  await hold(tab, []);
  await frames(tab, 2);
}

const [A, START, RIGHT] = [0, 9, 15];

hands("a_gamepad_alone_walks_and_speaks", {}, async (tab) => {
  await plugIn(tab);
  await enter(tab, on.world.link, INSIDE_MS);
  await tab.evaluate(() => globalThis.__plug());
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

const PHONE = {
  width: 740, height: 360, hasTouch: true, isMobile: true,
  userAgent: "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/132.0.0.0 Mobile Safari/537.36",
};

/** Fingers, through the protocol: Playwright's own only taps. */
async function glass(tab) {
  const session = await tab.context().newCDPSession(tab);
  const send = (type, points) => session.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([id, x, y]) => ({ id, x, y })) });
  const tap = async (x, y) => {
    await send("touchStart", [[1, x, y]]);
    await frames(tab, 2);
    await send("touchEnd", []);
    await frames(tab, 2);
  };
  return { send, tap };
}

hands("fingers_on_glass_walk_look_and_speak", PHONE, async (tab) => {
  await enter(tab, on.world.link, INSIDE_MS);
  const { send, tap } = await glass(tab);
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
  await tab.keyboard.type("by fingers", { delay: 40 });
  await frames(tab, 2);
  await tab.keyboard.press("Enter");
  await reads(tab, "by fingers");
});
