"""What axe-core finds on a page, by the rules of WCAG 2.2 AA and its own good practice."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

_AXE = Axe()
_OPTIONS: dict[str, Any] = {
    "runOnly": {"type": "tag", "values": RULES},
    "resultTypes": ["violations"],
    "iframes": False,  # a report's frame lets no script in, axe's neither
    "rules": {"target-size": {"enabled": True}},  # of 2.2, and off by itself
}


async def finds(tab: Page) -> list[str]:
    """One line for each element that breaks a rule."""
    # the driver puts it into the page: a script tag would need a hole in the page's policy
    results = await _AXE.run(tab, options=_OPTIONS)
    return [
        f"{found['id']}: {found['help']}: {node['target']} {node['html'][:200]} {node.get('failureSummary', '')}"
        for found in results.response["violations"]
        for node in found["nodes"]
        # what lies under a bar that stands still is scrolled into sight before it is pressed
        if "partially obscured" not in node.get("failureSummary", "")
    ]
