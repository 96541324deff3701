// Frames for a page that nobody sees, and a good-bye from one that closes.
//
// A hidden page gets no animation frames, and the client, which goes on by frames, would fall silent and lose
// its seat. While the page is hidden a worker's clock calls the frames instead: browsers slow a page's own timers down, a
// worker's they do not. Four times a second; forty times while there are voices, which frames carry: people talk on behind
// another tab, and a quarter of a second between two words is none.

const TICK_MS = 25;
const TICKS_A_FRAME = 10;

/** `busy`: whether voices are on their way. */
export function keepFramesComing(busy = () => false) {
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
  const ticks = URL.createObjectURL(new Blob([`setInterval(() => postMessage(0), ${TICK_MS})`], { type: "text/javascript" }));
  let clock = null;
  const look = () => {
    if (document.hidden === Boolean(clock)) return;
    clock?.terminate();
    clock = document.hidden ? new Worker(ticks) : null;
    let since = 0;
    if (clock) clock.onmessage = () => {
      since += 1;
      if (since < TICKS_A_FRAME && !busy()) return;
      since = 0;
      callAll();
    };
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
