// The door as people of all languages and devices meet it, before there is a program: in whose words it speaks, that
// all of it is on the screen, how a pad and a finger give a name and go in, and the keyboard that the page lends.

import assert from "node:assert/strict";
import { test } from "node:test";
import { A, PHONE, START, X, glass, goTo, hold, plugIn, tapPad } from "./devices.mjs";
import { SECRET, serve } from "./serve.mjs";
import { keep, page, stage, until } from "./support.mjs";

const on = stage();

test("a_world_whose_name_is_hostile_changes_nothing_else_on_the_page", { timeout: 60_000 }, async () => {
  const host = await serve(process.env.HOLM_WEB, { name: `<img src=x onerror=alert(1)>\u202Eevil\n${"x".repeat(500)}`, people: 1e9, max: -3 });
  const tab = await page(on.chromium);
  await tab.route("**/*.wasm", () => {});
  await tab.goto(host.origin + SECRET);
  await until("the name", 10_000, async () => (await tab.locator("#world").textContent()).startsWith("<img src=x"));
  const world = await tab.locator("#world").textContent();
  assert.ok([...world].length <= 64 && !/[\u202E\n]/.test(world), JSON.stringify(world));
  assert.equal(await tab.locator("#world img").count(), 0);
  const box = await tab.locator(".card").boundingBox();
  assert.ok(box.x >= 0 && box.x + box.width <= 640, JSON.stringify(box));
  await tab.context().close();
  await host.stop();
});

const LOOKS = [
  ["en", "en-GB", 1280, 720, "ltr", /^Come in$/],
  ["ar", "ar-EG", 1280, 720, "rtl", /^ادخل$/],
  ["ja", "ja-JP", 1280, 720, "ltr", /^入る$/],
  ["en", "en-GB", 390, 844, "ltr", /^Come in$/],
  ["ar", "ar", 390, 844, "rtl", /^ادخل$/],
  ["ja", "ja", 390, 844, "ltr", /^入る$/],
  ["de", "de-AT", 844, 390, "ltr", /^Eintreten$/],
  ["es", "es-MX", 390, 844, "ltr", /^Entrar$/],
];

for (const [language, locale, width, height, direction, join_] of LOOKS) {
  test(`the_door_speaks_${language}_at_${width}_by_${height}`, { timeout: 60_000 }, async () => {
    const host = await serve(process.env.HOLM_WEB);
    const touch = Math.min(width, height) < 500;
    const tab = await page(on.chromium, { width, height, locale, hasTouch: touch, isMobile: touch });
    await tab.route("**/*.wasm", () => {});
    await tab.goto(host.origin + SECRET);
    await until("name and people", 10_000, async () => (await tab.locator("#people").textContent()).length > 3);
    assert.match(await tab.locator("#join").textContent(), join_);
    assert.deepEqual(await tab.evaluate(() => [document.documentElement.lang, document.documentElement.dir]), [language, direction]);
    // All of it is on the screen, and a finger hits what can be pressed.
    for (const id of ["#name", "#join"]) {
      const box = await tab.locator(id).boundingBox();
      assert.ok(box.height >= 44 && box.width >= 44, `${id} ${JSON.stringify(box)}`);
      assert.ok(box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height, `${id} ${JSON.stringify(box)}`);
    }
    assert.ok(await tab.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    const focused = await tab.evaluate(() => document.activeElement?.id);
    if (touch) assert.notEqual(focused, "name", "a phone's keyboard does not come up unasked");
    await tab.evaluate(() => document.fonts.ready);
    await keep(tab, `page-${language}-${width}x${height}`);
    await tab.context().close();
    await host.stop();
  });
}

for (const [locale, called] of [["en", "Harbour"], ["de", "Hafen"], ["es", "Puerto"], ["ja", "港"], ["ar", "الميناء"]]) {
  test(`a_world_that_comes_with_holm_is_called_in_${locale}_at_the_door`, { timeout: 60_000 }, async () => {
    const tab = await page(on.chromium, { locale });
    await tab.route("**/*.wasm", () => {});
    await tab.goto(on.world.link);
    await until("the name", 10_000, async () => (await tab.locator("#world").textContent()) === called, () => tab.locator("#world").textContent());
    assert.equal(await tab.title(), `${called} · Holm`);
    await tab.context().close();
  });
}

test("a_pad_alone_opens_the_door_without_a_name_by_two_presses", { timeout: 60_000 }, async () => {
  const host = await serve(process.env.HOLM_WEB);
  const tab = await page(on.chromium);
  await plugIn(tab, [A]); // held since before: no press
  await tab.route("**/*.wasm", () => {});
  await tab.goto(host.origin + SECRET);
  await tab.locator("#way").waitFor({ state: "visible" });
  await tapPad(tab, START); // lets go of it and presses the first one
  assert.ok(await tab.locator("#way").isVisible(), "neither what was held nor the first press goes in");
  assert.ok(await tab.locator("#letters").isVisible(), "but whoever has no name may write one now");
  assert.equal(await tab.evaluate(() => document.activeElement.id), "join");
  await keep(tab, "page-letters");
  await tapPad(tab, A);
  await tab.locator("#way").waitFor({ state: "hidden", timeout: 5000 });
  assert.equal(await tab.evaluate(() => localStorage.getItem("holm/vault/name.txt")), null);
  await tab.context().close();
  await host.stop();
});

for (const [locale, keys, name] of [
  ["en", ["a", "d", "a"], "Ada"],
  ["de", ["j", "ö", "r", "g"], "Jörg"],
  ["es", ["í", "ñ", "i", "g", "o"], "Íñigo"],
  ["ja", ["ゆ", "う", "し", "゛"], "ゆうじ"],
  ["ar", ["ل", "ي", "ل", "ى"], "ليلى"],
]) {
  test(`a_pad_alone_writes_a_name_in_${locale}_and_takes_letters_back`, { timeout: 60_000 }, async () => {
    const host = await serve(process.env.HOLM_WEB);
    const tab = await page(on.chromium, { width: 844, height: 390, locale });
    await plugIn(tab);
    await tab.route("**/*.wasm", () => {});
    await tab.goto(host.origin + SECRET);
    await tab.locator("#way").waitFor({ state: "visible" });
    await tapPad(tab, A);
    for (const key of [...keys, keys[0]]) {
      await goTo(tab, key);
      await tapPad(tab, A);
    }
    await tapPad(tab, X);
    assert.equal(await tab.locator("#name").inputValue(), name);
    const box = await tab.locator(".card").boundingBox();
    assert.ok(box.x >= 0 && box.x + box.width <= 844, JSON.stringify(box));
    assert.ok(await tab.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    await keep(tab, `page-letters-${locale}`);
    await tapPad(tab, START);
    await tab.locator("#way").waitFor({ state: "hidden", timeout: 5000 });
    // Whoever comes back has a name: the first press goes in.
    await tab.reload();
    await until("the name is there", 5000, async () => (await tab.locator("#name").inputValue()) === name);
    await tapPad(tab, A);
    await tab.locator("#way").waitFor({ state: "hidden", timeout: 5000 });
    await tab.context().close();
    await host.stop();
  });
}

test("what_pressed_the_way_in_is_let_go_before_the_program_starts_unless_it_is_stuck", { timeout: 60_000 }, async () => {
  const host = await serve(process.env.HOLM_WEB);
  const tab = await page(on.chromium);
  await plugIn(tab);
  await tab.route("**/*.wasm", () => {});
  await tab.goto(host.origin + SECRET);
  await tab.locator("#way").waitFor({ state: "visible" });
  const ask = () => tab.evaluate(async () => {
    const { letGo } = await import(document.querySelector('link[href*="/pad-"]').href);
    globalThis.__free = false;
    void letGo().then(() => { globalThis.__free = true; });
  });
  const free = () => tab.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(globalThis.__free)))));
  await hold(tab, [START]);
  await ask();
  assert.equal(await free(), false);
  await hold(tab, []);
  await until("it is let go", 5000, free);
  await hold(tab, [A]);
  await ask();
  await until("it is stuck", 10_000, free);
  await tab.context().close();
  await host.stop();
});

test("a_pad_alone_tries_again_where_the_host_was_gone", { timeout: 60_000 }, async () => {
  const host = await serve(process.env.HOLM_WEB);
  const tab = await page(on.chromium);
  await plugIn(tab);
  await tab.route("**/*.wasm", (route) => route.abort("connectionrefused"));
  await tab.goto(host.origin + SECRET);
  await tab.locator("#trouble").waitFor({ state: "visible", timeout: 20_000 });
  const again = tab.waitForEvent("framenavigated", { timeout: 10_000 });
  // The page that is asked to press goes with the press: whether it still answers says nothing.
  tab.evaluate((button) => globalThis.__hold([button], [0, 0, 0, 0]), A).catch(() => {});
  await again;
  // It tries, and says again that nobody answers. (A page that is closed while it begins keeps Chromium for a minute.)
  await tab.locator("#trouble").waitFor({ state: "visible", timeout: 20_000 });
  await tab.context().close();
  await host.stop();
});

test("a_finger_alone_opens_the_door", { timeout: 60_000 }, async () => {
  const host = await serve(process.env.HOLM_WEB);
  const phone = await page(on.chromium, { width: 390, height: 844, hasTouch: true, isMobile: true });
  await phone.route("**/*.wasm", () => {});
  await phone.goto(host.origin + SECRET);
  await phone.locator("#join").tap();
  await phone.locator("#way").waitFor({ state: "hidden", timeout: 5000 });
  assert.match(await phone.locator("#line").textContent(), /Fetching/);
  await phone.context().close();
  await host.stop();
});

/** What reaches the canvas as keys of what a phone's keyboard writes into the page's field. */
async function lent(tab) {
  await tab.evaluate(() => {
    globalThis.__keys = [];
    document.getElementById("holm").addEventListener("keydown", ({ key }) => globalThis.__keys.push(key));
    const field = document.getElementById("egui_text_agent");
    field.hidden = false; // as the program does
    field.focus();
  });
  /** The text that these keys leave behind. */
  return () => tab.evaluate(() => globalThis.__keys.reduce((text, key) => (key === "Backspace" ? text.slice(0, -1) : key.length > 1 ? text : [...text, key]), []).join(""));
}

test("what_a_phones_keyboard_composes_corrects_and_deletes_reaches_the_program_as_it_stands", { timeout: 60_000 }, async () => {
  const host = await serve(process.env.HOLM_WEB);
  const tab = await page(on.chromium, PHONE);
  await tab.route("**/*.wasm", () => {});
  await tab.goto(host.origin + SECRET);
  await tab.locator("#way").waitFor({ state: "visible" });
  const fingers = await glass(tab);
  const text = await lent(tab);
  await fingers.write("by fingers");
  assert.equal(await text(), "by fingers");
  const backspace = async () => {
    for (const type of ["keyDown", "keyUp"]) await fingers.session.send("Input.dispatchKeyEvent", { type, key: "Backspace", code: "Backspace", windowsVirtualKeyCode: 8 });
  };
  for (let letters = 0; letters < "fingers".length; letters += 1) await backspace();
  assert.equal(await text(), "by ");
  // A word may become another while it is composed: kana become characters.
  await fingers.session.send("Input.imeSetComposition", { text: "にほん", selectionStart: 3, selectionEnd: 3 });
  await fingers.session.send("Input.imeSetComposition", { text: "日本", selectionStart: 2, selectionEnd: 2 });
  await fingers.session.send("Input.insertText", { text: "日本" });
  assert.equal(await text(), "by 日本");
  for (let letters = 0; letters < 5; letters += 1) await backspace();
  assert.equal(await text(), "");
  // What was there before the keyboard came is deleted, too: a key for each press, though the page's field is empty.
  const keys = () => tab.evaluate(() => globalThis.__keys.filter((key) => key === "Backspace").length);
  const before = await keys();
  await backspace();
  await backspace();
  assert.equal(await keys(), before + 2);
  await fingers.write("x");
  assert.equal(await text(), "x");
  await tab.context().close();
  await host.stop();
});
