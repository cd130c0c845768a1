"""Is there a browser that could show a page to whoever started us?"""

from __future__ import annotations

import os
import shutil
import sys
import webbrowser
from pathlib import Path

TEXT_BROWSERS = ("www-browser", "links", "elinks", "lynx", "w3m", "browsh")
"""They would take over the terminal, and run no script."""

DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")


def can_open() -> bool:
    """A terminal somebody looks at, and a browser with windows."""
    if not sys.stdout.isatty():
        return False
    chosen = os.environ.get("BROWSER", "")
    if not chosen and sys.platform.startswith("linux") and not any(os.environ.get(name) for name in DISPLAYS):
        return False
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    name = str(getattr(browser, "name", ""))
    if isinstance(browser, webbrowser.GenericBrowser) and shutil.which(name) is None:
        return False  # what $BROWSER names is taken as it is
    return Path(name).name not in TEXT_BROWSERS
