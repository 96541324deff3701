// The page around the client: what a person reads when a browser cannot run it, or the host is gone.
// Served by a few lines of our own, under a policy no laxer than a host's (`net/rendezvous/src/web.rs`).

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { existsSync, readFileSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { after, before, test } from "node:test";
import { browser, keep, page, until } from "./support.mjs";

const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; style-src 'self'; img-src 'self' data: blob:; font-src 'self' data:; manifest-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".svg": "image/svg+xml", ".json": "application/json" };

let server, chromium, origin;

before(async () => {
  const root = process.env.HOLM_WEB;
  server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://x").pathname));
    const file = join(root, path === "/" ? "index.html" : path);
    if (!existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, { "Content-Type": TYPES[extname(file)] ?? "application/octet-stream", "Content-Security-Policy": POLICY });
    response.end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${server.address().port}/`;
  chromium = await browser();
});

after(async () => {
  await chromium?.close();
  server?.close();
});

/** Opens the page after `prepare` and returns the sentence that stands on the door. */
async function trouble(name, prepare) {
  const tab = await page(chromium);
  await prepare(tab);
  await tab.goto(origin);
  await tab.locator("#trouble").waitFor({ state: "visible", timeout: 20_000 });
  const said = { line: await tab.locator("#line").textContent(), next: await tab.locator("#next").textContent() };
  said.focused = await tab.evaluate(() => document.activeElement?.id);
  said.policy = tab.lines.filter((line) => /Content Security Policy/.test(line));
  await keep(tab, `loader-${name}`);
  await tab.context().close();
  return said;
}

test("a_browser_without_webgl_is_told_what_to_switch_on", async () => {
  const said = await trouble("webgl", (tab) => tab.addInitScript(() => {
    HTMLCanvasElement.prototype.getContext = () => null;
  }));
  assert.match(said.line, /WebGL 2 is missing/);
  assert.match(said.next, /graphics acceleration/);
  assert.equal(said.focused, "again", "the button has the keyboard");
});

test("a_browser_without_webrtc_is_told_so", async () => {
  const said = await trouble("webrtc", (tab) => tab.addInitScript(() => delete globalThis.RTCPeerConnection));
  assert.match(said.line, /WebRTC is missing/);
  assert.ok(said.next.length > 20);
});

test("a_browser_without_webassembly_is_told_so", async () => {
  const said = await trouble("webassembly", (tab) => tab.addInitScript(() => delete globalThis.WebAssembly));
  assert.match(said.line, /WebAssembly is missing/);
});

test("files_that_come_together_wait_unread_in_the_page_until_each_is_asked_for", async () => {
  const tab = await page(chromium);
  await tab.route("**/*.wasm", () => {}); // on its way: nobody takes them
  await tab.goto(origin);
  const chooser = tab.locator("#chooser");
  await chooser.waitFor({ state: "attached" });
  assert.match(await chooser.getAttribute("accept"), /\.png.*\.webp.*\.gif.*\.bmp/);
  const named = (name) => ({ name: `${name}.webp`, mimeType: "image/webp", buffer: Buffer.from(name) });
  await chooser.setInputFiles(["one", "two", "three"].map(named));
  await tab.evaluate(() => {
    const dataTransfer = new DataTransfer();
    for (const name of ["four", "five"]) dataTransfer.items.add(new File([name], `${name}.gif`));
    dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
  });
  const read = await tab.evaluate(async () => {
    const numbers = globalThis.__holm_file.splice(0);
    globalThis.__holm_forget(numbers[3]);
    const texts = [];
    for (const number of numbers) {
      texts.push(await globalThis.__holm_read(number, 4).then((bytes) => new TextDecoder().decode(bytes), (error) => error.name));
    }
    // Each is given once, and then the page has none of it any more.
    texts.push(await globalThis.__holm_read(numbers[0], 4).catch((error) => error.name));
    return texts;
  });
  assert.deepEqual(read, ["one", "two", "thre", "TypeError", "five", "TypeError"]);
  await tab.context().close();
});

test("a_host_that_is_gone_is_named_and_trying_again_is_offered", async () => {
  const said = await trouble("gone", (tab) => tab.route("**/*.wasm", (route) => route.abort("connectionrefused")));
  assert.match(said.line, /host does not answer/);
  assert.equal(said.focused, "again");
});

test("a_program_that_is_cut_short_is_a_sentence_and_not_a_blank_page", async () => {
  const said = await trouble("cut", (tab) => tab.route("**/*.wasm", (route) =>
    route.fulfill({ contentType: "application/wasm", body: Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1]) })));
  assert.match(said.line, /could not start|connection broke/);
});

test("the_program_is_fetched_with_progress_and_nothing_on_the_page_breaks_the_policy", async () => {
  const tab = await page(chromium);
  const seen = [];
  await tab.exposeFunction("holmSaw", (text) => seen.push(text));
  await tab.addInitScript(() => addEventListener("DOMContentLoaded", () => {
    const bar = document.getElementById("bar");
    new MutationObserver(() => globalThis.holmSaw(bar.getAttribute("aria-valuenow"))).observe(bar, { attributes: true });
  }));
  await tab.goto(origin);
  await until("the bar moves", 60_000, () => seen.map(Number).some((percent) => percent >= 85), () => seen.join(" "));
  const steps = seen.map(Number);
  assert.deepEqual(steps, [...steps].sort((a, b) => a - b), "the bar never goes back");
  assert.deepEqual(tab.lines.filter((line) => /Content Security Policy/.test(line)), []);
  await keep(tab, "loader-progress");
  await tab.context().close();
});
