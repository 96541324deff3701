// The browser client's loader: looks whether this browser can, fetches the program with a progress bar,
// starts it, and steps aside. When something fails it says what, and what to do, in a sentence.
//
// Flow: check → fetch (counting bytes) → compile while it arrives → start → hide the door at the first frame.
// Invariant: nothing is read from the address here; the program reads the link's secret itself, and the
// fragment goes nowhere else.

const $ = (id) => document.getElementById(id);
const door = $("door");
const canvas = $("holm");
const mb = (bytes) => (bytes / 1e6).toFixed(1);

let failed = false;

/** Says what went wrong and what to do; the last thing this page does. */
function fail(what, next, details) {
  if (failed) return;
  failed = true;
  door.hidden = false;
  door.classList.remove("open");
  $("bar").hidden = true;
  $("bytes").hidden = true;
  $("line").setAttribute("role", "alert");
  $("line").textContent = what;
  $("next").textContent = next;
  $("details").textContent = `${details}\n${navigator.userAgent}`;
  $("trouble").hidden = false;
  $("again").focus();
}

function progress(part, text, bytes = "\u00a0") {
  const percent = Math.round(part * 100);
  $("fill").style.transform = `translateX(${percent - 100}%)`;
  $("bar").setAttribute("aria-valuenow", String(percent));
  if ($("line").textContent !== text) $("line").textContent = text;
  $("bytes").textContent = bytes;
}

/** What this browser lacks, as a sentence and a next step; null when it has all. */
function lacking() {
  if (typeof WebAssembly !== "object" || typeof WebAssembly.instantiate !== "function") {
    return [
      "This browser cannot run Holm: WebAssembly is missing or switched off.",
      "Open the link in a current Firefox, Chrome, Edge or Safari. In a browser's strictest safety mode, allow this page first.",
      "no WebAssembly",
    ];
  }
  if (typeof RTCPeerConnection !== "function") {
    return [
      "This browser cannot connect people: WebRTC is missing or switched off.",
      "Allow WebRTC in the browser's settings or in the extension that blocks it, or open the link in another browser.",
      "no RTCPeerConnection",
    ];
  }
  const test = document.createElement("canvas");
  const gl = test.getContext("webgl2");
  if (!gl) {
    return [
      "This browser cannot draw the world: WebGL 2 is missing or switched off.",
      "Switch on “graphics acceleration” in the browser's settings and start it again, or open the link in another browser.",
      "no webgl2 context",
    ];
  }
  gl.getExtension("WEBGL_lose_context")?.loseContext(); // browsers allow only a few at a time
  return null;
}

/** The program's response, with each chunk counted while it passes. */
function counted(response, total) {
  if (!response.body) return response;
  let have = 0;
  const counter = new TransformStream({
    transform(chunk, out) {
      have += chunk.byteLength;
      progress(Math.min(have / total, 1) * 0.9, "Fetching Holm…", `${mb(have)} of ${mb(total)} MB`);
      out.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(counter), { headers: { "Content-Type": "application/wasm" } });
}

/** Resolves when the program has drawn for the first time, or after a while in any case. */
function firstFrame() {
  const deadline = performance.now() + 8000;
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

/**
 * A hidden page gets no animation frames, and the client, which goes on by frames, would fall silent and lose
 * its seat. While the page is hidden a worker's clock calls the frames instead, four times a second: browsers
 * slow a page's own timers down, a worker's they do not.
 */
function keepFramesComing() {
  const [draw, undraw] = [requestAnimationFrame.bind(window), cancelAnimationFrame.bind(window)];
  const waiting = new Map();
  const call = (frame, now) => {
    const callback = waiting.get(frame);
    if (waiting.delete(frame)) callback(now);
  };
  const callAll = () => [...waiting.keys()].forEach((frame) => call(frame, performance.now()));
  window.requestAnimationFrame = (callback) => {
    const frame = draw((now) => call(frame, now));
    waiting.set(frame, callback);
    return frame;
  };
  window.cancelAnimationFrame = (frame) => {
    waiting.delete(frame);
    undraw(frame);
  };
  const ticks = URL.createObjectURL(new Blob(["setInterval(() => postMessage(0), 250)"], { type: "text/javascript" }));
  let clock = null;
  const look = () => {
    if (document.hidden === Boolean(clock)) return;
    clock?.terminate();
    clock = document.hidden ? new Worker(ticks) : null;
    if (clock) clock.onmessage = callAll;
  };
  document.addEventListener("visibilitychange", look);
  look();
  // Whoever closes the page leaves, instead of being waited for: one frame to hear of it, one to say good-bye.
  addEventListener("pagehide", () => {
    globalThis.__holm_closing = true;
    callAll();
    callAll();
  });
  // A page that the browser kept whole and shows again may go in again.
  addEventListener("pageshow", () => { globalThis.__holm_closing = false; });
}

async function start() {
  const lack = lacking();
  if (lack) return fail(...lack);
  keepFramesComing();

  const program = $("program");
  const total = Number(program.dataset.bytes) || 1;
  progress(0, "Fetching Holm…");

  let response;
  try {
    response = await fetch(program.href);
    if (!response.ok) throw new Error(`HTTP ${response.status} for ${program.getAttribute("href")}`);
  } catch (error) {
    return fail(
      "The world's host does not answer.",
      "It may have closed, or your connection is gone. Ask the person who sent the link whether their world is open, then try again.",
      String(error),
    );
  }

  let code;
  try {
    code = await import($("code").href);
    const ready = code.default({ module_or_path: counted(response, total) });
    ready.then(() => 0, () => 0).finally(() => $("bar").classList.remove("waiting"));
    $("bar").classList.add("waiting");
    await ready;
  } catch (error) {
    if (!isControlFlow(error)) {
      const cut = error instanceof TypeError && /fetch|network/i.test(String(error));
      return fail(
        cut ? "The connection broke while Holm was loading." : "Holm could not start in this browser.",
        cut
          ? "Try again; nothing of yours is lost."
          : "Load the page again; if that does not help, open the link in another browser or in the Holm program.",
        error?.stack ?? String(error),
      );
    }
  }

  progress(0.95, "Opening the door…");
  await firstFrame();
  if (failed) return;
  progress(1, "Come in.");
  door.classList.add("open");
  setTimeout(() => { if (!failed) door.hidden = true; }, 600);
  canvas.focus({ preventScroll: true });
}

// A program that stops leaves a still picture: say so instead.
addEventListener("error", (event) => {
  if (isControlFlow(event.error ?? event.message)) return event.preventDefault();
  if (event.error instanceof WebAssembly.RuntimeError) {
    fail("Holm stopped.", "That is a mistake of ours, not of yours. Load the page again to come back to where you were.", event.error.stack);
  }
});
addEventListener("unhandledrejection", (event) => {
  if (isControlFlow(event.reason)) return event.preventDefault();
  if (event.reason instanceof WebAssembly.RuntimeError) {
    fail("Holm stopped.", "That is a mistake of ours, not of yours. Load the page again to come back to where you were.", event.reason.stack);
  }
});
canvas.addEventListener("webglcontextlost", () => {
  fail("The browser took the graphics away.", "That happens when the graphics driver restarts or memory is short. Load the page again.", "webglcontextlost");
});
// A click anywhere gives the keyboard back to the world; the right button belongs to it.
addEventListener("pointerdown", () => { if (!failed && door.hidden) canvas.focus({ preventScroll: true }); });
// Keys that would leave the page, scroll it or open the browser's help. All others keep their meaning: Ctrl+V
// must reach the browser, or nothing can be pasted.
const OURS = new Set(["Tab", "F1", " ", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "PageUp", "PageDown"]);
canvas.addEventListener("keydown", (event) => { if (OURS.has(event.key)) event.preventDefault(); });
canvas.addEventListener("wheel", (event) => event.preventDefault(), { passive: false });
addEventListener("contextmenu", (event) => { if (event.target === canvas) event.preventDefault(); });
$("again").addEventListener("click", () => location.reload());

start();
