// Finding and drawing elements, and speaking to the server.

export const one = (selector, root = document) => root.querySelector(selector);
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];
export const by = (name, value, root = document) => one(`[data-${name}="${CSS.escape(value)}"]`, root);
export const frame = () => new Promise(requestAnimationFrame);

export const { body } = document;
export const me = `/as/${encodeURIComponent(body.dataset.person)}`;

/** Every sentence of ours that a script shows comes with the page. */
export const sentences = JSON.parse(one("[data-sentences]").textContent);
export const filled = (sentence, facts) => sentence.replace(/\{(\w+)\}/g, (slot, name) => facts[name] ?? slot);

/** Nodes of what the server rendered. Nothing else ever becomes HTML. */
export function nodes(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

/** A selector that finds a control again after it was drawn anew. */
export function mark(element) {
  for (const name of ["control", "clock-do", "open-place", "face", "open-held", "command", "file"]) {
    const value = element.getAttribute(`data-${name}`);
    if (value !== null) return `[data-${name}="${CSS.escape(value)}"]`;
  }
  return ":not(*)";
}

/** Puts rendered HTML into a container; the focus stands on the same control afterwards, or on the container. */
export function swap(container, html) {
  const held = container.contains(document.activeElement) && document.activeElement;
  container.replaceChildren(nodes(html));
  if (held) (one(mark(held), container) ?? container.closest("[tabindex]"))?.focus({ preventScroll: true });
}

export function problem(box, text) {
  box.hidden = !text;
  box.textContent = text ?? "";
}

/** Never raises: what could not be sent is told in the answer, and stays where it was typed. */
export async function send(path, fields) {
  try {
    const answer = await fetch(path, { method: "POST", body: new URLSearchParams(fields) });
    return await answer.json();
  } catch {
    return { error: sentences.unreached };
  }
}

/** The text of an answer; nothing where the server is away: the stream says so. */
export async function fetched(path) {
  try {
    const answer = await fetch(path);
    return answer.ok ? await answer.text() : null;
  } catch {
    return null;
  }
}
