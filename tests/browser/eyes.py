"""What stands on a page before somebody's eyes, read out of its DOM."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Page

_WORDS = """
const BLOCKS = "blockquote,dd,div,dl,dt,fieldset,h1,h2,h3,h4,h5,h6,hr,legend,li,ol,p,pre,section,table,tr,ul";
// As innerText, also of what is not shown now; what the style hides is left out.
function words(root) {
  let text = "";
  const line = () => { if (text && !text.endsWith("\\n")) text += "\\n"; };
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      if (!node.data.trim() && [node.previousSibling, node.nextSibling].some((one) => one?.matches?.(BLOCKS))) return;
      const keeps = getComputedStyle(node.parentElement).whiteSpace.startsWith("pre");
      const said = keeps ? node.data : node.data.replace(/[ \\t\\n\\r]+/g, " ");
      text += keeps || !/\\s$/.test(text) ? said : said.replace(/^ /, "");
    } else if (node.nodeName === "BR") {
      text += "\\n";
    } else if (node.nodeType === Node.ELEMENT_NODE && !node.hidden) {
      const isBlock = node.matches(BLOCKS);
      if (isBlock) line();
      node.childNodes.forEach(walk);
      if (isBlock) line();
    }
  };
  if (root) walk(root);
  return text.split("\\n").map((one) => one.trimEnd()).join("\\n").trim();
}
"""

_ENTRIES = """
return [...document.querySelectorAll("article[data-entry]")].map((article) => {
  const own = (what) => [...article.querySelectorAll(what)].filter((one) => one.closest("article") === article);
  return {
    id: article.dataset.entry,
    kind: article.dataset.kind,
    place: article.closest("[data-place]")?.dataset.place ?? "inbox",
    is_in_thread: article.parentElement.closest("[data-replies]") !== null,
    is_ephemeral: "ephemeral" in article.dataset,
    text: own("[data-said]").map(words).join("\\n"),
    controls: own("button[data-control]").map((one) => one.dataset.control),
    files: own("a[data-file]").map((one) => words(one.querySelector(".file-name") ?? one)),
  };
});
"""

_FORM = """
const form = document.querySelector("dialog[data-form][open] form[data-kind]");
if (!form) return null;
const boxes = [...form.querySelectorAll("[data-box]")].map((box) => {
  const values = [...box.querySelectorAll("input:not([type=hidden]), textarea, select")]
    .filter((one) => !["checkbox", "radio"].includes(one.type) || one.checked)
    .map((one) => one.value).filter((value) => value !== "");
  const wrong = box.querySelector(".form-error")?.cloneNode(true);
  wrong?.querySelector(".form-unseen")?.remove();
  const [label] = box.querySelectorAll(".form-label");
  const named = label.cloneNode(true);
  named.querySelector(".form-optional")?.remove();
  return {name: box.dataset.box, values, label: named.textContent.trim(), error: wrong?.textContent.trim() ?? ""};
});
return {
  id: form.closest("dialog").dataset.form,
  kind: form.dataset.kind,
  title: words(form.querySelector(".form-title")),
  notes: [...form.querySelectorAll(".form-notes")].map(words).join("\\n"),
  boxes,
};
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenArticle:
    """`place`: `inbox` or the id of a channel."""

    id: str
    kind: str
    place: str
    is_in_thread: bool
    is_ephemeral: bool
    text: str
    controls: tuple[str, ...]
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenBox:
    name: str
    label: str
    values: tuple[str, ...]
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenForm:
    id: str
    kind: str
    title: str
    notes: str
    boxes: Mapping[str, SeenBox]


async def entries(tab: Page) -> Sequence[SeenArticle]:
    """All that stands in the page, in its order, whichever place is shown."""
    return [SeenArticle(**_with_tuples(told)) for told in await _read(tab, _ENTRIES)]


async def form(tab: Page) -> SeenForm | None:
    """The form that is open."""
    told = await _read(tab, _FORM)
    if told is None:
        return None
    boxes = {one["name"]: SeenBox(**_with_tuples(one)) for one in told.pop("boxes")}
    return SeenForm(**told, boxes=boxes)


async def text(tab: Page) -> str:
    """All words in the page's DOM, hidden ones too."""
    return str(await tab.evaluate("document.documentElement.outerHTML"))


async def _read(tab: Page, script: str) -> Any:
    return await tab.evaluate(f"() => {{ {_WORDS} {script} }}")


def _with_tuples(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in told.items()}
