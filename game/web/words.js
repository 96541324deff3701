// The page's few sentences in the person's language, with its numbers.
//
// The table is made by `cargo xtask web` from `game/web/words/LANGUAGE.ftl`, and from `assets/words` what the worlds
// that come with Holm are called.
// Invariant: what is foreign (a world's name) goes into a text, never into markup.

const WORDS = {{table}};
const RIGHT_TO_LEFT = new Set(["ar"]);

/** The first of these languages that there are words in. */
export function choose(wished) {
  for (const tag of wished) {
    const language = String(tag).toLowerCase().split(/[-_]/)[0];
    if (Object.hasOwn(WORDS, language)) return language;
  }
  return "en";
}

/** What the person set in Holm itself comes before what the browser says. */
function chosenInHolm() {
  try {
    const settings = localStorage.getItem("holm/settings.ron") ?? "";
    return /\blanguage:\s*(?:Some\()?"?([A-Za-z-]{2,8})/.exec(settings)?.slice(1) ?? [];
  } catch {
    return []; // storage is forbidden
  }
}

export const language = choose([...chosenInHolm(), ...(navigator.languages ?? [navigator.language])]);
document.documentElement.lang = language;
document.documentElement.dir = RIGHT_TO_LEFT.has(language) ? "rtl" : "ltr";

/** A sentence, with values for the names in braces. */
export const say = (key, values = {}) =>
  WORDS[language][key].replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));

/** A world's name: those that come with Holm are called in every language, others as their host calls them. */
export function worldName(name) {
  const key = Object.keys(WORDS.en).find((key) => key.startsWith("places-") && WORDS.en[key] === name);
  return key ? say(key) : name;
}

const unit = (unit, unitDisplay, digits) => new Intl.NumberFormat(language, {
  style: "unit", unit, unitDisplay, minimumFractionDigits: digits, maximumFractionDigits: digits,
});
const megabytes = unit("megabyte", "short", 1);
const seconds = unit("second", "long", 0);
const minutes = unit("minute", "long", 0);
const plain = new Intl.NumberFormat(language);

export const number = (value) => plain.format(value);
export const size = (bytes) => megabytes.format(bytes / 1e6);
export const time = (secs) => (secs < 90 ? seconds.format(Math.max(1, Math.round(secs))) : minutes.format(Math.round(secs / 60)));
