// The page around the client as a person meets it: what it says while the program is on its way, in whose words,
// how many actions it takes to walk, what it keeps in the browser, and what happens when the host has a new build.
//
// Served by a few lines of our own where a host has to change or to vanish, by a real host where somebody walks.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { after, test } from "node:test";
import { enter, keep, knock, page, sleep, stage, state, until, wayToWalking } from "./support.mjs";

const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".svg": "image/svg+xml", ".png": "image/png", ".ttf": "font/ttf", ".json": "application/json", ".webmanifest": "application/manifest+json" };
const SECRET = "#abcdefghijklmnopqrstuvwxyz";

const on = stage();
const scratch = mkdtempSync(join(tmpdir(), "holm-page-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** A host of the bundle in a folder: it can be slowed down, changed, and taken away. */
async function serve(folder, card = { name: "Quiet bay", people: 3, max: 12, version: 1 }) {
  const self = { folder, asked: [], bytesPerSec: Infinity, card };
  const answer = async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://x").pathname));
    self.asked.push(path);
    if (path === "/world.json") return response.writeHead(200, { "Content-Type": TYPES[".json"] }).end(JSON.stringify(self.card));
    const file = join(self.folder, path === "/" ? "index.html" : path);
    if (!existsSync(file)) return response.writeHead(404).end();
    const hashed = /-[0-9a-f]{16}\./.test(path);
    const bytes = readFileSync(file);
    response.writeHead(200, { "Content-Type": TYPES[extname(file)] ?? "application/octet-stream", "Content-Length": bytes.length, "Cache-Control": hashed ? "public, max-age=31536000, immutable" : "no-cache" });
    if (extname(file) !== ".wasm" || self.bytesPerSec === Infinity) return response.end(bytes);
    const step = Math.ceil(self.bytesPerSec / 10);
    for (let at = 0; at < bytes.length && !response.destroyed; at += step) {
      response.write(bytes.subarray(at, at + step));
      await sleep(100);
    }
    response.end();
  };
  self.start = (port = 0) => new Promise((resolve) => {
    self.server = createServer((request, response) => void answer(request, response));
    self.server.listen(port, "127.0.0.1", () => {
      self.port = self.server.address().port;
      self.origin = `http://127.0.0.1:${self.port}/`;
      resolve();
    });
  });
  self.stop = () => new Promise((resolve) => { self.server.close(resolve); self.server.closeAllConnections(); });
  await self.start();
  return self;
}

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

test("a_pad_alone_or_a_finger_alone_opens_the_door", { timeout: 60_000 }, async () => {
  const host = await serve(process.env.HOLM_WEB);
  const pad = await page(on.chromium);
  await pad.addInitScript(() => {
    globalThis.__pressed = true; // held since before: no press
    navigator.getGamepads = () => [{ buttons: [{ pressed: globalThis.__pressed }] }, null];
  });
  await pad.route("**/*.wasm", () => {});
  await pad.goto(host.origin + SECRET);
  await pad.locator("#way").waitFor({ state: "visible" });
  await sleep(300);
  assert.ok(await pad.locator("#way").isVisible(), "a button that was held already presses nothing");
  await pad.evaluate(() => { globalThis.__pressed = false; });
  await sleep(200);
  await pad.evaluate(() => { globalThis.__pressed = true; });
  await pad.locator("#way").waitFor({ state: "hidden", timeout: 5000 });
  await pad.context().close();

  const phone = await page(on.chromium, { width: 390, height: 844, hasTouch: true, isMobile: true });
  await phone.route("**/*.wasm", () => {});
  await phone.goto(host.origin + SECRET);
  await phone.locator("#join").tap();
  await phone.locator("#way").waitFor({ state: "hidden", timeout: 5000 });
  assert.match(await phone.locator("#line").textContent(), /Fetching/);
  await phone.context().close();
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
