// A host of the bundle for the page alone, of a few lines: it can be slowed down, changed, and taken away.

import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { sleep } from "./support.mjs";

const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".svg": "image/svg+xml", ".png": "image/png", ".ttf": "font/ttf", ".json": "application/json", ".webmanifest": "application/manifest+json" };
/** Behind a link to it; it opens nothing. */
export const SECRET = "#abcdefghijklmnopqrstuvwxyz";

/** Serves a folder, and `card` as what it says of its world; `asked` are the paths that were asked for. */
export async function serve(folder, card = { name: "Quiet bay", people: 3, max: 12, version: 1 }) {
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
    // A test that fails before it stops us does not keep its process.
    self.server.unref().on("connection", (socket) => socket.unref());
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
