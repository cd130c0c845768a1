"""One round in real time: the program, its scheduler and the machine's clock, with nobody moving anything."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

SCRIPT = """
service = "Repairs online"
proposal = "Report repairs on your phone instead of calling."
closes_in = "3s"
late_for = "6s"

[[people]]
name = "Lea"
group = "leaders"
at = "1s"
personal = "I would see what is open."
intentions = "Fewer calls."

[[people]]
name = "Fay"
group = "frontline"
at = "1s"
personal = "Fewer wasted trips."
sign = true

[[people]]
name = "Cal"
group = "citizens"
at = "2s"
personal = "My phone is old."

[[people]]
name = "Cara"
group = "citizens"
at = "10s"
personal = "I was late."
sign = true
"""


def test_a_round_closes_opens_and_ends_by_itself_in_real_time(tmp_path: Path) -> None:
    script = tmp_path / "round.toml"
    script.write_text(SCRIPT)
    command = [sys.executable, "-m", "coproduce", "play", "--script", str(script), "--until-revealed", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    shown = [json.loads(line) for line in done.stdout.splitlines()]
    channel = [each for each in shown if each["place"] == "channel"]
    kinds = [each["kind"] for each in channel]
    first = {kind: datetime.fromisoformat(channel[kinds.index(kind)]["at"]) for kind in dict.fromkeys(kinds)}
    asked = min(datetime.fromisoformat(each["at"]) for each in shown if each["kind"] == "question")
    # asked when the announcement stood; opened after the deadline and the grace, and not long after them
    waited = first["headline"] - asked
    assert timedelta(seconds=7) < waited < timedelta(seconds=7 + 23)
    assert kinds.index("announcement") < kinds.index("headline") < kinds.index("page")
    texts = [each["text"] for each in channel if each["kind"] == "page"]
    for words in ("I would see what is open.", "Fewer wasted trips.", "My phone is old."):
        assert sum(words in text for text in texts) == 1
        assert not [each for each in channel[: kinds.index("headline")] if words in each["text"]]
    assert "I was late." not in "".join(texts)
    assert [each["text"] for each in channel if each["kind"] == "late_page" and "I was late." in each["text"]]
    assert not [
        each
        for each in shown
        if each["place"] == "inbox" and "I was late." in each["text"] and each["person"] != "Cara"
    ]
