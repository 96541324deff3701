// The page around the client as a person meets it: what it says while the program is on its way, how many actions it
// takes to walk, what it keeps in the browser, and what happens when the host has a new build.
//
// Served by `serve.mjs` where a host has to change or to vanish, by a real host where somebody walks.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { SECRET, serve } from "./serve.mjs";
import { enter, keep, knock, page, stage, state, until, wayToWalking } from "./support.mjs";

const on = stage();
const scratch = mkdtempSync(join(tmpdir(), "holm-page-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** A copy of the bundle whose style has other bytes, and so another name: the next build of the host. */
function nextBuild() {
  const folder = join(scratch, "next");
  cpSync(process.env.HOLM_WEB, folder, { recursive: true });
  for (const name of readdirSync(folder)) if (/\.(br|gz)$/.test(name)) rmSync(join(folder, name));
  const old = readdirSync(folder).find((name) => /^holm-[0-9a-f]{16}\.css$/.test(name));
  const style = `${readFileSync(join(folder, old), "utf8")}\n/* the next build */\n`;
  const name = `holm-${createHash("sha256").update(style).digest("hex").slice(0, 16)}.css`;
  renameSync(join(folder, old), join(folder, name));
  writeFileSync(join(folder, name), style);
  for (const file of ["index.html", "sw.js"]) {
    const text = readFileSync(join(folder, file), "utf8").replaceAll(old, name);
    writeFileSync(join(folder, file), file === "sw.js" ? text.replace(/const BUILD = "[0-9a-f]+"/, 'const BUILD = "00000000deadbeef"') : text);
  }
  return { folder, style: name, was: old };
}

const cacheNames = (tab) => tab.evaluate(() => caches.keys());

/** Until the browser keeps the client whole: then a start needs no network. */
const whole = (tab) => until("the browser keeps the client", 60_000, () => tab.evaluate(async () => {
  const worker = await navigator.serviceWorker.getRegistration();
  return worker?.active?.state === "activated" && !worker.installing && Boolean(navigator.serviceWorker.controller);
}), async () => tab.lines.join("\n"));

test("from_the_link_to_walking_it_takes_three_actions_at_most", { timeout: 120_000 }, async () => {
  const tab = await page(on.chromium);
  const actions = await wayToWalking(tab, on.world.link);
  console.log(`link to walking: ${actions} actions`);
  assert.ok(actions <= 3);
  assert.equal((await state(tab)).name, "Mei");
  // Whoever comes back presses one key: the name is there and the button has the focus.
  await tab.reload();
  await tab.locator("#way").waitFor({ state: "visible", timeout: 20_000 });
  assert.equal(await tab.locator("#name").inputValue(), "Mei");
  assert.equal(await tab.evaluate(() => document.activeElement?.id), "join");
  await tab.context().close();
});

test("the_door_says_whose_world_it_is_who_is_there_and_how_much_is_left", { timeout: 60_000 }, async () => {
  const host = await serve(process.env.HOLM_WEB);
  const bytes = JSON.parse(readFileSync(join(process.env.HOLM_WEB, "boot.json"), "utf8")).wasm_bytes;
  host.bytesPerSec = bytes / 12;
  const tab = await page(on.chromium);
  await tab.goto(host.origin + SECRET);
  await until("name and people", 10_000, async () => (await tab.locator("#people").textContent()) === "Already there: 3");
  assert.equal(await tab.locator("#world").textContent(), "Quiet bay");
  await until("figures with time left", 10_000, async () => /^[\d.]+ MB of [\d.]+ MB · about \d+ seconds? left$/.test(await tab.locator("#bytes").textContent()),
    () => tab.locator("#bytes").textContent());
  host.card = { name: "Quiet bay", people: 12, max: 12, version: 1 };
  await until("it is full", 10_000, async () => (await tab.locator("#people").textContent()) === "Full: 12 of 12 are there");
  // The name is asked meanwhile, and whoever has given it is told what is still missing.
  await knock(tab, "Mei");
  assert.equal(await tab.locator("#way").isVisible(), false);
  assert.match(await tab.locator("#line").textContent(), /Fetching/);
  await keep(tab, "page-fetching");
  await tab.context().close();
  await host.stop();
});

test("a_failure_is_said_in_the_persons_language_with_a_next_step", { timeout: 60_000 }, async () => {
  const host = await serve(process.env.HOLM_WEB);
  for (const [locale, said] of [["ar", /مضيف هذا العالم لا يردّ/], ["ja", /応答がありません/], ["de", /Gastgeber/]]) {
    const tab = await page(on.chromium, { width: 390, height: 844, locale });
    await tab.route("**/*.wasm", (route) => route.abort("connectionrefused"));
    await tab.goto(host.origin + SECRET);
    await tab.locator("#trouble").waitFor({ state: "visible", timeout: 20_000 });
    assert.match(await tab.locator("#line").textContent(), said);
    assert.ok((await tab.locator("#next").textContent()).length > 15);
    await keep(tab, `page-trouble-${locale}`);
    await tab.context().close();
  }
  await host.stop();
});

test("the_manifest_makes_the_client_one_that_can_be_installed", { timeout: 60_000 }, async () => {
  const tab = await page(on.chromium);
  await tab.route("**/*.wasm", () => {});
  await tab.goto(on.world.link);
  const devtools = await tab.context().newCDPSession(tab);
  const { errors, data, url } = await devtools.send("Page.getAppManifest");
  assert.deepEqual(errors, []);
  assert.equal(new URL(url).pathname, "/holm.webmanifest");
  const manifest = JSON.parse(data);
  assert.equal(new URL(manifest.start_url, url).href, new URL("/", on.world.link).href);
  const response = await fetch(new URL("/holm.webmanifest", on.world.link));
  assert.equal(response.headers.get("content-type"), "application/manifest+json");
  for (const { src, sizes, type } of manifest.icons) {
    const icon = await fetch(new URL(src, url));
    assert.equal(icon.status, 200, src);
    assert.equal(icon.headers.get("content-type"), type);
    assert.ok(sizes);
  }
  const { installabilityErrors } = await devtools.send("Page.getInstallabilityErrors");
  assert.deepEqual(installabilityErrors.filter(({ errorId }) => errorId !== "in-incognito"), []);
  await tab.context().close();
});

test("the_second_start_needs_no_network_and_says_that_nobody_answers", { timeout: 180_000 }, async () => {
  const host = await serve(process.env.HOLM_WEB);
  const tab = await page(on.chromium);
  await tab.goto(host.origin); // no link: the title
  await until("it runs", 60_000, async () => (await state(tab))?.frames > 1, () => tab.lines.join("\n"));
  await whole(tab);
  assert.deepEqual(host.asked.filter((path) => path.startsWith("/fonts/")), [], "letters that nobody here reads were not fetched");
  await host.stop();

  const begun = Date.now();
  await tab.goto("about:blank"); // another fragment alone is no new start
  await tab.goto(host.origin + new URL(on.world.link).hash);
  await tab.locator("#way").waitFor({ state: "visible", timeout: 20_000 });
  await until("the host is missed", 15_000, async () => /does not answer/.test(await tab.locator("#people").textContent()));
  await keep(tab, "page-offline");
  await knock(tab, "Mei");
  await until("it runs without a network", 60_000, async () => (await state(tab))?.frames > 1, () => tab.lines.join("\n"));
  console.log(`started without the network in ${((Date.now() - begun) / 1000).toFixed(1)} s`);
  // Nobody answers on this machine, which is known at once: the way in may be over before the page hears of it.
  await until("it goes in, and is at the title again with the reason", 60_000, async () => {
    const now = await state(tab);
    return now?.phase === "off" && now.ends > 0;
  }, async () => JSON.stringify(await state(tab)));
  await keep(tab, "page-offline-title");
  await tab.context().close();
});

test("a_new_build_of_the_host_is_used_at_the_next_start_and_the_old_one_is_deleted", { timeout: 180_000 }, async () => {
  const host = await serve(process.env.HOLM_WEB);
  const tab = await page(on.chromium);
  await tab.goto(host.origin);
  await until("it runs", 60_000, async () => (await state(tab))?.frames > 1, () => tab.lines.join("\n"));
  await whole(tab);
  const [before_] = await cacheNames(tab);
  const next = nextBuild();
  host.folder = next.folder;
  host.asked.length = 0;
  await tab.goto("about:blank");
  await tab.goto(host.origin);
  const style = () => tab.evaluate(() => document.querySelector("link[rel=stylesheet]").getAttribute("href"));
  assert.equal(await style(), `./${next.style}`, "the page is the host's, never an older one");
  await until("it runs", 60_000, async () => (await state(tab))?.frames > 1, () => tab.lines.join("\n"));
  await until("the old build is gone", 60_000, async () => (await cacheNames(tab)).join() === "holm-00000000deadbeef", async () => `${await cacheNames(tab)} was ${before_}`);
  // What did not change was not fetched again: the wasm above all.
  assert.deepEqual(host.asked.filter((path) => path.endsWith(".wasm")), []);
  await host.stop();
  await tab.goto("about:blank");
  await tab.goto(host.origin);
  assert.equal(await style(), `./${next.style}`, "and it starts without the network");
  await until("it runs", 60_000, async () => (await state(tab))?.frames > 1, () => tab.lines.join("\n"));
  await tab.context().close();
});

test("letters_of_another_script_are_kept_for_new_builds_and_for_starts_without_the_network", { timeout: 180_000 }, async () => {
  const host = await serve(process.env.HOLM_WEB);
  const tab = await page(on.chromium, { locale: "ja" });
  const runs = () => until("it runs", 60_000, async () => (await state(tab))?.frames > 1, () => tab.lines.join("\n"));
  const isFont = (path) => path.includes("/fonts/");
  const keptFonts = () => tab.evaluate(async () => {
    const caches_ = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
    const requests = (await Promise.all(caches_.map((cache) => cache.keys()))).flat();
    return requests.map(({ url }) => new URL(url).pathname).filter((path) => path.includes("/fonts/"));
  });
  await tab.goto(host.origin);
  await runs();
  const asked = await until("letters are fetched", 20_000, () => host.asked.find(isFont), () => host.asked.join(" "));
  await whole(tab);
  // They came before there was anybody to keep them.
  await until("they are kept", 20_000, async () => (await keptFonts()).includes(asked), async () => (await keptFonts()).join(" "));
  assert.equal(host.asked.filter((path) => path === asked).length, 1, "fetched once");

  host.folder = nextBuild().folder;
  host.asked.length = 0;
  await tab.goto("about:blank");
  await tab.goto(host.origin);
  await runs();
  await until("the old build is gone", 60_000, async () => (await cacheNames(tab)).join() === "holm-00000000deadbeef", () => cacheNames(tab));
  assert.deepEqual(host.asked.filter(isFont), [], "a new build with the same letters fetches none");
  assert.ok((await keptFonts()).includes(asked));

  await host.stop();
  const devtools = await tab.context().newCDPSession(tab);
  await devtools.send("Network.clearBrowserCache"); // which the browser may do whenever it likes
  await tab.goto("about:blank");
  await tab.goto(host.origin);
  await runs();
  const came = () => tab.evaluate(() => performance.getEntriesByType("resource")
    .filter(({ name, responseStatus }) => name.includes("/fonts/") && responseStatus === 200).length);
  await until("letters are there without the network", 20_000, came, () => tab.lines.join("\n"));
  await keep(tab, "page-offline-ja");
  await tab.context().close();
});

test("without_a_link_one_comes_back_to_the_world_one_was_in_last", { timeout: 120_000 }, async () => {
  const tab = await page(on.chromium);
  await enter(tab, on.world.link, 60_000, "Mei");
  await tab.goto("about:blank");
  await tab.goto(new URL("/", on.world.link).href);
  await tab.locator("#way").waitFor({ state: "visible", timeout: 20_000 });
  assert.ok(await tab.locator("#elsewhere").isVisible(), "another world can be chosen");
  await tab.locator("#join").click();
  await until("in the world", 60_000, async () => (await state(tab))?.phase === "inside", async () => JSON.stringify(await state(tab)));
  await tab.context().close();
});
