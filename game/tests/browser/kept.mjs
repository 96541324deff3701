// What a browser keeps for its person: settings that were changed on the screen, broken ones put aside, a photo.
// The shipped bundle, a real host.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { AMBER, CORAL, count, read } from "./picture.mjs";
import { enter, keep, page, press, stage, state, until } from "./support.mjs";

const INSIDE_MS = 2 * Number(process.env.HOLM_INSIDE_MS ?? 15_000);
const on = stage();

/** A test with a page of its own, kept as a picture and a log, however it ends. */
function kept(name, options, work) {
  test(name, { timeout: 180_000 }, async () => {
    const tab = await page(on.chromium, options);
    try {
      await work(tab);
    } finally {
      await keep(tab, name);
      await tab.context().close();
    }
  });
}

const settings = (tab) => tab.evaluate(() => localStorage.getItem("holm/settings.ron"));
const picture = async (tab) => read(await tab.screenshot());

/** The title: the page without a link. */
async function title(tab) {
  await tab.goto(new URL("/", on.world.link).href);
  await until("it runs", 60_000, async () => (await state(tab))?.frames > 1, () => tab.lines.join("\n"));
  await tab.locator("#door").waitFor({ state: "hidden", timeout: 20_000 });
}

/** So many controls on, and that one pressed. */
async function pressAfter(tab, steps) {
  for (let step = 0; step < steps; step += 1) await press(tab, "Tab");
  await press(tab, "Enter");
}

kept("a_setting_that_was_changed_on_the_screen_is_kept_and_read_at_the_next_start", {}, async (tab) => {
  await title(tab);
  assert.equal(await settings(tab), null, "nothing is written before something was changed");
  // Name, look, join, settings; in the panel the other three chapters, the device's language, English, German.
  await pressAfter(tab, 4);
  await pressAfter(tab, 6);
  await until("German is kept", 20_000, async () => /language: "de"/.test(await settings(tab)), () => settings(tab));
  await keep(tab, "settings-before");

  await tab.goto("about:blank");
  await title(tab);
  assert.equal(await tab.evaluate(() => document.documentElement.lang), "de", "the page reads it");
  // Another chapter, and there past the chapters and the slider: the view upside down.
  await pressAfter(tab, 4);
  await press(tab, "PageDown");
  await pressAfter(tab, 5);
  await until("the other one is kept", 20_000, async () => /invert_y: true/.test(await settings(tab)), () => settings(tab));
  // The program writes all that it knows: had it not read the first, this would have taken it away.
  assert.match(await settings(tab), /language: "de"/);
});

kept("broken_settings_are_put_aside_and_said_and_holm_starts", {}, async (tab) => {
  const broken = '(language: "de", mouse_sensitivity: ';
  await tab.addInitScript((broken) => {
    if (localStorage.getItem("holm/test")) return;
    localStorage.setItem("holm/test", "begun");
    localStorage.setItem("holm/settings.ron", broken);
  }, broken);
  await title(tab);
  await until("it is said", 20_000, async () => count(await picture(tab), CORAL) > 20);
  await keep(tab, "settings-broken");
  assert.equal(await settings(tab), null);
  assert.equal(await tab.evaluate(() => localStorage.getItem("holm/settings.ron.broken0")), broken, "it may be mended by hand");
  assert.ok(tab.lines.some((line) => /settings are broken and were set aside/.test(line)), tab.lines.join("\n"));

  await tab.goto("about:blank");
  await title(tab);
  assert.equal(count(await picture(tab), CORAL), 0, "once");
});

kept("a_photo_comes_as_a_download_without_the_interface", {}, async (tab) => {
  await enter(tab, on.world.link, INSIDE_MS, "Ada");
  await press(tab, "Escape");
  // Go on, invite, people, one's voice, look, build, rights, who goes on, connection, settings, photo.
  await pressAfter(tab, 10);
  await until("its panel is there", 20_000, async () => count(await picture(tab), AMBER) > 500);
  const coming = tab.waitForEvent("download", { timeout: 30_000 });
  await press(tab, "Enter");
  const download = await coming;
  assert.match(download.suggestedFilename(), /^Holm \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.png$/);
  const photo = read(readFileSync(await download.path()));
  const size = await tab.evaluate(() => {
    const { width, height } = document.getElementById("holm");
    return [width, height];
  });
  assert.deepEqual([photo.width, photo.height], size);
  assert.ok(count(photo, AMBER) < 20, `${count(photo, AMBER)} pixels of the interface`);
  assert.ok(new Set(photo.pixels).size > 1000, "there is a world in it");
  // And the interface is back.
  await until("the panel is there again", 20_000, async () => count(await picture(tab), AMBER) > 500);
});
