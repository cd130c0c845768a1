"""A script names the groups of its people by our words, or by what they are called in its round."""

from __future__ import annotations

from pathlib import Path

from adapters.playground.playing import script

SCRIPT = """
service = "Handover"
closes_in = "6s"
citizens_name = "tenants"
frontline_name = "Ward  staff"
[[people]]
name = "Ann"
group = "Tenants"
[[people]]
name = "Bob"
group = "ward staff"
[[people]]
name = "Cal"
group = "Leaders"
[[people]]
name = "Dan"
group = "night shift"
"""


def test_people_stand_in_the_group_that_is_called_so(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(SCRIPT)
    read = script.read(tmp_path / "s.toml")
    assert [one.group for one in read.players] == ["citizens", "frontline", "leaders", "night shift"]
