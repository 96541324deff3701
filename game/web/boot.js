// The browser client's loader: looks whether this browser can, fetches the program while the person says who
// they are, starts it, and steps aside. When something fails it says what, and what to do, in a sentence.
//
// Flow: check → fetch (counting bytes) → compile while it arrives; meanwhile the door asks for a name → both are
// there: start → hide the door at the first frame → let the browser keep it all (`sw.js`).
// Invariant: every wait ends: by bytes, by the person, or by a sentence.

import * as sound from "./{{audio}}";
import { $, fail, figures, hasFailed, label, progress, wayIn } from "./{{door}}";
import { keepFramesComing } from "./{{frames}}";
import { letGo, watchPads } from "./{{pad}}";
import { say, time } from "./{{words}}";

/** Nothing for so long: said; for so long: given up. A phone between two cells is silent for 10 s now and then. */
const STALL_SAID_MS = 8_000;
const STALL_ENDS_MS = 60_000;
/** Shaders of a slow machine take seconds; then the door opens in any case. */
const FIRST_FRAME_MS = 8_000;

const canvas = $("holm");

/** What this browser lacks: the words for it, and for whoever can help; null when it has all. */
function lacking() {
  if (typeof WebAssembly !== "object" || typeof WebAssembly.instantiate !== "function") return ["page-no-wasm", "no WebAssembly"];
  if (typeof RTCPeerConnection !== "function") return ["page-no-webrtc", "no RTCPeerConnection"];
  const gl = document.createElement("canvas").getContext("webgl2");
  if (!gl) return ["page-no-webgl", "no webgl2 context"];
  gl.getExtension("WEBGL_lose_context")?.loseContext(); // browsers allow only a few at a time
  return null;
}

class Stalled extends Error {}

/** Watches that something arrives: says when nothing does, gives up after a while. */
function stallWatch() {
  const stop = new AbortController();
  let last = performance.now();
  const clock = setInterval(() => {
    const silent = performance.now() - last;
    if (silent > STALL_ENDS_MS) stop.abort(new Stalled(`nothing arrived for ${Math.round(silent / 1000)} s`));
    else if (silent > STALL_SAID_MS) progress(0, say("page-stalled", { time: time(silent / 1000) }));
  }, 1000);
  const ended = new Promise((_, reject) => stop.signal.addEventListener("abort", () => reject(stop.signal.reason)));
  ended.catch(() => 0); // not everybody waits for it
  return { signal: stop.signal, ended, alive: () => { last = performance.now(); }, done: () => clearInterval(clock) };
}

/** The program's response, with each chunk counted while it passes. */
function counted(response, rawBytes, watch) {
  if (!response.body) return response;
  // Chunks are counted unpacked; people think of what their line carries.
  const packed = Number(response.headers.get("content-length")) || rawBytes;
  const begun = performance.now();
  let have = 0;
  const counter = new TransformStream({
    transform(chunk, out) {
      watch.alive();
      have += chunk.byteLength;
      const part = Math.min(have / rawBytes, 1);
      const secs = (performance.now() - begun) / 1000;
      const left = secs > 1 && part > 0.02 ? (secs / part) * (1 - part) : null;
      const all = part < 1;
      progress(part * 0.9, say(all ? "page-fetching" : "page-unpacking"), figures(part * packed, packed, all ? left : null));
      out.enqueue(chunk);
    },
    // Compiling what is here may take its time: nobody is waited for.
    flush: watch.done,
  });
  return new Response(response.body.pipeThrough(counter), { headers: { "Content-Type": "application/wasm" } });
}

/** The program, compiled while it arrives, and what binds it to the page; null after a failure that was said. */
async function fetchProgram() {
  const program = $("program");
  const rawBytes = Number(program.dataset.bytes) || 1;
  const watch = stallWatch();
  progress(0, say("page-fetching"));
  try {
    const code = import($("code").href);
    code.catch(() => 0); // awaited below; a failure of the other one must not leave it unheard
    let response;
    try {
      response = await fetch(program.href, { signal: watch.signal });
      watch.alive();
    } catch (error) {
      fail(error instanceof Stalled ? "page-stood-still" : "page-host-gone", String(error));
      return null;
    }
    if (!response.ok) {
      // The host has another program by now than the one this page names.
      fail(response.status === 404 ? "page-old" : "page-host-gone", `HTTP ${response.status} for ${program.getAttribute("href")}`);
      return null;
    }
    const counting = counted(response, rawBytes, watch);
    const compiling = WebAssembly.compileStreaming ? WebAssembly.compileStreaming(counting) : counting.arrayBuffer().then((bytes) => WebAssembly.compile(bytes));
    $("bar").classList.add("waiting");
    const module = await compiling;
    const rest = stallWatch();
    try {
      // An import cannot be called off; a host that fell silent after the program is waited for as long as for it.
      return { module, code: await Promise.race([code, rest.ended]) };
    } finally {
      rest.done();
    }
  } catch (error) {
    const still = error instanceof Stalled || watch.signal.aborted;
    const cut = error instanceof TypeError && /fetch|network|import/i.test(String(error));
    fail(still ? "page-stood-still" : cut ? "page-cut" : "page-broken", error?.stack ?? String(error));
    return null;
  } finally {
    watch.done();
    $("bar").classList.remove("waiting");
  }
}

/** Resolves when the program has drawn for the first time, or after a while in any case. */
function firstFrame() {
  const deadline = performance.now() + FIRST_FRAME_MS;
  return new Promise((resolve) => {
    const look = () => {
      if (globalThis.__holm_state || performance.now() > deadline) return requestAnimationFrame(() => resolve());
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
}

function isControlFlow(error) {
  // winit leaves main by an exception on the web; it says so itself.
  return /Using exceptions for control flow/.test(String(error?.message ?? error));
}

/** Lets the browser keep the program: the next start needs no network. Only where pages are secure. */
function keepOffline() {
  if (!globalThis.isSecureContext || !navigator.serviceWorker) return;
  // Refused in private windows and under a certificate that was only waved through: then nothing is kept.
  navigator.serviceWorker.register("./sw.js", { scope: "./", updateViaCache: "none" }).catch(() => 0);
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    keepLetters();
    sound.keep();
  }, { once: true });
}

/** Letters that came before there was a keeper pass by it once more, out of what the browser has just fetched. */
function keepLetters() {
  const fonts = new URL("./fonts/", location.href).href;
  new PerformanceObserver((list) => {
    for (const { name, workerStart } of list.getEntries()) {
      if (!workerStart && name.startsWith(fonts)) fetch(name).catch(() => 0);
    }
  }).observe({ type: "resource", buffered: true });
}

async function start() {
  label();
  const lack = lacking();
  if (lack) return fail(...lack);
  keepFramesComing(sound.busy);
  watchPads();

  let ready = false;
  const fetching = fetchProgram().then((program) => {
    ready = true;
    if (program) progress(0.92, say("page-ready"));
    return program;
  });
  const going = wayIn().then(letGo).then(() => {
    if (!ready && !hasFailed()) $("bar").classList.add("waiting");
  });
  const [program] = await Promise.all([fetching, going]);
  if (!program || hasFailed()) return;

  progress(0.95, say("page-opening"));
  try {
    await program.code.default({ module_or_path: program.module });
  } catch (error) {
    if (!isControlFlow(error)) return fail("page-broken", error?.stack ?? String(error));
  }
  await firstFrame();
  if (hasFailed()) return;
  progress(1, say("page-opening"));
  $("door").classList.add("open");
  setTimeout(() => { if (!hasFailed()) $("door").hidden = true; }, 600);
  canvas.focus({ preventScroll: true });
  keepOffline();
}

// A program that stops leaves a still picture: say so instead.
addEventListener("error", (event) => {
  if (isControlFlow(event.error ?? event.message)) return event.preventDefault();
  if (event.error instanceof WebAssembly.RuntimeError) fail("page-stopped", event.error.stack);
});
addEventListener("unhandledrejection", (event) => {
  if (isControlFlow(event.reason)) return event.preventDefault();
  if (event.reason instanceof WebAssembly.RuntimeError) fail("page-stopped", event.reason.stack);
});
canvas.addEventListener("webglcontextlost", () => fail("page-graphics", "webglcontextlost"));
// Another link to the same host, put into the address: the browser itself would do nothing.
addEventListener("hashchange", () => location.reload());
// A click anywhere gives the keyboard back to the world; the right button belongs to it.
addEventListener("pointerdown", () => { if (!hasFailed() && $("door").hidden) canvas.focus({ preventScroll: true }); });
// Keys that would leave the page, scroll it or open the browser's help. All others keep their meaning: Ctrl+V
// must reach the browser, or nothing can be pasted.
const OURS = new Set(["Tab", "F1", " ", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "PageUp", "PageDown"]);
// With Ctrl, what one builds with: otherwise the browser would keep a bookmark, or search the page.
const OURS_WITH_CONTROL = new Set(["d", "g", "y", "z"]);
canvas.addEventListener("keydown", (event) => {
  const control = (event.ctrlKey || event.metaKey) && OURS_WITH_CONTROL.has(event.key.toLowerCase());
  if (control || OURS.has(event.key)) event.preventDefault();
});
canvas.addEventListener("wheel", (event) => event.preventDefault(), { passive: false });
addEventListener("contextmenu", (event) => { if (event.target === canvas) event.preventDefault(); });

/**
 * A phone shows its keyboard only for a field of the page: a hidden one, which the program gives the focus while
 * somebody types (`egui_text_agent`, the name that bevy_egui looks for). What is typed there, corrected and composed
 * by the phone as it likes, goes on to the canvas as the keys that would have typed it.
 */
function lendTheKeyboard() {
  const field = document.createElement("input");
  Object.assign(field, { id: "egui_text_agent", type: "text", hidden: true, autocapitalize: "off", autocomplete: "off", spellcheck: false });
  field.setAttribute("aria-hidden", "true");
  document.body.append(field);
  // One blank that stays, so that deleting in an empty field is heard of, too.
  const BLANK = "\u200b";
  let shown = [];
  const begin = () => {
    shown = [];
    field.value = BLANK;
    field.setSelectionRange(BLANK.length, BLANK.length);
  };
  const press = (key, code = "") => {
    for (const type of ["keydown", "keyup"]) {
      canvas.dispatchEvent(new KeyboardEvent(type, { key, code, bubbles: true, cancelable: true }));
    }
  };
  field.addEventListener("focus", begin);
  field.addEventListener("input", (event) => {
    const whole = field.value.startsWith(BLANK);
    const now = [...(whole ? field.value.slice(BLANK.length) : field.value)];
    let same = 0;
    while (same < shown.length && shown[same] === now[same]) same += 1;
    const gone = shown.length - same || (whole ? 0 : 1);
    for (let i = 0; i < gone; i += 1) press("Backspace", "Backspace");
    for (const letter of now.slice(same)) press(letter);
    shown = now;
    // A word that is still composed would be put in a second time.
    if (!event.isComposing && (!whole || now.length > 100)) begin();
  });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || event.key.length === 1 || ["Backspace", "Unidentified", "Process"].includes(event.key)) return;
    // Enter, Escape, Tab, arrows.
    event.preventDefault();
    press(event.key, event.code || event.key);
    begin();
  });
  // Some browsers show the keyboard only in answer to a finger.
  document.addEventListener("touchend", () => {
    if (!globalThis.__holm_typing) return;
    field.hidden = false;
    field.focus();
  });
}

/** What notches and rounded corners take, for the program: top, right, bottom, left. */
function measureEdges() {
  const probe = document.createElement("div");
  probe.id = "edges";
  document.body.append(probe);
  const measure = () => {
    const style = getComputedStyle(probe);
    globalThis.__holm_edges = ["paddingTop", "paddingRight", "paddingBottom", "paddingLeft"].map((side) => parseFloat(style[side]) || 0);
  };
  addEventListener("resize", measure);
  screen.orientation?.addEventListener?.("change", measure);
  measure();
}

/**
 * Files of this person's choice, for the program: it asks with `__holm_choose`, takes from the queue `__holm_file` the numbers
 * of those that came, and reads each with `__holm_read` when its turn comes, or lets go of it with `__holm_forget`: until then
 * none takes any memory. What is dropped onto the page comes the same way.
 */
function bringFiles() {
  const files = new Map();
  let newest = 0;
  globalThis.__holm_file = [];
  const bring = (all) => {
    for (const file of all ?? []) {
      newest += 1;
      files.set(newest, file);
      globalThis.__holm_file.push(newest);
    }
  };
  globalThis.__holm_read = async (number, mostBytes) => {
    const file = files.get(number);
    files.delete(number);
    return new Uint8Array(await file.slice(0, mostBytes).arrayBuffer());
  };
  globalThis.__holm_forget = (number) => files.delete(number);
  const chooser = document.createElement("input");
  const accept = ".vrm,.glb,.gltf,.png,.jpg,.jpeg,.webp,.gif,.bmp";
  Object.assign(chooser, { id: "chooser", type: "file", multiple: true, accept, hidden: true });
  chooser.addEventListener("change", () => {
    bring(chooser.files);
    chooser.value = ""; // the same one may be chosen again
    canvas.focus({ preventScroll: true });
  });
  chooser.addEventListener("cancel", () => canvas.focus({ preventScroll: true }));
  document.body.append(chooser);
  globalThis.__holm_choose = () => chooser.click();
  const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  // Otherwise the browser would leave the world to show the file.
  addEventListener("dragover", (event) => { if (carries(event)) event.preventDefault(); });
  addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    bring(event.dataTransfer.files);
  });
}

lendTheKeyboard();
measureEdges();
// What the program hears and speaks with (`game/audio/src/web/page.rs`).
globalThis.__holm_sound = sound;
// Who opens the link with a finger is shown buttons from the first moment, not keys.
globalThis.__holm_coarse = matchMedia("(pointer: coarse)").matches;
bringFiles();

start();
