// Prints how long a browser needs from opening the link until it is in the world, and what a person does until they
// walk, as one line of JSON.
// For `cargo xtask bench`: a new browser without a cache, three times, the slowest counts.

import { browser, enter, host, keep, page, wayToWalking } from "./support.mjs";

const world = await host();
const secs = [];
try {
  for (let run = 0; run < 3; run++) {
    const chromium = await browser();
    const tab = await page(chromium);
    try {
      secs.push(await enter(tab, world.link, 60_000));
    } finally {
      await keep(tab, `time-${run}`);
      await chromium.close();
    }
  }
  const chromium = await browser();
  const tab = await page(chromium);
  let actions;
  try {
    actions = await wayToWalking(tab, world.link);
  } finally {
    await keep(tab, "time-walking");
    await chromium.close();
  }
  console.log(JSON.stringify({ inside_secs: Math.max(...secs), runs: secs, actions }));
} finally {
  await world.stop();
}
