"""A channel in a sentence: named as the platform shows it now, and by its last name where no platform does."""

from __future__ import annotations

from adapters.slack.markup import escape, named
from bot.acts import Said
from bot.messages import line
from bot.people import Address, Place
from storage.database.serialization import pack_outcome, unpack_outcome
from tests.isolates import AsRead

TEXTS = AsRead.load()
REPAIRS = Place(address=Address(platform="slack", workspace="T1", channel="C1"), name="repairs <now>")
SAID = line("said.read.place", channel=REPAIRS)
STANDS = "They all stand in {}. People talk about them there."


def test_slack_shows_the_name_that_the_channel_has_when_it_is_read() -> None:
    assert TEXTS.line(SAID, escape=escape, named=named) == STANDS.format("<#C1>")


def test_elsewhere_it_has_the_name_that_was_looked_up_and_that_does_not_act() -> None:
    assert TEXTS.line(SAID, escape=escape) == STANDS.format("#repairs &lt;now&gt;")


def test_a_place_that_is_no_channel_yet_has_its_name_in_slack_too() -> None:
    nowhere = Place(address=Address(platform="slack", workspace="T1"), name="repairs")
    assert TEXTS.line(line("said.read.place", channel=nowhere), named=named) == STANDS.format("#repairs")


def test_what_names_a_channel_is_stored_with_the_act_and_read_back() -> None:
    said = Said(content=(SAID,))
    assert unpack_outcome(pack_outcome(said)) == said
