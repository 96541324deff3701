// Keeps the client in the browser, so that it starts the second time without the network.
//
// Flow: install: every file of this build into a cache named by the build → activate: caches of other builds go.
// A start asks the host for its page first, because the program must be the one its host speaks with; where the
// host is silent the kept page comes. Files named by their content come from the cache.
// Invariant: what is kept under a content name never changes, and a page is only kept together with all it names.

const BUILD = {{build}};
/** Of the first load, the page first. */
const FIRST = {{first}};
/** Fetched when somebody needs them, kept from then on: fonts of other scripts, the audio thread's part. */
const LATER = {{later}};

const PREFIX = "holm-";
const CACHE = PREFIX + BUILD;
/** A host that has not answered by then is not waited for. */
const PATIENCE_MS = 4000;

const url = (name) => new URL(name, registration.scope).href;
const hasContentName = (name) => /-[0-9a-f]{16}\./.test(name);
const find = (cache, address) => cache.match(address, { ignoreVary: true });

async function fill() {
  const cache = await caches.open(CACHE);
  for (const name of FIRST) {
    const address = url(name);
    if (await find(cache, address)) continue;
    const same = hasContentName(name) ? await find(caches, address) : undefined;
    let response = same ?? await fetch(address, { cache: hasContentName(name) ? "default" : "no-cache" });
    if (!response.ok) throw new Error(`${name}: ${response.status}`);
    if (name === "./") {
      // The host may have another build by now: its page without its files would start nowhere.
      const page = await response.clone().text();
      const missing = FIRST.find((file) => /^boot-|^holm-.*wasm$/.test(file) && !page.includes(file));
      if (missing) throw new Error(`the page names no ${missing}`);
    }
    await cache.put(address, response);
  }
}

async function tidy() {
  const cache = await caches.open(CACHE);
  const later = LATER.map(url);
  for (const name of await caches.keys()) {
    if (!name.startsWith(PREFIX) || name === CACHE) continue;
    const old = await caches.open(name);
    for (const request of await old.keys()) {
      if (later.includes(request.url)) await cache.put(request, await old.match(request));
    }
    await caches.delete(name);
  }
  await clients.claim();
}

/** The host's page, or after a while the kept one. */
async function page(request) {
  try {
    const response = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (response.status < 500) return response;
  } catch { /* no network, or nobody there */ }
  const kept = await find(await caches.open(CACHE), url("./"));
  return kept ?? Response.error();
}

async function file(request, name) {
  // Who found what is kept damaged asks for it anew.
  const kept = request.cache === "reload" ? undefined : await find(caches, request.url);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok && LATER.includes(name)) {
    const cache = await caches.open(CACHE);
    // A full disk costs the next start a download, nothing else.
    await cache.put(request.url, response.clone()).catch(() => 0);
  }
  return response;
}

async function changing(request, name) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await find(await caches.open(CACHE), url(name));
    if (kept) return kept;
    throw error;
  }
}

addEventListener("install", (event) => event.waitUntil(fill().then(() => skipWaiting())));
addEventListener("activate", (event) => event.waitUntil(tidy()));
addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  const root = new URL(registration.scope);
  if (request.method !== "GET" || origin !== root.origin || !pathname.startsWith(root.pathname)) return;
  const name = pathname.slice(root.pathname.length) || "./";
  if (request.mode === "navigate") {
    if (name === "./" || name === "index.html") event.respondWith(page(request));
  } else if (hasContentName(name)) {
    event.respondWith(file(request, name));
  } else if (FIRST.includes(name)) {
    event.respondWith(changing(request, name));
  }
});
