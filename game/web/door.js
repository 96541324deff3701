// The door: the world's name, who is there already, the name one goes in by, and how far the program is.
//
// Flow: `world.json`, asked every few seconds → name and people; the form → the name, kept where the program
// reads it (`platform/web/vault.rs`) → `wayIn()` is done; `progress` and `fail` are called by `boot.js`.
// Invariant: the link's secret stays in this browser: in the address, and where this origin keeps things.

import { watchPads } from "./{{pad}}";
import { number, say, size, time, worldName } from "./{{words}}";

export const $ = (id) => document.getElementById(id);
const door = $("door");
let failed = false;
export const hasFailed = () => failed;

/** Where the program looks for a person's name: UTF-8 as hexadecimal text. */
const NAME = "holm/vault/name.txt";
/** The room one was in last, for whoever comes back by the icon and not by a link. */
const LAST = "holm/page/last";
const MAX_NAME_CHARS = 32; // game/src/customs.rs
const ASK_EVERY_MS = 5000;

const kept = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
const keep = (key, text) => { try { localStorage.setItem(key, text); } catch { /* forbidden: for this time only */ } };
const hex = (text) => [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const unhex = (text) => {
  const bytes = (text.match(/../g) ?? []).map((pair) => parseInt(pair, 16));
  return new TextDecoder().decode(new Uint8Array(bytes));
};

/** One line, as `customs.rs` would have it: nothing that breaks it or turns it around. */
const tame = (text, most) => [...String(text).replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ").trim()].slice(0, most).join("");

/** Says what went wrong and what to do; the last thing this page does. */
export function fail(what, details) {
  if (failed) return;
  failed = true;
  door.hidden = false;
  door.classList.remove("open");
  for (const id of ["bar", "bytes", "way", "install", "place"]) $(id).hidden = true;
  $("waiting").hidden = false;
  $("line").setAttribute("role", "alert");
  $("line").textContent = say(what);
  $("next").textContent = say(`${what}-next`);
  $("details").textContent = `${details}\n${navigator.userAgent}`;
  $("trouble").hidden = false;
  $("again").focus();
  watchPads();
}

/** How far it is: a part from 0 to 1 that never goes back, a sentence, and figures. */
export function progress(part, text, figures = "\u00a0") {
  const percent = Math.max(Math.round(part * 100), Number($("bar").getAttribute("aria-valuenow")));
  $("fill").style.transform = `translateX(${percent - 100}%)`;
  $("bar").setAttribute("aria-valuenow", String(percent));
  if ($("line").textContent !== text) $("line").textContent = text;
  $("bytes").textContent = figures;
}

/** Figures of a download: bytes on the line, of how many, and the seconds left if that can be said yet. */
export const figures = (have, all, secs) =>
  say("page-bytes", { have: size(have), all: size(all) }) + (secs === null ? "" : ` · ${say("page-left", { time: time(secs) })}`);

/** Asks the host about its world, again and again while the door is closed. */
function watchWorld(asked) {
  const ask = async () => {
    if (failed || door.hidden) return;
    try {
      const response = await fetch("./world.json", { cache: "no-store", signal: AbortSignal.timeout(ASK_EVERY_MS) });
      if (response.ok) show(await response.json());
    } catch {
      $("people").textContent = say("page-host-silent");
      $("people").classList.add("trouble");
    }
    setTimeout(ask, ASK_EVERY_MS);
  };
  const show = ({ name, people, max }) => {
    // A rendezvous that hosts no world of its own has nothing to say.
    const world = tame(name ?? "", 64);
    if (!world || !Number.isFinite(people)) return;
    asked.world = world;
    title(world);
    const full = Number.isFinite(max) && max > 0 && people >= max;
    $("people").classList.toggle("trouble", full);
    $("people").textContent = full
      ? say("page-full", { people: number(people), max: number(max) })
      : people > 0 ? say("page-here", { people: number(people) }) : say("page-nobody");
  };
  void ask();
}

function title(world) {
  const name = worldName(world);
  $("world").textContent = name;
  $("place").hidden = failed;
  document.title = `${name} · Holm`;
}

/** Resolves when the person goes in; at once where there is nowhere to go: the program then asks for a link. */
export function wayIn() {
  const last = (() => { try { return JSON.parse(kept(LAST)); } catch { return null; } })();
  const asked = { world: typeof last?.world === "string" && last.hash === location.hash ? tame(last.world, 64) : "" };
  const linked = location.hash.length > 1;
  const known = !linked && typeof last?.hash === "string" && last.hash.startsWith("#") ? last : null;
  if (known) asked.world = tame(known.world ?? "", 64);
  if (asked.world) title(asked.world);
  watchWorld(asked);
  if (!linked && !known) return Promise.resolve();

  const name = kept(NAME) ? tame(unhex(kept(NAME)), MAX_NAME_CHARS) : "";
  $("name").value = name;
  $("elsewhere").hidden = !known;
  $("way").hidden = false;
  // A phone would put its keyboard over everything unasked.
  if (name) $("join").focus({ preventScroll: true });
  else if (matchMedia("(pointer: fine)").matches) $("name").focus({ preventScroll: true });

  return new Promise((resolve) => {
    const go = (hash) => {
      const given = tame($("name").value, MAX_NAME_CHARS);
      if (given) keep(NAME, hex(given));
      if (hash) {
        if (hash !== location.hash) history.replaceState(null, "", hash);
        keep(LAST, JSON.stringify({ hash, world: asked.world }));
      }
      $("way").hidden = true;
      $("install").hidden = true;
      resolve();
    };
    $("way").addEventListener("submit", (event) => {
      event.preventDefault();
      go(known ? known.hash : location.hash);
    });
    $("elsewhere").addEventListener("click", () => go(""));
  });
}

/** Puts the words onto the page. */
export function label() {
  document.querySelector("label").textContent = say("page-name");
  $("name").placeholder = say("page-name-hint");
  for (const [id, key] of [["join", "page-join"], ["elsewhere", "page-elsewhere"], ["again", "page-again"], ["more", "page-details"], ["install", "page-install"]]) {
    $(id).textContent = say(key);
  }
  $("bar").setAttribute("aria-label", say("page-fetching"));
  $("holm").setAttribute("aria-label", say("page-canvas"));
  $("again").addEventListener("click", () => location.reload());
  // Browsers that can keep the client as a program of its own say so by this event.
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    $("install").hidden = $("way").hidden || failed;
    $("install").onclick = () => { $("install").hidden = true; void event.prompt(); };
  });
}
