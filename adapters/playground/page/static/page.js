// The page of one person. The server renders and words everything; the scripts put it in its place, send what is pressed
// and typed, and see to focus, scrolling and what is spoken. What is typed stands in the DOM and nowhere else: all people
// of the playground share one origin, and with it every storage of the browser.

import { act, channelOf, isWaiting, press } from "./acts.js";
import { all, body, by, fetched, me, one, problem, send, swap } from "./dom.js";
import { formChanged, showStanding } from "./dialogs.js";
import { announce, chosen, drawPlaces, openPlace, put, reconcile, speak, toEnd } from "./stream.js";

// what the server tells, as it happens

const away = one("[data-connection]");
const LONGEST_WAIT = 15_000;
let source = null;
let wait = 500;
let again = 0;

const fragment = (name) => (told) => swap(one(`[data-${name}]`), told.html);

const hear = {
  entry(told) {
    const isNew = !by("entry", told.id);
    const article = put(told);
    const isMine = isWaiting() && article?.hasAttribute("data-ephemeral");
    if (isNew && article && !isMine) announce(told, article);
  },
  remove: (told) => by("entry", told.id)?.remove(),
  form: (told) => formChanged(told.html),
  number: () => {}, // nothing to draw: only that it was heard
  clock: fragment("clock"),
  steps: fragment("steps"),
  due: fragment("due"),
  people: fragment("faces-list"),
  places(told) {
    swap(one("[data-places-list]"), told.html);
    drawPlaces();
  },
  async again() {
    const standing = await fetched(`${me}/standing`);
    if (standing === null) return;
    const { entries, number, form } = JSON.parse(standing);
    reconcile(entries);
    formChanged(form);
    body.dataset.number = number;
  },
};

function connect() {
  clearTimeout(again);
  source?.close();
  source = new EventSource(`${me}/events?after=${encodeURIComponent(body.dataset.number)}`);
  source.addEventListener("open", () => {
    away.hidden = true;
    wait = 500;
  });
  source.addEventListener("error", () => {
    // a browser gives up for good on some answers, and asks again at once after others
    source.close();
    away.hidden = false;
    again = setTimeout(connect, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  });
  for (const [what, heard] of Object.entries(hear)) {
    source.addEventListener(what, async (event) => {
      await heard(JSON.parse(event.data));
      if (event.lastEventId) body.dataset.number = event.lastEventId;
      heldChanged();
    });
  }
}

// a browser lets six connections to one address stand open: a tab that nobody looks at gives its own back
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) return connect();
  clearTimeout(again);
  source.close();
});
addEventListener("online", connect);
addEventListener("pagehide", () => source.close());
addEventListener("pageshow", (event) => event.persisted && connect());

// the box below

const composer = one("[data-composer]");
const words = one("textarea", composer);
const hints = one("[data-hints]");

composer.addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = words.value.trim();
  if (!text) return words.focus();
  const got = await say(text, composer);
  if (!got.error && !got.isBusy && words.value.trim() === text) words.value = "";
  hint();
});

async function say(text, from, channel = channelOf(chosen())) {
  const path = /^\/coproduce\b/i.test(text) ? "command" : channel ? "say" : "type";
  const box = one("[data-composer-problem]");
  problem(box, "");
  const got = await act(path, { text, channel }, from);
  problem(box, got.error);
  return got;
}

words.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    composer.requestSubmit();
  }
});
composer.addEventListener("keydown", (event) => {
  if (hints.hidden) return;
  const stops = [...all("li:not([hidden]) .hint", hints), words]; // one below the other
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (event.key === "Escape") {
    hints.hidden = true;
    words.focus();
  } else if (step) {
    event.preventDefault();
    stops.at((stops.indexOf(document.activeElement) + step) % stops.length).focus();
  }
});
words.addEventListener("input", hint);

function hint() {
  const typed = words.value.trimStart().toLowerCase();
  const found = all("[data-hint]").filter((each) => {
    each.parentElement.hidden = !each.dataset.hint.startsWith(typed);
    return !each.parentElement.hidden;
  });
  hints.hidden = !typed.startsWith("/") || found.length === 0;
}

// what the server holds

const held = one("dialog[data-held]");
let searched = "";
let heldTimer = 0;

async function drawHeld() {
  const html = await fetched(`/held?${new URLSearchParams({ words: searched })}`);
  if (html === null || !held.open) return;
  const scrolls = new Map(all(".scrolls", held).map((box) => [box.getAttribute("aria-labelledby"), box]));
  const focused = document.activeElement.getAttribute("aria-labelledby");
  swap(one("[data-held-body]"), html);
  for (const box of all(".scrolls", held)) {
    const before = scrolls.get(box.getAttribute("aria-labelledby"));
    box.scrollTo(before?.dataset.left ?? 0, before?.dataset.top ?? 0);
    if (box.getAttribute("aria-labelledby") === focused) box.focus({ preventScroll: true });
  }
}

held.addEventListener("scroll", ({ target }) => target.dataset && Object.assign(target.dataset, { left: target.scrollLeft, top: target.scrollTop }), true);

/** It is live: drawn anew after whatever happens, once for many things. */
function heldChanged() {
  if (!held.open) return;
  clearTimeout(heldTimer);
  heldTimer = setTimeout(drawHeld, 800);
}

one("[data-held-search]").addEventListener("submit", async (event) => {
  event.preventDefault();
  searched = one("input", held).value.trim();
  await drawHeld();
  speak(one("[data-held-verdict]", held)?.textContent ?? "");
});

// the report

const report = one("dialog[data-report]");

function showReport(link) {
  const page = document.createElement("iframe");
  page.title = one("h2", report).textContent;
  page.setAttribute("sandbox", "");
  page.src = link.href;
  one("[data-report-body]").replaceChildren(page);
  one("[data-report-save]").href = link.href;
  report.showModal();
}

report.addEventListener("close", () => one("[data-report-body]").replaceChildren());

// people and the guide as drawers, where the page is narrow

let opener = null;

function openDrawer(button) {
  opener = button;
  button.setAttribute("aria-expanded", "true");
  const drawer = by("drawer-of", button.dataset.drawer);
  drawer.classList.add("is-open");
  one(".talk").inert = true;
  one("a, button", drawer)?.focus();
}

function closeDrawer({ focus = true } = {}) {
  const drawer = one(".is-open");
  if (!drawer) return;
  drawer.classList.remove("is-open");
  one(".talk").inert = false;
  opener.setAttribute("aria-expanded", "false");
  if (focus) opener.focus();
}

document.addEventListener("keydown", (event) => event.key === "Escape" && !one("dialog[open]") && closeDrawer());

// before the place is opened: what a drawer covers takes no focus
body.addEventListener("click", ({ target }) => target.closest(".is-open [data-open-place]") && closeDrawer({ focus: false }), true);

// the clock: the server says where it stands and how fast it goes, and the page goes on from there

const MINUTE = { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
let clock = { shown: null, since: 0, written: "" };

function tick() {
  const shown = one("[data-now]");
  const { now, rate, zone, locale } = shown.dataset;
  if (shown !== clock.shown) clock = { shown, since: performance.now(), written: "" };
  const at = Date.parse(now) + (performance.now() - clock.since) * rate;
  const written = new Intl.DateTimeFormat(locale, { ...MINUTE, timeZone: zone }).format(at);
  if (clock.written && written !== clock.written) shown.textContent = written;
  clock.written = written; // until it changes, the server's own wording stands
}

setInterval(tick, 1_000);

// one hand for all that is pressed

const firstChannel = () => one("[data-place]:not([data-place=inbox])");

async function move(button) {
  const { clockDo } = button.dataset;
  const box = one("[data-clock-problem]");
  problem(box, "");
  button.setAttribute("aria-busy", "true");
  if (clockDo === "deadline" && firstChannel()) { // the answers open there
    closeDrawer({ focus: false });
    openPlace(firstChannel().dataset.place);
  }
  const got = await send("/clock", { do: clockDo });
  button.removeAttribute("aria-busy");
  problem(box, got.error);
}

const pressed = {
  control: press,
  "clock-do": move,
  command: (button) => say(button.dataset.command, button, firstChannel()?.dataset.place ?? ""),
  "open-held": () => {
    held.showModal();
    one("input", held).focus();
    drawHeld();
  },
  drawer: openDrawer,
  "close-drawer": () => closeDrawer(),
  hint(button) {
    words.value = `${button.dataset.hint} `;
    hint();
    words.focus();
  },
  close: (button) => button.closest("dialog[data-form]") || button.closest("dialog").close(),
};

body.addEventListener("click", (event) => {
  const link = event.target.closest("[data-opens-report]");
  if (link) {
    event.preventDefault();
    return showReport(link);
  }
  const button = event.target.closest("button");
  const drawer = one(".is-open");
  if (drawer && !drawer.contains(event.target) && !event.target.closest("[data-drawer], dialog")) closeDrawer();
  const name = button && Object.keys(pressed).find((each) => button.hasAttribute(`data-${each}`));
  if (!name) return undefined;
  if (drawer?.contains(button) && ["control", "command"].includes(name)) closeDrawer({ focus: false });
  return pressed[name](button);
});

drawPlaces();
tick();
showStanding();
connect();
await toEnd();
if (document.activeElement === body) { // scrolling has moved where Tab begins: it begins at the top
  body.tabIndex = -1;
  body.focus({ preventScroll: true });
  body.removeAttribute("tabindex");
}
