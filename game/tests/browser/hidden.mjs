// A tab that somebody has put behind another one: whoever looks elsewhere for a while stays in the world.
//
// And whoever closes it is gone at once.
//
// Playwright keeps every page it holds visible. So this tab is opened and asked by the browser's own protocol,
// and really is hidden: it gets no animation frames.

import assert from "node:assert/strict";
import { test } from "node:test";
import { enter, page as pageOf, sleep, stage, start, until } from "./support.mjs";

const on = stage();

/** Opens an address in a tab of a window of its own. */
async function tab(url) {
  const browser = await on.chromium.newBrowserCDPSession();
  const { browserContextId } = await browser.send("Target.createBrowserContext");
  const open = (url, more = {}) => browser.send("Target.createTarget", { url, browserContextId, ...more });
  const { targetId } = await open(url, { newWindow: true, width: 640, height: 360 });
  const { sessionId } = await browser.send("Target.attachToTarget", { targetId, flatten: false });
  const answers = new Map();
  browser.on("Target.receivedMessageFromTarget", (event) => {
    const answer = JSON.parse(event.message);
    answers.get(answer.id)?.(answer);
    answers.delete(answer.id);
  });
  let asked = 0;
  const evaluate = (expression) => new Promise((resolve, reject) => {
    const id = ++asked;
    answers.set(id, ({ result, error }) => (error || result.exceptionDetails ? reject(new Error(JSON.stringify(error ?? result))) : resolve(result.result.value)));
    const message = JSON.stringify({ id, method: "Runtime.evaluate", params: { expression, returnByValue: true } });
    browser.send("Target.sendMessageToTarget", { sessionId, message }).catch(reject);
  });
  return {
    state: async () => JSON.parse((await evaluate("globalThis.__holm_state ?? 'null'"))),
    // A tab that was just opened has no document yet that could be asked.
    asks: () => evaluate("document.getElementById('way')?.hidden === false").catch(() => false),
    comeIn: () => evaluate("document.getElementById('way').requestSubmit()"),
    hidden: () => evaluate("document.hidden"),
    hide: () => open("about:blank"),
    show: () => browser.send("Target.activateTarget", { targetId }),
    close: () => browser.send("Target.disposeBrowserContext", { browserContextId }),
  };
}

test("who_looks_at_another_tab_stays_in_the_world", { timeout: 120_000 }, async () => {
  const page = await tab(on.world.link);
  await until("the door asks", 20_000, page.asks);
  await page.comeIn();
  await until("in the world", 40_000, async () => (await page.state())?.phase === "inside", async () => JSON.stringify(await page.state()));
  await page.hide();
  await until("hidden", 5_000, page.hidden);
  const before = await page.state();
  const bot = start(["bot", "--join", on.world.link, "--count", "1", "--seconds", "12", "--json"]);
  // Longer than a silent guest counts as present (4 s), and long enough for the bot to say something.
  await sleep(10_000);
  assert.equal(await page.hidden(), true);
  const now = await page.state();
  assert.equal(now.phase, "inside");
  assert.ok(now.frames > before.frames + 20, `${now.frames - before.frames} frames in 10 s`);
  await bot.done;
  const report = bot.events.at(-1);
  assert.ok(report.people.some((person) => person.name === now.name), JSON.stringify(report.people));
  await until("the bot's words were heard", 5_000, async () => (await page.state()).chat.some((line) => line.from.startsWith("Bot")),
    async () => JSON.stringify((await page.state()).chat));

  await page.show();
  await until("visible again", 5_000, async () => !(await page.hidden()));
  const shown = await page.state();
  await until("it draws again", 10_000, async () => (await page.state()).frames > shown.frames + 3);
  assert.equal((await page.state()).phase, "inside");
  await page.close();
});

/** How many the host counts in its world, those included whose seats are only kept. */
async function people() {
  const metrics = await (await fetch(new URL("/metrics", on.world.link))).text();
  return Number(/^holm_people (\d+)$/m.exec(metrics)?.[1] ?? NaN);
}

test("who_leaves_the_page_leaves_the_world_and_is_not_waited_for", { timeout: 120_000 }, async () => {
  await until("nobody else is there", 40_000, async () => (await people()) === 0, people);
  const page = await pageOf(on.chromium);
  await enter(page, on.world.link, 40_000);
  await until("counted", 5_000, async () => (await people()) === 1, people);
  await page.goto("about:blank");
  // A seat is kept for 30 s for somebody whose link only broke.
  await until("gone", 10_000, async () => (await people()) === 0, people);
  await page.context().close();
});
