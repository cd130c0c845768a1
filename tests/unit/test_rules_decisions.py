"""All that a decision says: who is owed what under which key, what becomes of each field, and what is cleared."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.acts import Refused, Said, SaveSetup
from bot.messages import Line, MessageKind, Pace
from bot.people import Member, Missing, Reach, Standing, Why
from bot.rounds import ActId, Attribution, Phase, Round, SeatId, Stage
from bot.rules import answering, casting, opening, running, setting_up
from bot.rules.moves import Decision, still_wanted
from bot.settings import RoundSettings
from bot.setups import LookedUp, Setup
from tests.builders import CHANNEL, DAY, HOUR, NOON, account, actor, collecting, draft, organiser, seat, venue

CLOSES = NOON + 3 * DAY
SAM = actor("sam")
READY = Reach(name="repairs", readers=84)
TYPED = {
    "service": ("Repairs",),
    "proposal": ("On your phone",),
    "decided": ("That it starts in May",),
    "still_open": ("Opening hours",),
    "contact": ("Call 112",),
    "channel": ("repairs",),
    "stage": ("evaluation",),
    "attribution": ("named",),
    "leaders": ("lea",),
    "frontline": ("fay",),
    "citizens": ("cal",),
    "closes_at": ("in 5 days",),
    "time_zone": ("Europe/Berlin",),
}


def member(user: str, **changes: object) -> Member:
    return Member(account=account(user), name=user.title(), **changes)  # type: ignore[arg-type]


def ready(**changes: object) -> Round:
    """A draft that was looked up and can be opened."""
    people = {"citizens": (member("cal", locale="en-GB", tz="Europe/Berlin"),), "frontline": (member("fay"),)}
    found = LookedUp(
        of=1, cast={**people, "Cooks": (member("zoe"),), "leaders": (member("lea"),)}, missing=(), reach=READY
    )
    typed = {**TYPED, "group:Cooks": ("zoe",)}
    whole = replace(found, **changes)  # type: ignore[arg-type]
    return draft(
        setup=Setup(fields=typed, edition=1, looked_up=whole), closes_at=NOON + 5 * DAY, time_zone="Europe/Berlin"
    )


def open_(round_: Round, *, largest: int = 100, pace: Pace | None = None, **standing: Standing) -> Decision:
    who = actor("sam", **standing)
    return opening.press_open(round_, who, NOON, RoundSettings(largest=largest), pace or Pace())


def refusal(decision: Decision) -> tuple[str, dict[str, object]]:
    assert isinstance(decision.outcome, Refused), decision.outcome
    return decision.outcome.because.key, dict(decision.outcome.because.facts)


# setting up ---------------------------------------------------------------------------------------------------


def test_everything_typed_that_can_be_read_becomes_the_rounds_own() -> None:
    act = SaveSetup(id=ActId("1"), actor=SAM, at=NOON, page="when", fields=TYPED)
    saved = setting_up.save(draft(setup=Setup(edition=3)), act, RoundSettings()).round_
    assert saved
    assert (saved.service, saved.proposal, saved.contact) == ("Repairs", "On your phone", "Call 112")
    assert (saved.decided, saved.still_open) == ("That it starts in May", "Opening hours")
    assert (saved.stage, saved.attribution, saved.time_zone) == (Stage.EVALUATION, Attribution.NAMED, "Europe/Berlin")
    assert (saved.closes_at, saved.setup.edition, saved.setup.looked_up) == (NOON + 5 * DAY, 4, None)


def test_what_cannot_be_read_is_kept_as_typed_and_changes_nothing_else() -> None:
    wrong = {
        **TYPED,
        "stage": ("dreaming",),
        "attribution": ("secret",),
        "time_zone": ("Mars",),
        "closes_at": ("soon",),
    }
    act = SaveSetup(id=ActId("1"), actor=SAM, at=NOON, page="what", fields=wrong)
    decision = setting_up.save(draft(stage=Stage.DELIVERY, time_zone="Europe/Paris"), act, RoundSettings())
    saved = decision.round_
    assert saved
    assert (saved.stage, saved.attribution, saved.time_zone) == (Stage.DELIVERY, Attribution.GROUP, "Europe/Paris")
    assert saved.closes_at is None
    assert saved.setup.fields == wrong
    assert isinstance(decision.outcome, Refused)
    assert decision.outcome.fields.keys() == {"stage", "attribution", "time_zone", "closes_at"}, "only what was sent"


def test_the_preview_is_one_card_that_is_brought_up_to_date() -> None:
    decision = setting_up.preview(ready(), actor("sam", locale="en-GB", tz="Europe/Berlin"), NOON, RoundSettings())
    (card,) = decision.owed
    assert (card.kind, card.to.user, card.is_card) == (MessageKind.PREVIEW, "sam", True)
    assert dict(card.args) == {"locale": "en-GB", "tz": "Europe/Berlin"}
    assert decision.touch == (card.key,)


# opening ------------------------------------------------------------------------------------------------------


def test_opening_owes_the_announcement_and_asks_nobody_before_it_stands() -> None:
    decision = open_(ready())
    assert [(owed.kind, owed.to, owed.is_card) for owed in decision.owed] == [(MessageKind.ANNOUNCEMENT, CHANNEL, True)]
    assert decision.round_
    assert (decision.round_.phase, decision.round_.opening_at) == (Phase.DRAFT, NOON)
    (where,) = decision.round_.venues
    assert (where.address, where.told) == (CHANNEL, READY)
    assert decision.round_.closes_at == NOON + 5 * DAY
    assert decision.round_.remind_at == ()  # planned once it is known who is asked, and where they are


def test_once_the_announcement_stands_everybody_is_asked_in_their_own_words() -> None:
    pressed = open_(ready()).round_
    assert pressed
    decision = opening.announced(replace(pressed, version=3), NOON + HOUR, RoundSettings())
    opened = decision.round_
    assert opened
    assert (opened.phase, opened.opened_at, opened.opening_at) == (Phase.COLLECTING, NOON + HOUR, None)
    assert opened.closes_at == NOON + 5 * DAY + HOUR
    thursday = NOON + 2 * DAY + 6.5 * HOUR  # 19:30 in Berlin; nobody is reminded at the weekend
    assert opened.remind_at == (thursday, thursday + DAY)
    assert [(group.name, group.is_leaders, group.asks_as) for group in opened.groups] == [
        ("citizens", False, "citizens"),
        ("frontline", False, "frontline"),
        ("Cooks", False, ""),
        ("leaders", True, "leaders"),
    ]
    assert [(one.name, one.group, one.locale, one.tz) for one in opened.seats][:2] == [
        ("Cal", "citizens", "en-GB", "Europe/Berlin"),
        ("Fay", "frontline", None, None),
    ]
    assert {question.group for question in opened.questions} == {"citizens", "frontline", "Cooks", "leaders"}
    assert [(owed.kind, owed.to.user) for owed in decision.owed] == [
        *((MessageKind.QUESTION, user) for user in ("cal", "fay", "zoe", "lea")),
        (MessageKind.STATUS, "sam"),
    ]
    assert decision.owed[0].seat_of == str(account("cal"))


@pytest.mark.parametrize(
    ("found", "why"),
    [
        ({"twice": ("Cal",)}, ("refused.person_twice", {"name": "Cal"})),
        ({"cast": {"citizens": (member("cal"),), "leaders": ()}}, ("refused.empty.group", {"group": "leaders"})),
        ({"reach": None}, ("refused.channel", {})),
        ({"reach": replace(READY, may_post=False)}, ("refused.channel", {})),
        ({"reach": replace(READY, may_thread=False)}, ("refused.channel", {})),
        ({"reach": replace(READY, may_attach=False)}, ("refused.channel", {})),
    ],
)
def test_what_keeps_a_round_from_opening_is_named(found: dict[str, object], why: object) -> None:
    assert refusal(open_(ready(**found))) == why


def test_somebody_missing_who_is_named_no_more_keeps_nothing_from_opening() -> None:
    gone = Missing(ref="dee", name="Dee", why=Why.DEACTIVATED)
    assert open_(ready(missing=(gone,))).round_


def test_as_many_as_a_round_may_have_can_be_asked_and_more_by_an_admin() -> None:
    assert open_(ready(), largest=4).round_
    assert refusal(open_(ready(), largest=3)) == ("refused.too_many", {"count": 4, "largest": 3})
    assert open_(ready(), largest=3, standing=Standing.ADMIN).round_


def test_asking_everybody_may_take_a_quarter_of_the_round() -> None:
    def asked_in(length: str) -> Decision:
        round_ = ready()
        fields = {**round_.setup.fields, "closes_at": (f"in {length}",)}
        ahead = opening.opening_deadline(replace(round_, setup=Setup(fields=fields)), NOON, NOON)
        round_ = replace(round_, closes_at=ahead, setup=replace(round_.setup, fields=fields))
        return open_(round_, pace=Pace(posts_a_minute_in_one_workspace=1))

    assert asked_in("16 minutes").round_
    assert refusal(asked_in("15 minutes")) == ("refused.too_slow", {"count": 4, "needed": timedelta(minutes=16)})


def test_a_set_up_that_was_edited_since_is_looked_up_again_first() -> None:
    decision = open_(ready(of=0))
    assert refusal(decision)[0] == "refused.not_previewed"
    assert [owed.kind for owed in decision.owed] == [MessageKind.PREVIEW]
    assert decision.touch == (decision.owed[0].key,)
    assert decision.round_ is None


def test_a_refused_announcement_leads_back_to_a_draft_that_is_looked_up_again() -> None:
    pressed = open_(ready()).round_
    assert pressed
    both = replace(pressed, organisers=(organiser(), organiser("otto", is_first=False)))
    decision = opening.announcement_refused(both, "not_in_channel")
    assert decision.round_
    assert (decision.round_.opening_at, decision.round_.venues, decision.round_.setup.looked_up) == (None, (), None)
    assert [(owed.kind, owed.to.user, owed.args["reason"]) for owed in decision.owed] == [
        (MessageKind.NOT_OPENED, "sam", "not_in_channel"),
        (MessageKind.NOT_OPENED, "otto", "not_in_channel"),
    ]


# while it runs ------------------------------------------------------------------------------------------------


def test_calling_off_ends_a_round_at_once_and_takes_all_words_with_it() -> None:
    round_ = collecting(seat("fay"), seat("cal", removed_at=NOON), remind_at=(NOON + DAY,), opening_at=NOON)
    decision = running.cancel(round_, SAM, NOON + HOUR, confirmed=True)
    over = decision.round_
    assert over
    assert (over.phase, over.ends_at, over.remind_at, over.opening_at) == (Phase.CANCELLED, NOON + HOUR, (), None)
    assert (decision.destroy_all_words, decision.touch_all) == (True, True)
    assert [(owed.kind, owed.to) for owed in decision.owed] == [
        (MessageKind.CANCELLED, seat("fay").address),
        (MessageKind.CALLED_OFF, CHANNEL),
    ]


def test_ending_the_late_replies_makes_now_their_end() -> None:
    revealed = collecting(phase=Phase.REVEALED, ends_at=CLOSES + 7 * DAY)
    ended = running.end_early(revealed, SAM, CLOSES + DAY, confirmed=True).round_
    assert ended
    assert (ended.ends_at, ended.phase) == (CLOSES + DAY, Phase.REVEALED)


def test_only_retrying_frees_what_stands_still() -> None:
    round_ = collecting(seat("fay"), seat("finn"), version=2)
    assert running.retry(round_, SAM, NOON + HOUR).free_lanes
    others = (
        running.remind(round_, SAM, NOON + HOUR, RoundSettings()),
        running.extend(round_, SAM, CLOSES + DAY, NOON + HOUR, RoundSettings(), confirmed=True),
        running.close_early(round_, SAM, NOON + HOUR, confirmed=True),
        running.after_downtime(round_, CLOSES, CLOSES, RoundSettings()),
        running.hidden("F1"),
    )
    assert not any(decision.free_lanes for decision in others)


def test_the_channel_hears_that_somebody_left_a_group_and_not_who() -> None:
    round_ = collecting(replace(seat("fay"), id=SeatId(1)), replace(seat("finn"), id=SeatId(2)))
    decision = casting.remove(round_, SAM, "fay", NOON + HOUR)
    (told,) = [owed for owed in decision.owed if owed.kind is MessageKind.CAST_CHANGED]
    assert (told.to, dict(told.args)) == (CHANNEL, {"what": "removed", "group": "frontline", "count": 1})


def test_saying_no_leaves_no_trace_of_what_was_begun() -> None:
    begun = seat("fay", drafted_at=NOON, replied_at=NOON)
    no = answering.decline(collecting().header, begun, begun.revision, NOON + HOUR)
    assert no.seat
    assert (no.seat.drafted_at, no.seat.replied_at, no.destroy_words) == (None, None, True)


def test_what_is_confirmed_says_what_it_is_about() -> None:
    round_ = collecting(seat("fay"), seat("finn"), seat("cal", replied_at=NOON))
    close = running.close_early(round_, SAM, NOON, confirmed=False)
    assert close.round_ is None
    assert facts(close) == {"count": 2, "begun": 0, "code": "R-7F3K"}
    extend = running.extend(round_, SAM, CLOSES + DAY, NOON, RoundSettings(), confirmed=False)
    assert facts(extend) == {"service": round_.service, "closes_at": CLOSES + DAY, "was": CLOSES}
    assert running.cancel(round_, SAM, NOON, confirmed=False).destroy_all_words is False


def facts(decision: Decision) -> dict[str, object]:
    assert not isinstance(decision.outcome, Refused | Said)
    content = decision.outcome.content  # type: ignore[union-attr]
    return {name: fact for shown in content if isinstance(shown, Line) for name, fact in shown.facts.items()}


# keys ---------------------------------------------------------------------------------------------------------


def test_keys_are_natural_so_that_owing_twice_is_owing_once_also_after_a_restart() -> None:
    round_ = collecting(seat("fay"), version=7, venues=(venue(id=5),))
    who = account("fay")
    assert opening.question(round_, seat("fay")).key == f"R-7F3K:question:{who}:0"
    assert opening.status_card(round_, organiser()).key == f"R-7F3K:status:{account('sam')}:0"
    assert setting_up.preview_card(round_, SAM).key == f"R-7F3K:preview:{account('sam')}:0"
    assert running.to_seat(round_, seat("fay"), MessageKind.REMINDER).key == f"R-7F3K:reminder:{who}:7"
    assert [one.key for one in running.to_venues(round_, MessageKind.CALLED_OFF)] == ["R-7F3K:called_off:5:7"]


@pytest.mark.parametrize(
    "kind",
    [
        MessageKind.QUESTION,
        MessageKind.REMINDER,
        MessageKind.NUDGE,
        MessageKind.DEADLINE_MOVED,
        MessageKind.CANCELLED,
    ],
)
@pytest.mark.parametrize("phase", list(Phase))
def test_what_is_for_one_person_is_wanted_by_nobody_who_is_not_there(kind: MessageKind, phase: Phase) -> None:
    header = collecting(phase=phase).header
    assert not still_wanted(header, None, kind)
    assert not still_wanted(header, seat("fay", removed_at=NOON, drafted_at=NOON), kind)


@pytest.mark.parametrize(
    ("kind", "phase"),
    [
        (MessageKind.WITHHELD, Phase.CLOSED),
        (MessageKind.NEW_VENUE, Phase.CLOSED),
        (MessageKind.OPENED, Phase.REVEALED),
        (MessageKind.OPENED, Phase.ENDED),
    ],
)
def test_what_becomes_of_the_answers_is_told_also_to_whoever_was_removed(kind: MessageKind, phase: Phase) -> None:
    header = collecting(phase=phase).header
    assert still_wanted(header, seat("fay", removed_at=NOON), kind)
    assert not still_wanted(header, seat("fay", unreachable=Why.REFUSED), kind)
    assert not still_wanted(header, None, kind)
