"""Pure: the order of voices, small groups, contrasts, the independence statement, and where pages are cut."""

from bot.reveal.arranging import arrange, arrange_again, arrange_late, is_signed, reveal_of
from bot.reveal.commitments import canonical, commitment, lot, root_of
from bot.reveal.contrasts import Column, Contrast, ContrastKind, contrasts
from bot.reveal.labels import EVERYONE, codes, example_of_mark, labels, of_group, plain_of, reading_order
from bot.reveal.naming import group_meant, voice_meant
from bot.reveal.outgoing import report_left_out, take_down_owed
from bot.reveal.paging import heading_of, pages
from bot.reveal.plans import Arranged, Opened, PagesOf, Plan, PlanAgain
from bot.reveal.reading import one_at_a_time
from bot.reveal.reading_time import minutes_to_read
from bot.reveal.small_groups import status_rows

__all__ = [
    "EVERYONE",
    "Arranged",
    "Column",
    "Contrast",
    "ContrastKind",
    "Opened",
    "PagesOf",
    "Plan",
    "PlanAgain",
    "arrange",
    "arrange_again",
    "arrange_late",
    "canonical",
    "codes",
    "commitment",
    "contrasts",
    "example_of_mark",
    "group_meant",
    "heading_of",
    "is_signed",
    "labels",
    "lot",
    "minutes_to_read",
    "of_group",
    "one_at_a_time",
    "pages",
    "plain_of",
    "reading_order",
    "report_left_out",
    "reveal_of",
    "root_of",
    "status_rows",
    "take_down_owed",
    "voice_meant",
]
