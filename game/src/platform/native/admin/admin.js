// The admin page: shows how the host is, every two seconds, and says lines of the console's language to it.
//
// The token comes behind the link's #, is kept for this tab only, and is sent in a header: it is in no address that a
// server, a log or a history sees. What others named themselves is only ever put in as text.

const EVERY_MS = 2000;
/** The disk is asked less often than the loop. */
const VERSIONS_EVERY_MS = 15_000;
/** Lines of the log that the page has: as many as the host keeps. */
const LOG_LINES = 1000;
const $ = (id) => document.getElementById(id);

/** An element with its text and what else it has. */
function make(tag, { text, ...more } = {}, ...inside) {
  const element = Object.assign(document.createElement(tag), more);
  if (text !== undefined) element.textContent = text;
  element.append(...inside);
  return element;
}

/** Changes a text only where it differs, so that nothing is read out again or loses its selection. */
function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

let token = takeToken();
let last = null;
/** What rates are measured from, and what they were: two looks may be a moment apart. */
let from = null;
let rates = {};
const MEASURED = ["facts", "sent_bytes", "received_bytes"];

function takeToken() {
  const given = location.hash.slice(1);
  if (given.length > 8) {
    sessionStorage.setItem("token", given);
    history.replaceState(null, "", location.pathname);
    return given;
  }
  return sessionStorage.getItem("token");
}

class Refused extends Error {}

async function ask(path, body) {
  const response = await fetch(path, {
    method: body === undefined ? "GET" : "POST",
    headers: { Authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
    body: body === undefined ? undefined : JSON.stringify(body),
    cache: "no-store",
    credentials: "omit",
    signal: AbortSignal.timeout(40_000),
  });
  const answer = await response.json().catch(() => ({}));
  if (response.status === 401 || response.status === 429) throw new Refused(answer.error ?? "This is not the token.");
  if (!response.ok) throw new Error(answer.error ?? `The host answers ${response.status}.`);
  return answer;
}

// What is shown.

const bytes = (count) => {
  for (const [unit, size] of [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]]) if (count >= size) return `${(count / size).toFixed(1)} ${unit}`;
  return `${Math.round(count)} B`;
};
const span = (secs) => {
  if (secs < 60) return `${secs} s`;
  if (secs < 3600) return `${Math.floor(secs / 60)} min`;
  return `${Math.floor(secs / 3600)} h ${Math.floor((secs % 3600) / 60)} min`;
};
const whole = (count) => count.toLocaleString("en");
/** A moment as its clock says it; with its day where that is not today, or where one looks at it for long. */
function when(at_ms, withDay = false) {
  const at = new Date(at_ms);
  const today = !withDay && at.toDateString() === new Date().toDateString();
  return make("time", { text: today ? at.toLocaleTimeString("en-GB") : at.toLocaleString("en-GB"), dateTime: at.toISOString() });
}

function show(now) {
  measure(now);
  put($("world"), now.world);
  document.title = `${now.world}: Holm`;
  const parts = [`open for ${span(now.open_secs)}`];
  if (now.locked) parts.push("locked");
  if (now.closes_secs !== null) parts.unshift(`${now.restarts ? "restarts" : "closes"} in ${span(now.closes_secs)}`);
  put($("state"), parts.join(" · "));
  $("state").className = now.closes_secs === null ? "" : "trouble";
  $("lock").setAttribute("aria-pressed", String(now.locked));
  put($("lock"), now.locked ? "Unlock" : "Lock");
  $("stay").hidden = now.closes_secs === null;
  $("copy").hidden = !now.link;
  showPeople(now);
  showBanned(now.banned);
  showBars(now.bars);
  showFigures(now);
  showHistory(now.history);
  showTable(now);
}

function measure(now) {
  const secs = from ? (now.at - from.at) / 1000 : 0;
  if (from && secs < EVERY_MS / 2000 && now.open_secs >= from.open_secs) return;
  const rate = (name) => Math.max(0, now.figures[name] - from.figures[name]) / secs;
  if (from && secs < 30 && now.open_secs >= from.open_secs) rates = Object.fromEntries(MEASURED.map((name) => [name, rate(name)]));
  else rates = {};
  from = now;
}

const rows = new Map();

function showPeople({ people, roles }) {
  put($("here"), String(people.length));
  $("nobody").hidden = people.length > 0;
  const list = $("persons");
  const seen = new Set();
  for (const person of people) {
    const id = `${person.slot} ${person.key}`;
    seen.add(id);
    let row = rows.get(id);
    if (!row) {
      row = personRow(person, roles);
      rows.set(id, row);
      list.append(row.element);
    }
    row.update(person);
  }
  for (const [id, row] of rows) {
    if (seen.has(id)) continue;
    const focused = row.element.contains(document.activeElement);
    row.element.remove();
    rows.delete(id);
    if (focused) $("people").focus();
  }
}

function personRow(first, roles) {
  // By key: names can be chosen, and numbers are lent again.
  const whom = `@${first.key}`;
  const called = () => row.person.name || `#${row.person.slot}`;
  const name = make("b", { dir: "auto" });
  const key = make("span", { text: `#${first.slot} · ${first.key}` });
  const mark = make("span", { className: "mark", text: "silenced", hidden: true });
  const facts = make("div", { className: "facts" });
  const role = make("select", {}, ...roles.map(({ name }) => make("option", { text: name, value: name })));
  role.addEventListener("change", async () => {
    if (!(await say(`role ${whom} ${role.value}`))) role.value = row.person.role;
  });
  const button = (text, className, press) => {
    const element = make("button", { type: "button", text, className });
    element.addEventListener("click", press);
    return element;
  };
  const silence = button("Silence…", "quiet", async () => {
    if (row.person.silent_secs > 0) return say(`silence ${whom} 0`);
    const given = await question({
      title: `Silence ${called()}?`,
      text: "Nobody hears or reads them for so long.",
      fields: [{ name: "minutes", label: "Minutes", type: "number", value: "10", min: "1", max: "100000" }],
      yes: "Silence",
    });
    if (given) say(`silence ${whom} ${given.minutes}`);
  });
  const kick = button("Kick…", "quiet", async () => {
    const given = await question({
      title: `Send ${called()} away?`,
      text: "They may come back.",
      fields: [{ name: "reason", label: "What they are told (may be empty)", type: "text", value: "", maxLength: 120 }],
      yes: "Send away",
    });
    if (given) say(`kick ${whom} ${given.reason}`);
  });
  const back = button("Roll back…", "quiet", async () => {
    const given = await question({
      title: `Take back what ${called()} did?`,
      text: "What others changed since stays as they left it.",
      fields: [{ name: "minutes", label: "In the last minutes", type: "number", value: "10", min: "1", max: "100000" }],
      yes: "Take back",
    });
    if (given) say(`rollback ${whom} ${given.minutes}`);
  });
  const ban = button("Ban…", "danger", async () => {
    const given = await question({
      title: `Ban ${called()}?`,
      text: "They are sent away and cannot come back until you let them.",
      fields: [{ name: "undo", label: "Take back what they did in the last minutes, too (0: nothing)", type: "number", value: "0", min: "0", max: "100000" }],
      yes: "Ban",
      danger: true,
    });
    if (!given) return;
    if ((await say(`ban ${whom}`)) && Number(given.undo) > 0) say(`rollback ${whom} ${given.undo}`);
  });
  const deeds = make("div", { className: "deeds" }, kick, silence, back, ban);
  const element = make("li", {}, make("div", { className: "who" }, name, key, mark), role, facts, deeds);
  const row = {
    element,
    person: first,
    update(person) {
      row.person = person;
      put(name, called());
      role.setAttribute("aria-label", `Role of ${called()}`);
      kick.setAttribute("aria-label", `Kick ${called()}`);
      back.setAttribute("aria-label", `Roll back ${called()}`);
      ban.setAttribute("aria-label", `Ban ${called()}`);
      mark.hidden = person.silent_secs === 0;
      put(silence, person.silent_secs > 0 ? "Let speak" : "Silence…");
      silence.setAttribute("aria-label", `${person.silent_secs > 0 ? "Let speak" : "Silence"} ${called()}`);
      if (document.activeElement !== role) role.value = person.role;
      const link = person.ping_ms === null ? person.link : `${person.link}, ${person.ping_ms}\u00a0ms, ${person.lost_percent.toFixed(0)}\u00a0%\u00a0lost`;
      const own = [...person.more.map((one) => `+${one}`), ...person.less.map((one) => `−${one}`)];
      put(facts, [`here ${span(person.here_secs)}`, link, `${whole(person.things)} things`, ...own].join(" · "));
      deeds.hidden = person.host;
      role.disabled = person.host;
    },
  };
  return row;
}

function showBanned(banned) {
  $("banned-box").hidden = banned.length === 0;
  put($("banned-count"), String(banned.length));
  const shown = JSON.stringify(banned);
  if ($("banned").dataset.shown === shown) return;
  $("banned").dataset.shown = shown;
  $("banned").replaceChildren(...banned.map(({ name, key }) => {
    const called = name || key;
    const button = make("button", { type: "button", className: "quiet", text: "Let come back", ariaLabel: `Let ${called} come back` });
    button.addEventListener("click", () => say(`unban @${key}`));
    return make("li", {}, make("span", { text: name ? `${name} (${key})` : key, dir: "auto" }), button);
  }));
}

/** Addresses that are kept out with the banned; there are none without any. */
function showBars(bars) {
  const rows = bars.map(({ address, name, key, left_secs }) => [address, name || key, Math.ceil(left_secs / 3600)]);
  const shown = JSON.stringify(rows);
  if ($("bars").dataset.shown === shown) return;
  $("bars").dataset.shown = shown;
  $("bars").replaceChildren(...rows.map(([address, whose, hours]) => {
    const button = make("button", { type: "button", className: "quiet", text: "Let in again", ariaLabel: `Let ${address} in again` });
    button.addEventListener("click", () => say(`unbar ${address}`));
    const text = make("span", {}, make("span", { text: `${address}, ${hours} h more, for ` }), make("bdi", { text: whose }));
    return make("li", {}, text, button);
  }));
}

function showFigures({ figures }) {
  const rate = (name) => rates[name] ?? 0;
  const all = [
    ["People", whole(figures.people)],
    ["Things", whole(figures.things)],
    ["Facts a second", rate("facts").toFixed(1)],
    ["Refused wishes", whole(figures.refused)],
    ["Journal", bytes(figures.journal_bytes)],
    ["Memory", figures.memory_bytes === null ? "unknown" : bytes(figures.memory_bytes)],
    ["Work a frame", `${figures.frames.p50_ms.toFixed(2)} ms`],
    ["1 in 100 frames", `${figures.frames.p99_ms.toFixed(2)} ms`],
    ["Sent", `${bytes(rate("sent_bytes"))}/s`],
    ["Received", `${bytes(rate("received_bytes"))}/s`],
    ["Came in", whole(figures.joins)],
    ["Turned away", whole(figures.turned_away)],
  ];
  const list = $("figures");
  if (list.children.length === 0) list.append(...all.map(([name]) => make("div", {}, make("dt", { text: name }), make("dd"))));
  all.forEach(([, value], at) => put(list.children[at].lastChild, value));
}

function showHistory(past) {
  const list = $("history");
  const newest = past[0]?.number ?? 0;
  if (list.dataset.newest === String(newest)) return;
  list.dataset.newest = String(newest);
  list.replaceChildren(...past.map(({ at_secs, who, what }) =>
    make("li", {}, when(at_secs * 1000), make("b", { text: who, dir: "auto" }), make("span", { text: what }))));
  if (past.length === 0) list.append(make("li", { className: "aside", text: "Nothing was done yet." }));
}

function showTable({ roles, capabilities, newcomers }) {
  const table = $("table");
  if (table.tHead.rows.length === 0) {
    const head = roles.map(({ name }) => make("th", { text: name, scope: "col" }));
    table.tHead.append(make("tr", {}, make("td"), ...head));
    for (const capability of capabilities) {
      const cells = roles.map(({ name, fixed }) => {
        const box = make("input", { type: "checkbox", disabled: fixed, ariaLabel: `${name} may ${capability}` });
        box.dataset.role = name;
        box.dataset.capability = capability;
        box.addEventListener("change", async () => {
          const wanted = box.checked;
          if (!(await say(`${wanted ? "grant" : "revoke"} ${name} ${capability}`))) box.checked = !wanted;
        });
        return make("td", {}, make("label", {}, box));
      });
      table.tBodies[0].append(make("tr", {}, make("th", { text: capability, scope: "row" }), ...cells));
    }
    const choices = roles.filter(({ fixed }) => !fixed);
    $("newcomers").append(...choices.map(({ name }) => make("option", { text: name, value: name })));
    $("newcomers").addEventListener("change", () => say(`newcomers ${$("newcomers").value}`));
  }
  const may = new Map(roles.map(({ name, may }) => [name, new Set(may)]));
  for (const box of table.querySelectorAll("input")) {
    const now = may.get(box.dataset.role)?.has(box.dataset.capability) ?? false;
    if (document.activeElement !== box) box.checked = now;
  }
  if (document.activeElement !== $("newcomers")) $("newcomers").value = newcomers;
}

// The versions of the world, and the log of the program: asked for while somebody looks at them.

const isSeen = (box) => token && !$("house").hidden && !document.hidden && $(box).open;

const versionRows = new Map();
let versionsAt = -Infinity;
let versionsAsked = false;
let versionsAgain = false;

/** `now`: something may have changed. */
async function readVersions({ now = false } = {}) {
  if (now) versionsAt = -Infinity;
  if (!isSeen("versions-box") || performance.now() - versionsAt < VERSIONS_EVERY_MS) return;
  if (versionsAsked) {
    versionsAgain ||= now;
    return;
  }
  versionsAsked = true;
  try {
    const told = await ask("/versions");
    versionsAt = performance.now();
    showVersions(told);
  } catch (error) {
    if (error instanceof Refused) knock(error.message);
  } finally {
    versionsAsked = false;
  }
  if (versionsAgain) {
    versionsAgain = false;
    readVersions({ now: true });
  }
}

function showVersions({ versions, why }) {
  put($("versions-count"), String(versions.length));
  $("save").hidden = why !== null;
  $("versions-none").hidden = versions.length > 0;
  put($("versions-none"), why ?? "No version was saved yet.");
  const list = $("versions");
  const id = ({ at_secs, name }) => `${at_secs} ${name}`;
  const seen = new Set(versions.map(id));
  for (const [known, row] of versionRows) {
    if (seen.has(known)) continue;
    const focused = row.contains(document.activeElement);
    row.remove();
    versionRows.delete(known);
    if (focused) $("versions-summary").focus();
  }
  // What is there stays where it is, and keeps the focus: the new stand above it.
  versions.forEach((version, place) => {
    let row = versionRows.get(id(version));
    if (!row) {
      row = versionRow(version);
      versionRows.set(id(version), row);
    }
    if (list.children[place] !== row) list.insertBefore(row, list.children[place] ?? null);
  });
}

/** A name as a command takes it, whatever is in it: one pair of quotes around it is taken off. */
const named = (name) => `"${name}"`;

function versionRow({ name, at_secs, by, things }) {
  const about = make("span", {}, when(at_secs * 1000, true), ` · ${whole(things)} ${things === 1 ? "thing" : "things"} · by `, make("bdi", { text: by }));
  const restore = make("button", { type: "button", className: "quiet", text: "Restore…", ariaLabel: `Restore ${name}` });
  restore.addEventListener("click", async () => {
    const given = await question({
      title: `Restore “${name}”?`,
      text: "What was built becomes what it was then, for everybody and at once. It can be taken back: save what is there now first, and restore that.",
      yes: "Restore",
    });
    if (given) say(`restore ${named(name)}`);
  });
  const forget = make("button", { type: "button", className: "danger", text: "Forget…", ariaLabel: `Forget ${name}` });
  forget.addEventListener("click", async () => {
    const given = await question({
      title: `Forget “${name}”?`,
      text: "The version is thrown away for good. The world stays as it is.",
      yes: "Forget",
      danger: true,
    });
    if (given) say(`forget ${named(name)}`);
  });
  return make("li", {},
    make("div", { className: "kept" }, make("b", { text: name, dir: "auto" }), about),
    make("div", { className: "deeds" }, restore, forget));
}

$("save").addEventListener("click", async () => {
  const given = await question({
    title: "Save the world as it is now?",
    text: "It is what is built that is kept and brought back. People, their roles and the past go on as they are.",
    fields: [{ name: "name", label: "A name for it", type: "text", value: "", maxLength: 64, required: true }],
    yes: "Save",
  });
  if (given) say(`save ${named(given.name)}`);
});
$("versions-box").addEventListener("toggle", () => readVersions({ now: true }));

const LEVELS = { ERROR: "Error", WARN: "Warning", INFO: "Info", DEBUG: "Debug", TRACE: "Trace" };
let logAfter = 0;
let logAsked = false;

async function readLog() {
  if (logAsked || !isSeen("log-box")) return;
  logAsked = true;
  try {
    // What is kept comes in two parts; whatever is logged meanwhile may wait for the next look.
    for (let part = 0; part < 4; part += 1) {
      const told = await ask(`/log?after=${logAfter}`);
      logAfter = told.next;
      showLog(told);
      if (told.lines.length === 0) break;
    }
  } catch (error) {
    if (error instanceof Refused) knock(error.message);
  } finally {
    logAsked = false;
  }
}

/** Whoever is at the log's end stays there; whoever has scrolled up is left alone. */
let logFollows = true;
const followLog = () => { if (logFollows) $("log-lines").scrollTop = $("log-lines").scrollHeight; };
$("log-lines").addEventListener("scroll", () => {
  const { scrollHeight, scrollTop, clientHeight } = $("log-lines");
  if (clientHeight > 0) logFollows = scrollHeight - scrollTop - clientHeight < 24;
}, { passive: true });

/** Does something to the log's lines. */
function withLog(change) {
  const list = $("log-lines");
  change(list);
  const shown = shownLines();
  $("log-none").hidden = shown.length > 0;
  put($("log-none"), list.children.length > 0 ? "No warning and no error is among the lines." : "Nothing was logged yet.");
  followLog();
}

function showLog({ missed, lines }) {
  if (lines.length === 0 && $("log-lines").children.length > 0) return;
  withLog((list) => {
    if (missed && list.children.length > 0) list.append(make("li", { className: "gap", text: "… Some lines are not kept any more, or the program began again." }));
    list.append(...lines.map(logLine));
    while (list.children.length > LOG_LINES) list.firstChild.remove();
  });
}

function logLine({ at_ms, level, target, world, text }) {
  const from = world === null ? target : `${world} · ${target}`;
  const line = make("li", { className: level.toLowerCase() },
    when(at_ms), make("b", { text: LEVELS[level] ?? level }), make("span", {}, make("i", { text: `${from}: ` }), text));
  line.dataset.plain = `${new Date(at_ms).toISOString()} ${level} ${world === null ? "" : `${world} `}${target}: ${text}`;
  return line;
}

const shownLines = () => {
  const trouble = $("log-level").value === "trouble";
  return [...$("log-lines").children].filter((line) => !trouble || ["error", "warn"].includes(line.className));
};

$("log-level").addEventListener("change", () => withLog((list) => { list.dataset.shown = $("log-level").value; }));
$("log-copy").addEventListener("click", async () => {
  const lines = shownLines();
  try {
    await navigator.clipboard.writeText(lines.map((line) => line.dataset.plain ?? line.textContent).join("\n"));
    toast(lines.length === 1 ? "One line is copied." : `${whole(lines.length)} lines are copied.`, true);
  } catch {
    getSelection().selectAllChildren($("log-lines"));
    toast("This browser does not let the page copy. The lines are chosen: copy them yourself.", false);
  }
});
$("log-box").addEventListener("toggle", () => {
  followLog();
  readLog();
});

// What is said.

/** Asks a person before something that others feel; what they filled in, or null. */
function question({ title, text, fields = [], yes, danger = false }) {
  const dialog = $("ask");
  put($("ask-title"), title);
  put($("ask-text"), text);
  put($("ask-yes"), yes);
  $("ask-yes").className = danger ? "danger" : "";
  const inputs = fields.map(({ name, label, ...more }) => {
    const input = make("input", { id: `ask-${name}`, name, autocomplete: "off", required: more.type === "number", ...more });
    return [make("label", { text: label, htmlFor: input.id }), input];
  });
  $("ask-fields").replaceChildren(...inputs.flat());
  dialog.returnValue = "";
  dialog.showModal();
  (inputs[0]?.[1] ?? $("ask-no")).focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const given = Object.fromEntries(inputs.map(([, input]) => [input.name, input.value.trim()]));
      resolve(dialog.returnValue === "yes" ? given : null);
    }, { once: true });
  });
}

let toasted;
function toast(text, done) {
  const element = $("toast");
  put(element, text);
  element.className = done ? "" : "not";
  element.hidden = false;
  clearTimeout(toasted);
  toasted = setTimeout(() => { element.hidden = true; }, 6000);
}

/** Says a line; whether it was done. What came of it is in the console, and short answers over the page. */
async function say(line, { quietly = false } = {}) {
  let answer;
  try {
    answer = await ask("/command", line);
  } catch (error) {
    if (error instanceof Refused) knock(error.message);
    answer = { done: false, lines: [error.message] };
  }
  const log = $("log");
  log.append(make("p", { className: "said", text: `> ${line}` }));
  log.append(make("pre", { className: answer.done ? "" : "not", text: answer.lines.join("\n") }));
  while (log.children.length > 200) log.firstChild.remove();
  log.scrollTop = log.scrollHeight;
  if (!quietly) toast(answer.lines.slice(0, 4).join("\n") || "Done.", answer.done);
  look();
  if (/^\s*\/?(save|restore|forget)\b/i.test(line)) readVersions({ now: true });
  return answer.done;
}

const told = [];
let at = 0;
$("console").addEventListener("submit", (event) => {
  event.preventDefault();
  const line = $("command").value.trim();
  if (!line) return;
  told.push(line);
  at = told.length;
  $("command").value = "";
  say(line, { quietly: true });
});
$("command").addEventListener("keydown", (event) => {
  if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
  event.preventDefault();
  at = Math.min(told.length, Math.max(0, at + (event.key === "ArrowUp" ? -1 : 1)));
  $("command").value = told[at] ?? "";
});
$("say").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = $("announcement").value.trim();
  if (text && (await say(`say ${text}`))) $("announcement").value = "";
});
$("lock").addEventListener("click", () => say(last?.locked ? "unlock" : "lock"));
$("stay").addEventListener("click", () => say("stay"));
$("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(last.link);
    toast("The link is copied: send it to friends.", true);
  } catch {
    toast(`This browser does not let the page copy. The link is\n${last.link}`, false);
  }
});
for (const [id, title, yes] of [["stop", "Close the world?", "Stop"], ["restart", "Restart the world?", "Restart"]]) {
  $(id).addEventListener("click", async () => {
    const given = await question({
      title,
      text: id === "stop" ? "Everybody is sent home. Somebody at the host has to start it again." : "Everybody is sent away, and may come back a moment later.",
      fields: [
        { name: "secs", label: "Seconds until then; everybody is told", type: "number", value: "30", min: "0", max: "86400" },
        { name: "reason", label: "Why (may be empty)", type: "text", value: "", maxLength: 200 },
      ],
      yes,
      danger: id === "stop",
    });
    if (given) say(`${id} ${given.secs} ${given.reason}`);
  });
}
$("ask-no").addEventListener("click", () => $("ask").close(""));

// The way in, and every two seconds.

function knock(why = "") {
  token = null;
  sessionStorage.removeItem("token");
  $("door").hidden = false;
  $("house").hidden = true;
  $("acts").hidden = true;
  put($("state"), "Whoever runs this host has its token.");
  put($("refusal"), why);
  $("token").focus();
}

$("knock").addEventListener("submit", (event) => {
  event.preventDefault();
  // The whole link may be pasted.
  token = $("token").value.trim().split("#").pop();
  $("token").value = "";
  sessionStorage.setItem("token", token);
  look();
});

let looking = false;
async function look() {
  if (looking || !token) return;
  looking = true;
  try {
    const now = await ask("/state");
    now.at = Date.now();
    last = now;
    const first = $("house").hidden;
    $("door").hidden = true;
    $("house").hidden = false;
    $("acts").hidden = false;
    show(now);
    if (first) {
      document.body.dataset.ready = "yes";
      readVersions({ now: true });
      readLog();
    }
  } catch (error) {
    if (error instanceof Refused) knock(error.message);
    else {
      put($("state"), "The host does not answer. Trying again…");
      $("state").className = "trouble";
    }
  } finally {
    looking = false;
  }
}

addEventListener("hashchange", () => {
  token = takeToken() ?? token;
  look();
});
/** None waits for another: the log may say why the world does not answer. */
function lookAround() {
  if (document.hidden) return;
  look();
  readVersions();
  readLog();
}
document.addEventListener("visibilitychange", lookAround);
setInterval(lookAround, EVERY_MS);
if (token) look(); else knock();
