// The admin page in a real browser: whoever has the link runs the world, by mouse, by keys and on a phone.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { join } from "node:path";
import { browser, host, keep, out, page, start, until } from "./support.mjs";

let world, chromium, bots, link;

before(async () => {
  world = await host("--admin", "0", "--room", "Our quay");
  link = world.admin;
  bots = start(["bot", "--json", "--join", world.link, "--count", "3", "--seconds", "300"]);
  chromium = await browser();
});

after(async () => {
  await chromium?.close();
  await bots?.stop();
  await world?.stop();
});

/** Opens the page by its link; everybody is on it. */
async function open(size) {
  const tab = await page(chromium, size);
  await tab.goto(link);
  await tab.locator("#house").waitFor({ state: "visible", timeout: 15_000 });
  return tab;
}

const row = (tab, name) => tab.locator("#persons li").filter({ has: tab.locator("b", { hasText: name }) });
const said = (tab, words) => tab.locator("#log").getByText(words).first().waitFor({ timeout: 10_000 });
/** What went wrong in the page, a refused token aside. */
const trouble = (tab) => tab.lines.filter((line) => /pageerror|Content Security Policy|error:/i.test(line) && !/401/.test(line));

test("people_are_seen_ranked_silenced_and_banned_by_mouse", async () => {
  const tab = await open({ width: 1280, height: 720 });
  await row(tab, "Bot 3").waitFor({ timeout: 40_000 });
  assert.equal(new URL(tab.url()).hash, "", "the token is not left in the address");
  assert.equal(await tab.locator("#world").textContent(), "Our quay");
  await row(tab, "Bot 1").locator("select").selectOption("builder");
  await said(tab, "Bot 1 has the role builder now.");
  await row(tab, "Bot 1").getByRole("button", { name: "Silence" }).click();
  await tab.locator("#ask-minutes").fill("5");
  await tab.locator("#ask-yes").click();
  await row(tab, "Bot 1").locator(".mark").waitFor({ state: "visible", timeout: 10_000 });
  await tab.locator("#announcement").fill("The ferry leaves at nine");
  await tab.getByRole("button", { name: "Say", exact: true }).click();
  await said(tab, "Said to 3 people.");
  await keep(tab, "admin-desk");
  await row(tab, "Bot 3").getByRole("button", { name: "Ban" }).click();
  await keep(tab, "admin-ban");
  await tab.locator("#ask-yes").click();
  await row(tab, "Bot 3").waitFor({ state: "detached", timeout: 15_000 });
  await tab.locator("#banned-box summary").click();
  await tab.getByRole("button", { name: "Let Bot 3 come back" }).click();
  await said(tab, "Bot 3 may come back.");
  await tab.getByRole("checkbox", { name: "guest may moving" }).check();
  await said(tab, "The role guest may moving from now on.");
  await until("the past names it", 10_000, async () => (await tab.locator("#history").textContent()).includes("banned Bot 3"));
  await tab.screenshot({ path: join(out, "admin-whole.png"), fullPage: true });
  assert.ok((await tab.evaluate(() => document.documentElement.scrollWidth)) <= 1280);
  assert.deepEqual(trouble(tab), []);
  await tab.context().close();
});

test("a_version_is_saved_brought_back_and_forgotten_and_the_log_is_read_on_the_narrowest_phone", async () => {
  const tab = await open({ width: 320, height: 640, hasTouch: true, isMobile: true });
  const version = tab.locator("#versions li").filter({ has: tab.locator("b", { hasText: "Before the party" }) });
  await until("there is none yet", 10_000, async () => /No version/.test(await tab.locator("#versions-none").textContent()));
  await tab.locator("#save").click();
  await tab.locator("#ask-name").fill("Before the party");
  await tab.locator("#ask-yes").click();
  await version.waitFor({ state: "visible", timeout: 10_000 });
  assert.match(await version.textContent(), /things? · by the host/);
  await version.getByRole("button", { name: "Restore" }).click();
  await tab.locator("#ask-yes").click();
  await said(tab, "Everything is as it was in");
  await tab.locator("#log-box summary").click();
  await tab.locator("#log-lines .info").first().waitFor({ state: "visible", timeout: 10_000 });
  await tab.locator("#log-level").selectOption("trouble");
  await tab.locator("#log-lines .info").first().waitFor({ state: "hidden" });
  await tab.locator("#log-level").selectOption("all");
  await tab.locator("#log-copy").click();
  await until("it says what it copied", 5000, async () => /copied|copy/.test(await tab.locator("#toast").textContent()));
  await tab.screenshot({ path: join(out, "admin-narrow-whole.png"), fullPage: true });
  assert.ok((await tab.evaluate(() => document.documentElement.scrollWidth)) <= 320);
  await version.getByRole("button", { name: "Forget" }).click();
  await keep(tab, "admin-forget");
  await tab.locator("#ask-yes").click();
  await version.waitFor({ state: "detached", timeout: 10_000 });
  assert.equal(await tab.evaluate(() => document.activeElement.id), "versions-summary", "the focus is not lost with it");
  assert.deepEqual(trouble(tab), []);
  await tab.context().close();
});

test("it_works_with_keys_alone", async () => {
  const tab = await open({ width: 1280, height: 720 });
  await tab.keyboard.press("Tab");
  assert.equal(await tab.evaluate(() => document.activeElement.className), "skip");
  for (let n = 0; n < 12 && (await tab.evaluate(() => document.activeElement.id)) !== "lock"; n += 1) await tab.keyboard.press("Tab");
  await tab.keyboard.press("Enter");
  await until("it is locked", 10_000, async () => (await tab.locator("#lock").getAttribute("aria-pressed")) === "true");
  await tab.keyboard.press("Enter");
  await until("it is not", 10_000, async () => (await tab.locator("#lock").getAttribute("aria-pressed")) === "false");
  await tab.locator("#command").focus();
  await tab.keyboard.type("helq kick");
  await tab.keyboard.press("Enter");
  await said(tab, "perhaps help?");
  await tab.keyboard.press("ArrowUp");
  assert.equal(await tab.locator("#command").inputValue(), "helq kick");
  // A question is left without an answer by Escape.
  await tab.locator("#stop").focus();
  await tab.keyboard.press("Enter");
  await tab.locator("#ask").waitFor({ state: "visible" });
  await tab.keyboard.press("Escape");
  await tab.locator("#ask").waitFor({ state: "hidden" });
  assert.equal(await tab.evaluate(() => document.activeElement.id), "stop", "back where one was");
  await tab.context().close();
});

test("a_phone_shows_all_of_it_without_scrolling_sideways", async () => {
  const tab = await open({ width: 390, height: 844, hasTouch: true, isMobile: true });
  await row(tab, "Bot 1").waitFor({ timeout: 40_000 });
  await keep(tab, "admin-phone");
  await tab.screenshot({ path: join(out, "admin-phone-whole.png"), fullPage: true });
  const wide = await tab.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 390, `${wide} wide`);
  const small = await tab.evaluate(() => [...document.querySelectorAll("button, select, input:not([type=checkbox])")]
    .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 43.5).map((one) => one.outerHTML));
  assert.deepEqual(small, [], "a finger hits every button");
  await tab.context().close();
});

test("without_the_token_the_page_asks_for_it_and_says_when_it_is_wrong", async () => {
  const tab = await page(chromium, { width: 390, height: 844 });
  await tab.goto(link.split("#")[0]);
  await tab.locator("#token").waitFor({ state: "visible" });
  await tab.locator("#token").fill("no-such-token-at-all");
  await tab.keyboard.press("Enter");
  await until("it is refused", 10_000, async () => /not the token/.test(await tab.locator("#refusal").textContent()));
  await keep(tab, "admin-door");
  await tab.locator("#token").fill(link);
  await tab.keyboard.press("Enter");
  await tab.locator("#house").waitFor({ state: "visible", timeout: 10_000 });
  assert.deepEqual(trouble(tab).filter((line) => !/429/.test(line)), []);
  await tab.context().close();
});

test("another_page_cannot_ask_for_it", async () => {
  const tab = await page(chromium);
  await tab.goto(world.link.split("#")[0]);
  const reached = await tab.evaluate(async ([url, token]) => {
    try {
      const answer = await fetch(`${url}state`, { headers: { Authorization: `Bearer ${token}` } });
      return answer.status;
    } catch (error) {
      return String(error);
    }
  }, link.split("#"));
  assert.match(String(reached), /TypeError/);
  await tab.context().close();
});
