"""People are told how long what they wrote is kept, where, and whom to ask: also of what is destroyed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot import report
from bot.acts import Confirm, Decline, More, Said, Withdraw
from bot.compose.kept import DESTROYED
from bot.messages import MessageKind
from bot.rounds import GroupCount, Phase, Round, Statement
from bot.settings import RoundSettings
from coproduce.config import load
from tests.builders import NOON
from tests.unit.messages import TEXTS, a_round, read
from tests.unit.test_true_and_kind import CATALOGUE, _sentences
from tests.world import World, memory_stores

BACKUPS = "Backups of the bot's server may hold a copy for 30 more days."
OURS = RoundSettings(responsible="Northside Housing, data@northside.example", retention=timedelta(days=90))
SAYS_SO_ITSELF = re.compile(r"control\.|refused\.changed_since|change\.removed_reply|data\.kept")


def test_every_sentence_that_says_destroyed_is_followed_by_how_long_backups_keep_it() -> None:
    found = {key for key, text in _sentences(CATALOGUE) if "destroy" in text.lower()}
    assert {key for key in found if not SAYS_SO_ITSELF.match(key)} <= DESTROYED


@pytest.mark.parametrize("kind", [MessageKind.CANCELLED, MessageKind.REMOVED, MessageKind.CALLED_OFF])
def test_a_message_that_says_destroyed_names_the_backups(kind: MessageKind) -> None:
    round_ = a_round()
    of = None if kind is MessageKind.CALLED_OFF else round_.seats[0]
    assert BACKUPS in read(kind, round_, of=of).text
    without = RoundSettings(backup_keep=timedelta())
    assert "Backups" not in read(kind, round_, of=of, settings=without).text


async def test_whoever_takes_back_or_will_not_answer_is_told_of_backups_before_and_after() -> None:
    world = World(memory_stores()[0], OURS)
    await world.start()
    code = await world.open()
    for kind in (Withdraw, Decline):
        await world.write("cal", code, "words")
        asked = await world.press(kind, "cal", code=code)
        assert isinstance(asked, Confirm)
        done = await world.agree("cal", asked)
        assert isinstance(done, Said)
        for shown in (asked, done):
            assert BACKUPS in TEXTS.outcome(shown).text
    more = TEXTS.outcome(await world.press(More, "cal", code=code)).text  # type: ignore[arg-type]
    for told in KEPT:
        assert told in more
    await world.crash()


KEPT = (
    "Why we ask: ",
    "Responsible for the data, and whom to ask about it: Northside Housing, data@northside.example.",
    "The bot keeps the answers for 90 days after the round has ended. Then they are destroyed.",
    BACKUPS,
    "passes through the servers of ",
)


def _opened(**changes: object) -> Round:
    counted = GroupCount(group="citizens", asked=5, reached=5, replied=0, declined=0)
    opened = {"phase": Phase.REVEALED, "revealed_at": NOON, "statement": Statement(groups=(counted,)), "root": "00"}
    return replace(a_round(), **{**opened, **changes})  # type: ignore[arg-type]


def _report(round_: Round, settings: RoundSettings, formats: Sequence[str] = ("html", "md", "json")) -> list[str]:
    shown = report.report(round_, (), NOON, settings)
    return [file.content.decode() for file in report.files(shown, formats, TEXTS)]


def test_the_report_says_who_is_responsible_why_for_how_long_and_whom_to_ask() -> None:
    for text in _report(_opened(), OURS):
        plain = re.sub(r"\\(.)", r"\1", text).replace("&#39;", "'")
        for told in KEPT:
            assert told in plain


def test_without_somebody_responsible_people_ask_whom_the_round_names() -> None:
    (nobody,) = _report(_opened(contact="Bea, 555 01"), RoundSettings(), ("html",))
    assert "Whom to ask about the data: Bea, 555 01." in nobody
    (organiser,) = _report(_opened(), RoundSettings(), ("html",))
    assert "Whom to ask about the data: Sam." in organiser.replace("\u2068", "").replace("\u2069", "")


def test_the_settings_of_responsible_and_backups_reach_the_texts(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[storage]\nbackup_keep = 7\n[rounds]\nresponsible = " Northside "\n', encoding="utf-8")
    settings = load(file).rounds
    assert (settings.responsible, settings.backup_keep) == ("Northside", timedelta(days=7))
