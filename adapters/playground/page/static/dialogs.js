// Forms of the bot in dialogs. What is typed in one is kept when it is closed, and outlives the server's own copy.

import { act, answered } from "./acts.js";
import { enhance } from "./forms.js";
import { all, body, mark, me, nodes, one, problem, send, sentences } from "./dom.js";
import { heading, speak } from "./stream.js";

const typed = new WeakSet(); // dialogs with words that are not kept yet
const returns = new WeakMap(); // dialog -> where the focus goes when it closes
const drawn = new WeakMap(); // dialog -> its HTML as the server drew it
let opens = null; // what opens the form that stands open once more

const openForm = () => one("dialog[data-form]");
const isSame = (html, dialog) => nodes(html).firstElementChild.dataset.form === dialog.dataset.form;
const isBusy = (dialog) => dialog.hasAttribute("aria-busy");
const isWrong = (part) => one("[aria-invalid='true']", part) !== null;

/** The form that stands open, or another in its place. */
export function showForm(html, how = opens) {
  opens = how;
  const before = openForm();
  const fresh = nodes(html).firstElementChild;
  returns.set(fresh, returns.get(before) ?? document.activeElement);
  const isAgain = before && isSame(html, before);
  before?.remove();
  one("[data-dialogs]").append(fresh);
  drawn.set(fresh, html);
  prepare(fresh, isAgain ? Number(before.dataset.at ?? 0) : 0);
  if (isAgain && typed.has(before)) putBack(fresh, wordsOf(before)); // typed while the answer was on its way
  fresh.showModal();
  (one("[data-errors]", fresh) ?? one("h2", fresh))?.focus();
}

/** A form that the server drew into the page, or that has come since. */
function prepare(dialog, at) {
  one("h2", dialog)?.setAttribute("tabindex", "-1");
  if ("setUp" in dialog.dataset) inSteps(dialog, at);
  enhance(dialog);
  dialog.addEventListener("input", () => typed.add(dialog));
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault(); // Escape keeps first, as the button does
    leave(dialog);
  });
  dialog.addEventListener("close", () => { // a browser may close it unasked, at a second Escape
    if (!dialog.isConnected) return;
    if (typed.has(dialog) || isBusy(dialog)) dialog.showModal();
    leave(dialog);
  });
}

function closeForm(dialog) {
  const back = returns.get(dialog);
  dialog.remove();
  const again = back && all(mark(back)).find((each) => each.checkVisibility());
  const to = back?.isConnected && back !== body ? back : again;
  (to ?? heading()).focus({ preventScroll: true });
}

/** What the server says of the form that is open. It takes no words from under anybody's hands. */
export function formChanged(html) {
  const dialog = openForm();
  if (!dialog || typed.has(dialog) || isBusy(dialog)) return;
  if (!html) closeForm(dialog);
  else if (html !== drawn.get(dialog) && isSame(html, dialog) && !("setUp" in dialog.dataset)) showForm(html);
}

const wordsOf = (dialog, button) => [...new FormData(one("form", dialog), button)];

function putBack(dialog, words) {
  for (const box of one("form", dialog).elements) {
    const own = words.filter(([name]) => name === box.name).map(([, value]) => value);
    if (box.type === "checkbox" || box.type === "radio") box.checked = own.includes(box.value);
    else if (!["hidden", "submit", "button", "fieldset"].includes(box.type) && own.length) box.value = own[0];
  }
  typed.add(dialog);
}

async function sendForm(path, dialog, button) {
  const words = wordsOf(dialog, button);
  problem(one("[data-problem]", dialog), "");
  typed.delete(dialog);
  const got = await act(path, words, dialog, opens);
  const error = got.error ?? refusal(got);
  if (got.gone && opens) await openAnew(words);
  else if (error) complain(openForm() ?? dialog, error);
  if (error) typed.add(openForm() ?? dialog);
  return { ...got, error };
}

/** What the bot turns the whole form down for: it stands among the messages, which the form covers. */
function refusal({ form, entry }) {
  const isRefused = form && entry && nodes(entry.html).firstElementChild.matches("[data-show=refused], [data-show=failed]");
  return isRefused ? entry.said : null;
}

/** At the lower edge of what is seen; it does not cover the button that is pressed again. */
function complain(dialog, text) {
  problem(one("[data-problem]", dialog), text);
  document.activeElement.closest(".form-buttons")?.scrollIntoView({ block: "nearest" });
}

/** The server has lost the form, as after a restart: it is opened once more, and the words are put back. */
async function openAnew(words) {
  const anew = await send(`${me}/${opens.path}`, opens.fields);
  if (anew.form) {
    showForm(anew.form);
    putBack(openForm(), words);
  }
  complain(openForm(), anew.form ? sentences.again : anew.error ?? sentences.unreached);
}

const isRead = (dialog) => !one("textarea, select, input:not([readonly], [type=hidden])", one("form", dialog));

async function submit(dialog, button) {
  if (isRead(dialog)) return finish(dialog); // a receipt, for example: there is nothing to send
  const isKept = button?.name === "do";
  const got = await sendForm(isKept ? "keep" : "fill", dialog, button);
  if (got.error || got.isBusy) return undefined;
  if (!isKept && !got.form) {
    closeForm(dialog);
    if (got.entry) answered(got.entry);
  } else if (isKept && !isWrong(openForm())) finish(openForm());
  return undefined;
}

function finish(dialog) {
  send(`${me}/leave`, {});
  closeForm(dialog);
}

async function leave(dialog) {
  if (isBusy(dialog)) return; // its answer says whether it may close
  if (typed.has(dialog) && "keeps" in dialog.dataset) {
    const got = await sendForm("keep", dialog);
    if (got.error || got.isBusy || isWrong(openForm())) {
      typed.delete(openForm()); // it says why; a second time it closes as it is
      return;
    }
    speak(sentences.kept);
  }
  finish(openForm());
}

// the set-up asks what, who and when, one after the other; without a script all three stand below each other

function inSteps(dialog, at) {
  const steps = all("[data-step]", one("form", dialog));
  if (steps.length < 2) return;
  steps.slice(at + 1).forEach((step) => unmark(dialog, step));
  const [next, back] = ["next", "back"].map((name) => {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button" });
    button.textContent = sentences[name];
    button.dataset.look = name === "next" ? "main" : "plain";
    button.setAttribute(`data-${name}-step`, "");
    return button;
  });
  one(".form-buttons", dialog).prepend(next, back);
  const wrong = steps.findIndex(isWrong);
  turn(dialog, wrong >= 0 ? wrong : at);
}

/** What nobody has been asked yet is not wrong. */
function unmark(dialog, step) {
  for (const box of all("[data-box]", step)) {
    box.classList.remove("form-wrong");
    all(".form-error", box).forEach((error) => error.remove());
    for (const part of all("[aria-invalid]", box)) part.removeAttribute("aria-invalid");
  }
  for (const link of all("[data-errors] a", dialog)) if (one(link.hash, step)) link.closest("li").remove();
  const errors = one("[data-errors]", dialog);
  if (errors && !one("li", errors)) errors.remove();
}

function turn(dialog, to) {
  const steps = all("[data-step]", dialog);
  steps.forEach((step, which) => (step.hidden = which !== to));
  dialog.dataset.at = to;
  one("[data-back-step]", dialog).hidden = to === 0;
  one("[data-next-step]", dialog).hidden = to === steps.length - 1;
  one(".form-buttons [type=submit]:not([name])", dialog).hidden = to < steps.length - 1;
  dialog.scrollTop = 0;
}

/** [Next] keeps what is typed, so that nothing is lost and what is wrong is said on its own page. */
async function turned(dialog, button) {
  const at = Number(dialog.dataset.at);
  if (isBusy(dialog)) return;
  if ("backStep" in button.dataset) turn(dialog, at - 1);
  else {
    const got = await sendForm("keep", dialog);
    const now = openForm();
    if (got.error || got.isBusy || all("[data-step]", now).slice(0, at + 1).some(isWrong)) return;
    turn(now, at + 1);
  }
  const to = all("[data-step]", openForm())[Number(openForm().dataset.at)];
  const title = one("legend h3", to) ?? one("legend", to);
  title.setAttribute("tabindex", "-1");
  title.focus();
}

body.addEventListener("submit", (event) => {
  const dialog = event.target.closest("dialog[data-form]");
  if (!dialog) return;
  event.preventDefault();
  const next = one("[data-next-step]", dialog);
  if (next && !next.hidden && !event.submitter?.name) turned(dialog, next); // Enter in a box, on a page before the last
  else submit(dialog, event.submitter);
});

body.addEventListener("click", (event) => {
  const dialog = event.target.closest("dialog[data-form]");
  if (!dialog) return;
  const turning = event.target.closest("[data-next-step], [data-back-step]");
  const error = event.target.closest("[data-errors] a");
  if (turning) turned(dialog, turning);
  else if (event.target.closest("[data-close]")) leave(dialog);
  else if (error && one("[data-next-step]", dialog)) { // the box may stand on another page of the set-up
    const step = one(error.hash, dialog).closest("[data-step]");
    if (step) turn(dialog, all("[data-step]", dialog).indexOf(step));
  }
});

/** A form that stands open when the page is drawn. */
export function showStanding() {
  const dialog = openForm();
  if (!dialog) return;
  returns.set(dialog, heading());
  prepare(dialog, 0);
  dialog.showModal();
  (one("[data-errors]", dialog) ?? one("h2", dialog))?.focus();
}
