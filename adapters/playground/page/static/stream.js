// Places and their messages: drawing, scrolling, and what is spoken.

import { all, body, by, filled, frame, mark, me, nodes, one, sentences } from "./dom.js";

// places: all are on the page, one is shown

const unread = new Set();
const scrolled = new Map(); // where one had scrolled to; a place that is not in it is shown from its end

export const chosen = () => one("[data-place]:not([hidden])");
export const heading = () => one("h2", chosen());
const titleOf = (article) => one("h2", article.closest("[data-place]")).textContent;

export function drawPlaces() {
  for (const link of all("[data-open-place]")) {
    const id = link.dataset.openPlace;
    if (id === chosen().dataset.place) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
    one("[data-unread]", link).hidden = !unread.has(id);
  }
}

export function openPlace(id, { focus = true } = {}) {
  const to = by("place", id);
  if (!to) return false;
  if (to !== chosen()) {
    if (isAtEnd) scrolled.delete(chosen().dataset.place);
    else scrolled.set(chosen().dataset.place, scrollY);
    chosen().hidden = true;
    to.hidden = false;
    history.replaceState(null, "", `${me}?place=${encodeURIComponent(id)}`);
    seen();
    bringing = null;
    isAtEnd = !scrolled.has(id);
    if (isAtEnd) toEnd();
    else scrollTo(0, scrolled.get(id));
  }
  unread.delete(id);
  drawPlaces();
  if (focus) heading().focus({ preventScroll: true });
  return true;
}

// scrolling: whoever is at the end stays there, but is never taken past the head of the last post

const below = one("[data-new-below]");
let isAtEnd = true;
let isFollowing = false;
let firstNew = null;

new IntersectionObserver(
  ([end]) => {
    isAtEnd = end.isIntersecting;
    if (isAtEnd) seen();
  },
  { rootMargin: "0px 0px 80px 0px" },
).observe(one("[data-end]"));

const inSight = new IntersectionObserver((told) => told.some((each) => each.isIntersecting) && seen());

/** Where the new begins has been reached: the button has nothing more to say. */
function seen() {
  below.hidden = true;
  inSight.disconnect();
  firstNew = null;
}

let bringing = null;
let pinned = null; // the post at whose head whoever was at the end is kept, and where that stands
let pinnedAt = 0;

const topOf = (article) => article.getBoundingClientRect().top;

/** What is out of sight is not measured before it comes near: so it is brought until it stands still. */
export async function bring(article, block = "start") {
  let before = NaN;
  bringing = article;
  for (let pass = 0; pass < 8 && bringing === article; pass++) {
    article.scrollIntoView({ block, behavior: "instant" });
    await frame();
    await frame(); // measured at the end of the first
    const top = topOf(article);
    if (top === before) break;
    before = top;
  }
}

for (const hand of ["wheel", "touchmove", "keydown", "pointerdown"]) { // whoever scrolls decides
  addEventListener(hand, () => (bringing = pinned = null), { capture: true, passive: true });
}

export function toEnd() {
  const last = all(":scope > .entry:not([hidden])", one("[data-entries]", chosen())).at(-1);
  return last ? bring(last) : scrollTo(0, 0);
}

/** Once a frame, however many messages came in it. */
async function follow(article) {
  firstNew ??= article;
  if (isFollowing) return;
  isFollowing = true;
  const wasAtEnd = isAtEnd;
  await frame();
  isFollowing = false;
  if (wasAtEnd) {
    await toEnd();
    pinned = bringing;
    pinnedAt = pinned && topOf(pinned);
  }
  await frame();
  await frame(); // the observer has told by now
  if (isAtEnd) seen();
  else if (firstNew) {
    below.hidden = false;
    inSight.observe(firstNew);
  }
}

below.addEventListener("click", () => {
  const to = firstNew?.isConnected && firstNew.closest("[data-place]") === chosen() ? firstNew : null;
  seen();
  if (to) bring(to);
  else toEnd();
  (to ?? heading()).focus({ preventScroll: true });
});

// messages

const drawn = new WeakMap(); // article -> its HTML as the server drew it
const done = new Set(); // ids of what was read or answered, and has gone: the stream may tell of it later than its answer

/** Takes an answer of the bot away that has been read or decided, for good; `next` may stand in its place. */
export function leave(article, next = null) {
  done.add(article.dataset.entry);
  if (next) article.replaceWith(next);
  else article.remove();
}

/** Draws one, new or changed. Returns its article; null where it has gone, or its place is not on this page. */
export function put(told, { isNews = true } = {}) {
  if (done.has(told.id)) return null;
  const standing = by("entry", told.id);
  if (standing && drawn.get(standing) === told.html) return standing; // told twice: as an answer, and as an event
  const fresh = nodes(told.html).firstElementChild;
  drawn.set(standing ?? fresh, told.html);
  if (standing) {
    renew(standing, fresh);
    return standing;
  }
  const place = by("place", told.place);
  if (place) append(place, fresh, told.thread && by("entry", told.thread));
  if (place === chosen()) follow(fresh);
  else if (isNews) {
    unread.add(told.place);
    drawPlaces();
  }
  return place ? fresh : null;
}

function append(place, article, post) {
  const list = one("[data-entries]", place);
  one("[data-empty]", place).hidden = true;
  if (post) {
    one("[data-replies]", post).append(article);
    return;
  }
  if (all("[data-day-mark]", list).at(-1)?.dataset.dayMark !== article.dataset.day) {
    const line = Object.assign(document.createElement("p"), { className: "day" });
    line.dataset.dayMark = article.dataset.day;
    line.append(Object.assign(document.createElement("span"), { textContent: article.dataset.dayText }));
    list.append(line);
  }
  list.append(article);
}

const parts = (article) => [".by", ".card"].map((part) => one(`:scope > .body > ${part}`, article));

/** Only what is said and its buttons: the article stays, with its replies, the focus and its place on the page. */
function renew(standing, fresh) {
  const [old, news] = [parts(standing), parts(fresh)];
  if (old.every((part, at) => part.isEqualNode(news[at]))) return;
  const focused = document.activeElement;
  const isPinned = standing === pinned && topOf(standing) === pinnedAt;
  const isInside = old.some((part) => part.contains(focused));
  old.forEach((part, at) => part.replaceWith(news[at]));
  standing.dataset.kind = fresh.dataset.kind;
  standing.classList.remove("changed");
  requestAnimationFrame(() => standing.classList.add("changed"));
  if (isPinned) bring(standing);
  if (isInside) (one(mark(focused), standing) ?? standing).focus({ preventScroll: true });
}

/** What stands at the server takes the place of what stands here. */
export function reconcile(entries) {
  const ids = new Set(entries.map((told) => told.id));
  for (const article of all("[data-entry]")) if (!ids.has(article.dataset.entry)) article.remove();
  for (const told of entries) {
    const isNew = !by("entry", told.id);
    const article = put(told, { isNews: isNew });
    if (isNew && article) announce(told, article);
  }
}

// what is spoken: each new message once, and many at a time as a number

const live = one("[data-live]");
let toSpeak = [];

export function speak(text) {
  live.append(Object.assign(document.createElement("p"), { textContent: text }));
  while (live.childElementCount > 4) live.firstElementChild.remove();
}

export function announce(told, article) {
  const [where, who] = [titleOf(article), one(".who", article).textContent];
  toSpeak.push({ where, text: filled(sentences.spoken, { where, who, words: told.said }) });
  if (toSpeak.length > 1) return;
  setTimeout(() => {
    if (toSpeak.length <= 2) toSpeak.forEach((each) => speak(each.text));
    else {
      for (const where of new Set(toSpeak.map((each) => each.where))) {
        const its = toSpeak.filter((each) => each.where === where);
        speak(its.length === 1 ? its[0].text : filled(sentences.many, { where, count: its.length }));
      }
    }
    toSpeak = [];
  }, 600);
}

body.addEventListener("click", (event) => {
  const link = event.target.closest("[data-open-place]");
  if (!link || event.metaKey || event.ctrlKey || !openPlace(link.dataset.openPlace)) return;
  event.preventDefault(); // where the place is not on this page, the link is followed
});
