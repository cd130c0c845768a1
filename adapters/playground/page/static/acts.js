// What is pressed: sent, and its answer brought to the eyes and to the focus.

import { by, me, one, problem, send } from "./dom.js";
import { showForm } from "./dialogs.js";
import { bring, chosen, heading, leave, openPlace, put } from "./stream.js";

const waiting = new Set();

/** True while an answer is awaited here: it takes the focus, and need not be spoken as well. */
export const isWaiting = () => waiting.size > 0;

/** Does one thing as this person. `opens`: what opens the same form once more, where a form is the answer. */
export async function act(path, fields, from, opens = { path, fields }) {
  if (waiting.has(from)) return { isBusy: true };
  waiting.add(from);
  from.setAttribute("aria-busy", "true");
  const page = from.closest("article[data-ephemeral]"); // it may be drawn anew meanwhile
  const got = await send(`${me}/${path}`, fields);
  waiting.delete(from);
  from.removeAttribute("aria-busy");
  if (got.form) showForm(got.form, opens);
  else if (got.entry && !from.matches("dialog[data-form]")) answered(got.entry, page);
  return got;
}

/** To the eyes and to the focus. `page`: of what is read one page at a time, the page that was left. */
export function answered(told, page = null) {
  const article = put(told);
  if (!article) return;
  if (article.dataset.show === "confirm") {
    askFirst(article);
    return;
  }
  if (page && page !== article && article.dataset.show === "said") leave(page, article); // read one at a time
  if (!article.hasAttribute("data-ephemeral")) return;
  openPlace(told.place, { focus: false });
  article.focus({ preventScroll: true });
  bring(article, page ? "start" : "nearest");
}

export async function press(button) {
  const dialog = button.closest("dialog");
  const box = dialog ? one("[data-problem]", dialog) : problemBeside(button);
  problem(box, "");
  const got = await act("press", { control: button.dataset.control, channel: channelOf(button) }, button);
  if (got.error) problem(box, got.error);
  else if (dialog && dialog === confirmation) dialog.close();
}

/** Where an answer that only this person sees is shown: where they pressed. */
export function channelOf(element) {
  const asked = element.closest("[data-confirm]") && by("entry", confirming);
  const place = (asked || element).closest("[data-place]") ?? chosen();
  return place.dataset.place === "inbox" ? "" : place.dataset.place;
}

function problemBeside(button) {
  const next = button.parentElement.nextElementSibling;
  if (next?.matches(".problem")) return next;
  const box = Object.assign(document.createElement("p"), { className: "problem", hidden: true });
  box.setAttribute("role", "alert");
  button.parentElement.after(box);
  return box;
}

// what is asked first: the question stands in a dialog, and is gone once it is answered or left

const confirmation = one("dialog[data-confirm]");
let confirming = "";

function askFirst(article) {
  confirming = article.dataset.entry;
  const back = one(".button[data-close]", confirmation);
  one("[data-confirm-body]").replaceChildren(...one(".card", article).cloneNode(true).childNodes, back);
  problem(one("[data-problem]", confirmation), "");
  article.hidden = true;
  confirmation.showModal();
  one("h2", confirmation).focus();
}

confirmation.addEventListener("close", () => {
  const asked = by("entry", confirming);
  if (asked) leave(asked);
  confirming = "";
  if (document.activeElement === document.body) heading().focus({ preventScroll: true });
});
