"""The table of states in the docs is the table in the code."""

import re
from pathlib import Path

from bot.rounds import Phase
from bot.rules.moves import MOVES

PAGE = Path(__file__).parents[2] / "docs" / "architecture.md"


def test_the_page_on_architecture_shows_every_move_and_no_other() -> None:
    rows = re.findall(r"^\| ([a-z, ]+) \| ([a-z]+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    shown = {(Phase(start), Phase(end)) for starts, end in rows if starts != "from" for start in starts.split(", ")}

    assert shown == {(start, end) for start, ends in MOVES.items() for end in ends}
