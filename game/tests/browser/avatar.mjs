// A browser whose person brings an avatar: the shipped bundle reads it, wears it and draws it; others are told.

import assert from "node:assert/strict";
import { test } from "node:test";
import { enter, frames, keep, page, press, stage, state, until } from "./support.mjs";

const INSIDE_MS = 2 * Number(process.env.HOLM_INSIDE_MS ?? 15_000);
const ISLANDER = new URL("../avatars/islander.vrm", import.meta.url).pathname;
const on = stage();

test("a_file_that_is_chosen_in_a_browser_is_worn_and_drawn", { timeout: 150_000 }, async () => {
  const tab = await page(on.chromium);
  try {
    await enter(tab, on.world.link, INSIDE_MS);
    await tab.locator("#chooser").setInputFiles(ISLANDER);
    await until("it is worn", 30_000, async () => (await state(tab)).wears === "file", async () => JSON.stringify(await state(tab)));
    // The panel about it closes; behind it one stands in it.
    await press(tab, "Escape");
    // Drawn in its own paint for some frames, expressions and swinging hair included.
    await frames(tab, 6);
    await press(tab, "KeyG");
    await frames(tab, 6);
    assert.deepEqual(tab.lines.filter((line) => /panicked|RuntimeError|%cERROR/.test(line)), []);
  } finally {
    await keep(tab, "a_file_that_is_chosen_in_a_browser_is_worn_and_drawn");
    await tab.context().close();
  }
});
