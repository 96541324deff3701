// Draws the icons of the installed client from `icon.svg`, by a browser: node game/web/icons.mjs
//
// HOLM_PLAYWRIGHT and HOLM_CHROMIUM name the tools, as for the browser tests. What it writes is kept in the repository.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const svg = readFileSync(join(here, "icon.svg"), "utf8");
// A maskable icon is cut to any shape: its content keeps to the inner 80 %, and nothing of it is see-through.
const whole = svg.replace(' clip-path="url(#round)"', "");
const { chromium } = createRequire(`${process.env.HOLM_PLAYWRIGHT}/`)("playwright-core");
const browser = await chromium.launch({ executablePath: process.env.HOLM_CHROMIUM, args: ["--no-sandbox"] });
for (const [name, side, drawing] of [["icon-192.png", 192, svg], ["icon-512.png", 512, svg], ["icon-maskable.png", 512, whole], ["icon-180.png", 180, whole]]) {
  const page = await browser.newPage({ viewport: { width: side, height: side } });
  await page.setContent(`<style>html,body{margin:0}svg{display:block;width:100vw;height:100vh}</style>${drawing}`);
  writeFileSync(join(here, name), await page.screenshot({ omitBackground: true }));
  await page.close();
}
await browser.close();
