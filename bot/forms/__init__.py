"""Pure: the forms people fill in. The only place where somebody sees their own words before the reveal."""

from bot.forms.answers import answer_form, asked
from bot.forms.receipts import receipt_form, receipt_shown
from bot.forms.running import LONGEST_REQUEST, extend_form, hide_form, hiding_form, venue_form
from bot.forms.setup import LONGEST_STEPS, NAMES_OF_GROUPS, ONE_PERSON, marked, setup_form

__all__ = [
    "LONGEST_REQUEST",
    "LONGEST_STEPS",
    "NAMES_OF_GROUPS",
    "ONE_PERSON",
    "answer_form",
    "asked",
    "extend_form",
    "hide_form",
    "hiding_form",
    "marked",
    "receipt_form",
    "receipt_shown",
    "setup_form",
    "venue_form",
]
