// A gamepad at the door: it moves the focus and presses what has it; whoever has no name finds letters to write one.
//
// Flow: frames → what was newly pressed, pushes that repeat → the focus, a click, a letter behind the name.
// Invariant: what was held before the door was there presses nothing, and the first press of somebody without a name
// only shows them the letters: one more, and they are in without one.

import { language, say } from "./{{words}}";

const $ = (id) => document.getElementById(id);
const door = $("door");

/** Buttons of the standard layout; they do to the letters what they do to Holm's own (`input/board.rs`). */
const [A, B, X, Y, START] = [0, 1, 2, 3, 9];
/** The cross: button, to the right, down. */
const CROSS = [[12, 0, -1], [13, 0, 1], [14, -1, 0], [15, 1, 0]];
/** A push that is meant, and how it repeats, as in Holm (`input/nav.rs`). */
const PUSHED = 0.6;
const REPEAT_AFTER_MS = 420;
const REPEAT_EVERY_MS = 130;
/** A longer frame counts as this: nobody lets go in time of what they have not seen move. */
const LONGEST_FRAME_MS = 100;
/** A button that is held longer is stuck. */
const LET_GO_MS = 2000;
/** Keys that mark the letter before them, and the mark as Unicode joins it. */
const MARKS = { "゛": "\u3099", "゜": "\u309a" };

let looking = false;

/** Until the door is open. May be called again when it has closed. */
export function watchPads() {
  if (looking) return;
  looking = true;
  const before = new Map();
  let [begun, pushed, again] = [false, null, 0];
  let [clock, last] = [0, 0];
  const look = (now) => {
    if (door.hidden) {
      looking = false;
      return;
    }
    clock += Math.min(now - last, LONGEST_FRAME_MS);
    last = now;
    let push = null;
    for (const pad of navigator.getGamepads?.() ?? []) {
      if (!pad) continue;
      const held = pad.buttons.flatMap((button, index) => (button.pressed ? [index] : []));
      const was = before.get(pad.index) ?? (begun ? [] : held);
      before.set(pad.index, held);
      held.filter((button) => !was.includes(button)).forEach(press);
      push ??= pushOf(pad);
    }
    const goesOn = String(push) === String(pushed);
    if (push && begun && (!goesOn || clock >= again)) {
      again = clock + (goesOn ? REPEAT_EVERY_MS : REPEAT_AFTER_MS);
      if (!shownLetters()) move(push);
    }
    [begun, pushed] = [true, push];
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

/** Until what pressed the way in is let go: the program would take it for a press of its own, and turn around. */
export const letGo = () => new Promise((resolve) => {
  const deadline = performance.now() + LET_GO_MS;
  const look = () => {
    const held = [...(navigator.getGamepads?.() ?? [])].some((pad) => [A, START].some((button) => pad?.buttons[button]?.pressed));
    if (!held || performance.now() > deadline) return resolve();
    requestAnimationFrame(look);
  };
  look();
});

/** Where it is pushed: to the right, down; null at rest. */
function pushOf(pad) {
  const cross = CROSS.find(([button]) => pad.buttons[button]?.pressed);
  if (cross) return cross.slice(1);
  const [x = 0, y = 0] = pad.axes ?? [];
  if (Math.hypot(x, y) < PUSHED) return null;
  return Math.abs(x) > Math.abs(y) ? [Math.sign(x), 0] : [0, Math.sign(y)];
}

const isShown = (element) => element.getClientRects().length > 0;
const controls = () => [...door.querySelectorAll("button, input, summary")].filter(isShown);
const focused = () => controls().find((control) => control === document.activeElement);
const writing = () => isShown($("letters"));

/** Whoever has no name is shown the letters once; true when that was now. */
function shownLetters() {
  if (!isShown($("name")) || $("name").value || $("letters").childElementCount) return false;
  showLetters();
  give($("join"));
  return true;
}

function press(button) {
  if (CROSS.some(([cross]) => cross === button) || shownLetters()) return;
  if (button === START && isShown($("join"))) $("way").requestSubmit();
  else if (button === X && writing()) takeBack();
  else if (button === Y && writing()) write(" ");
  else if (button === B && writing()) {
    $("letters").hidden = true;
    give($("join"));
  } else if (button === A) {
    const control = focused();
    if (control === $("name")) {
      showLetters();
      give($("letters").querySelector("button"));
    } else if (control) control.click();
    else give(controls()[0]);
  }
}

/** To the nearest control that way; in a row to those of the row alone. */
function move([x, y]) {
  const from = focused();
  if (!from) return give(isShown($("join")) ? $("join") : controls()[0]);
  const here = from.getBoundingClientRect();
  const between = (low, high, otherLow, otherHigh) => Math.max(0, otherLow - high, low - otherHigh);
  const middle = (box) => [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  let [best, least] = [null, Infinity];
  for (const control of controls()) {
    const there = control.getBoundingClientRect();
    const [dx, dy] = middle(there).map((at, axis) => at - middle(here)[axis]);
    const ahead = dx * x + dy * y;
    const aside = x
      ? between(here.top, here.bottom, there.top, there.bottom)
      : between(here.left, here.right, there.left, there.right);
    if (control === from || ahead < 1 || (x && aside)) continue;
    const far = ahead + 2 * aside + Math.abs(x ? dy : dx) / 10;
    if (far < least) [best, least] = [control, far];
  }
  give(best ?? from);
}

/** The focus, drawn also where a browser would draw it for keyboards alone. */
function give(control) {
  door.classList.add("by-pad");
  control?.focus();
}

function showLetters() {
  $("letters").hidden = false;
  if ($("letters").childElementCount) return;
  const key = (text, act) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: text, onclick: act });
    return button;
  };
  const row = (keys) => {
    const row = document.createElement("div");
    row.append(...keys);
    return row;
  };
  const letters = say("page-letters").split(" ").map((letters) => row([...letters].map((letter) => key(letter, () => write(letter)))));
  $("letters").append(...letters, row([key(say("page-letters-space"), () => write(" ")), key(say("page-letters-delete"), takeBack)]));
}

/** Names begin large, as a phone's keyboard has it. */
function write(letter) {
  const name = $("name");
  const large = letter.toLocaleUpperCase(language);
  const begins = /(^|[\s-])$/.test(name.value) && large.length === letter.length;
  const written = (name.value + (MARKS[letter] ?? (begins ? large : letter))).normalize("NFC");
  // A mark that joins nothing is no letter.
  if (written.length > name.maxLength || (MARKS[letter] && written.length > name.value.length)) return;
  name.value = written;
}

function takeBack() {
  $("name").value = [...$("name").value].slice(0, -1).join("");
}
