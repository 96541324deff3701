// A gamepad and fingers for a page: made-up devices with which a test does what a person does who has nothing else.
//
// The gamepad stands behind `navigator.getGamepads`; the glass is Chromium's touch emulation, and its keyboard sends
// what a phone's does: pieces of a word that it may still change, then the word, and no keys but Enter.

import { frames, state, until } from "./support.mjs";

/** Buttons of the standard layout. */
export const [A, B, X, START, UP, DOWN, LEFT, RIGHT] = [0, 1, 2, 9, 12, 13, 14, 15];

/** Until the page has looked at its devices: the door does at every frame, the program at some. */
async function seen(tab) {
  if (await state(tab)) return frames(tab, 2);
  await tab.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

/** Puts a gamepad of the standard layout into the page, holding `first`: before the page is opened. */
export async function plugIn(tab, first = []) {
  await tab.addInitScript((first) => {
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
    let told = false;
    globalThis.__hold = (buttons, axes) => {
      dressed.timestamp = performance.now();
      dressed.axes = axes;
      dressed.buttons = pad.buttons.map((_, index) => button(buttons.includes(index)));
      // A page is told of a pad once, when its first button is pressed: at the door, long before the program is there.
      if (told || !buttons.length) return;
      told = true;
      const event = new Event("gamepadconnected");
      Object.defineProperty(event, "gamepad", { value: dressed });
      window.dispatchEvent(event);
    };
    globalThis.__hold(first, [0, 0, 0, 0]);
    navigator.getGamepads = () => [dressed, null, null, null];
  }, first);
}

export const hold = (tab, buttons, axes = [0, 0, 0, 0]) => tab.evaluate(([buttons, axes]) => globalThis.__hold(buttons, axes), [buttons, axes]);

/** Presses a button of the pad until it is seen and lets it go. */
export async function tapPad(tab, button) {
  await hold(tab, [button]);
  await seen(tab);
  await hold(tab, []);
  await seen(tab);
}

/** What of the page has the focus: its words and where it is. */
const lit = (tab) => tab.evaluate(() => {
  const { id, textContent, value } = document.activeElement;
  return { id, text: textContent || value };
});

/** Pushes the cross towards a control of the door until it is lit, looking each time where one is, as a person does. */
export async function goTo(tab, wanted) {
  for (let pushes = 0; pushes < 40; pushes += 1) {
    const way = await tab.evaluate((wanted) => {
      const middle = (element) => {
        const { left, right, top, bottom } = element.getBoundingClientRect();
        return [(left + right) / 2, (top + bottom) / 2];
      };
      const target = [...document.querySelectorAll("#way button")].find((button) => button.textContent === wanted);
      if (target === document.activeElement) return "there";
      const [here, there] = [middle(document.activeElement), middle(target)];
      if (Math.abs(there[1] - here[1]) > 4) return there[1] < here[1] ? "up" : "down";
      return there[0] < here[0] ? "left" : "right";
    }, wanted);
    if (way === "there") return;
    await tapPad(tab, { up: UP, down: DOWN, left: LEFT, right: RIGHT }[way]);
  }
  throw new Error(`no pushes lead to ${wanted}: ${JSON.stringify(await lit(tab))}`);
}

/** In at the door by pad alone: the first press shows the letters, a name is written, Start goes in. */
export async function byPad(tab, name) {
  await tab.locator("#name").waitFor({ state: "visible", timeout: 20_000 });
  await tapPad(tab, A);
  await tab.locator("#letters").waitFor({ state: "visible", timeout: 5000 });
  for (const letter of name.toLowerCase()) {
    await goTo(tab, letter);
    await tapPad(tab, A);
  }
  await tapPad(tab, START);
}

/** A phone lying down. */
export const PHONE = {
  width: 740, height: 360, hasTouch: true, isMobile: true,
  userAgent: "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/132.0.0.0 Mobile Safari/537.36",
};

/** Fingers and the keyboard on the glass, through the protocol: Playwright's own fingers only tap. */
export async function glass(tab) {
  const session = await tab.context().newCDPSession(tab);
  const send = (type, points) => session.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([id, x, y]) => ({ id, x, y })) });
  const tap = async (x, y) => {
    await send("touchStart", [[1, x, y]]);
    await seen(tab);
    await send("touchEnd", []);
    await seen(tab);
  };
  const tapOn = async (selector) => {
    const { x, y, width, height } = await tab.locator(selector).boundingBox();
    await tap(x + width / 2, y + height / 2);
  };
  /** A word grows, underlined, until it is put in whole. */
  const write = async (text) => {
    for (const word of text.split(/(?<= )/)) {
      for (let letters = 1; letters <= word.trimEnd().length; letters += 1) {
        await session.send("Input.imeSetComposition", { text: word.slice(0, letters), selectionStart: letters, selectionEnd: letters });
      }
      await session.send("Input.insertText", { text: word });
      await seen(tab);
    }
  };
  const enter = async () => {
    const key = { key: "Enter", code: "Enter", windowsVirtualKeyCode: 13 };
    await session.send("Input.dispatchKeyEvent", { type: "keyDown", text: "\r", ...key });
    await seen(tab);
    await session.send("Input.dispatchKeyEvent", { type: "keyUp", ...key });
    await seen(tab);
  };
  return { session, send, tap, tapOn, write, enter };
}

/** In at the door by finger alone: a tap on the field, the phone's keyboard, a tap on the way in. */
export const byFinger = (fingers) => async (tab, name) => {
  await tab.locator("#name").waitFor({ state: "visible", timeout: 20_000 });
  await fingers.tapOn("#name");
  await until("the field is written in", 5000, () => tab.evaluate(() => document.activeElement?.id === "name"));
  await fingers.write(name);
  await fingers.tapOn("#join");
};
