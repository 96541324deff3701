// What the browser tests share: a browser, a real host and real bots as processes, and waiting with a deadline.
//
// `cargo xtask test` names the tools in the environment:
//   HOLM_PLAYWRIGHT  folder whose node_modules hold playwright-core
//   HOLM_CHROMIUM    the browser
//   HOLM_BIN         the `holm` program (headless will do)
//   HOLM_WEB         the browser bundle
//   HOLM_OUT         where screenshots and logs go

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before } from "node:test";

const need = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests by \`cargo xtask test\``);
  return value;
};

export const out = process.env.HOLM_OUT ?? join(tmpdir(), "holm-browser");
mkdirSync(out, { recursive: true });

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Awaits until `look` returns something true; an error that says what was awaited and what was there instead. */
export async function until(what, ms, look, instead = () => "") {
  const deadline = Date.now() + ms;
  for (;;) {
    const value = await look();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${ms / 1000} s. ${await instead()}`);
    await sleep(100);
  }
}

/** Chromium without a display, drawing in software: about 6 frames a second at 720p, so keep pages small. */
export async function browser(...more) {
  const { chromium } = createRequire(`${need("HOLM_PLAYWRIGHT")}/`)("playwright-core");
  return chromium.launch({
    executablePath: need("HOLM_CHROMIUM"),
    headless: true,
    args: [
      "--no-sandbox", // as root, in a container
      "--use-angle=swiftshader",
      "--enable-unsafe-swiftshader",
      "--ignore-gpu-blocklist",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...more,
    ],
  });
}

/** A page that keeps what it logs, for when a test fails. */
export async function page(browser, { width = 640, height = 360, ...more } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, locale: "en-US", ...more });
  return watched(await context.newPage());
}

/** Keeps what a page logs. */
export function watched(page) {
  page.lines = [];
  page.on("console", (message) => page.lines.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => page.lines.push(`pageerror: ${error.message}`));
  page.on("crash", () => page.lines.push("the page crashed"));
  return page;
}

/** What the client says of itself (twice a second); null before it runs. */
export const state = (page) => page.evaluate(() => {
  const state = globalThis.__holm_state;
  return typeof state === "string" ? JSON.parse(state) : (state ?? null);
});

/** Leaves a picture and the page's log, named after the test. */
export async function keep(page, name) {
  await page.screenshot({ path: join(out, `${name}.png`) }).catch(() => {});
  writeFileSync(join(out, `${name}.log`), `${page.lines.join("\n")}\n${JSON.stringify(await state(page).catch(String), null, 1)}\n`);
}

/** A process whose output is kept; JSON lines on standard output are parsed into `events`. */
export function start(args, env = {}) {
  const data = mkdtempSync(join(tmpdir(), "holm-browser-"));
  const child = spawn(need("HOLM_BIN"), args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, HOLM_DATA: data, ...env },
  });
  const self = { child, events: [], lines: [], ended: null };
  createInterface({ input: child.stdout }).on("line", (line) => {
    self.lines.push(line);
    if (line.startsWith("{")) {
      try { self.events.push(JSON.parse(line)); } catch { /* kept as a line */ }
    }
  });
  createInterface({ input: child.stderr }).on("line", (line) => self.lines.push(line));
  self.done = new Promise((resolve) => {
    child.on("error", (error) => { self.lines.push(String(error)); resolve((self.ended = -1)); });
    child.on("exit", (code, signal) => { rmSync(data, { recursive: true, force: true }); resolve((self.ended = code ?? signal)); });
  });
  self.stop = async () => {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
    await self.done;
    clearTimeout(timer);
  };
  return self;
}

/** A headless host on a free port; resolves with its link (and its admin page's) once it is ready. */
export async function host(...more) {
  const host = start(["host", "--headless", "--json", "--port", "0", "--no-lan", "--name", "Harbour master", ...more], {
    HOLM_WEB: need("HOLM_WEB"),
  });
  const ready = await until("the host is ready", 20_000, () => {
    if (host.ended !== null) throw new Error(`the host ended (${host.ended}):\n${host.lines.join("\n")}`);
    return host.events.find((event) => event.event === "ready");
  }, () => host.lines.join("\n"));
  // From this machine: a secure origin without a certificate, and packed by brotli.
  const link = new URL(ready.link.replace(/^holm(s?):/, "http$1:"));
  link.hostname = "127.0.0.1";
  host.link = link.href;
  if (ready.admin) host.admin = `${ready.admin}#${readFileSync(ready.admin_token_file, "utf8").trim()}`;
  return host;
}

/** For all tests of a file: one host, and one browser; `world` and `chromium` of what it returns, once they run. */
export function stage() {
  const stage = {};
  before(async () => {
    stage.world = await host();
    stage.chromium = await browser();
  });
  after(async () => {
    await stage.chromium?.close();
    await stage.world?.stop();
  });
  return stage;
}

/** Gives a name at the door and presses Enter, as a person does while the program is still on its way. */
export async function knock(page, name) {
  const field = page.locator("#name");
  await field.waitFor({ state: "visible", timeout: 20_000 });
  if (name) await field.fill(name);
  await field.press("Enter");
}

/** Opens a link and comes in as a person does, by `how` at the door; the seconds until they were in the world. */
export async function enter(page, link, ms, name, how = knock) {
  const begun = Date.now();
  await page.goto(link);
  await how(page, name);
  await until("in the world", ms, async () => {
    const now = await state(page);
    return now?.phase === "inside" && Array.isArray(now.position);
  }, async () => `${JSON.stringify(await state(page))}\n${page.lines.slice(-20).join("\n")}`);
  return (Date.now() - begun) / 1000;
}

/** Until the client has drawn this many frames more: at one a second what is pressed and let go between two is not seen. */
export async function frames(page, count) {
  const from = (await state(page)).frames;
  await until(`${count} frames`, 30_000, async () => (await state(page)).frames >= from + count);
}

/** Holds a key until so many metres are walked, or the deadline is over; the metres walked. */
export async function walked(page, key, metres, ms) {
  await page.locator("#holm").focus();
  const before = (await state(page)).position;
  const far = async () => {
    const after = (await state(page)).position;
    return Math.hypot(after[0] - before[0], after[2] - before[2]);
  };
  await page.keyboard.down(key);
  try {
    await until("walked", ms, async () => (await far()) > metres, async () => `${await far()} m`);
  } finally {
    await page.keyboard.up(key);
  }
  return far();
}

/** Presses a key and holds it over a frame. */
export async function press(page, key) {
  await page.keyboard.down(key);
  await frames(page, 2);
  await page.keyboard.up(key);
  await frames(page, 2);
}

/** Opens the chat, types, sends. */
export async function say(page, text) {
  await page.locator("#holm").focus();
  await press(page, "Enter");
  await page.keyboard.type(text, { delay: 30 });
  await frames(page, 2);
  await press(page, "Enter");
}

/**
 * From a link until one walks, as somebody new goes: opening it, typing a name, pressing Enter are an action each,
 * counted where they are done. The number of actions before the first step.
 */
export async function wayToWalking(page, link) {
  let actions = 0;
  const act = async (work) => { actions += 1; return work(); };
  await act(() => page.goto(link));
  await page.locator("#name").waitFor({ state: "visible", timeout: 20_000 });
  await until("one types without clicking first", 5000, () => page.evaluate(() => document.activeElement?.id === "name"));
  await act(() => page.keyboard.type("Mei"));
  await act(() => page.keyboard.press("Enter"));
  await until("in the world", 60_000, async () => (await state(page))?.phase === "inside", async () => JSON.stringify(await state(page)));
  await walked(page, "KeyW", 1, 30_000);
  return actions;
}
