"""Pure: from the press of Open to the questions going out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot import when
from bot.acts import Actor, Refused, Said
from bot.messages import Line, MessageKind, Owed, Pace, control, line
from bot.people import Address, Cast, Invites, Reach, Standing, Way
from bot.questions import questions
from bot.rounds import Organiser, Phase, Round, Seat, Venue
from bot.rules import reminding, setup_groups
from bot.rules.moves import Decision, move
from bot.rules.setting_up import (
    ALL_PRIVATE,
    mistakes,
    must_be_draft,
    must_organise,
    place,
    preview_card,
    takes_no_messages,
    tried_again,
    unreachable,
    with_look_up,
)
from bot.settings import RoundSettings
from bot.setups import LookedUp


def press_open(
    round_: Round, actor: Actor, now: datetime, settings: RoundSettings, pace: Pace, *, without: bool = False
) -> Decision:
    """Owes the announcement. Nobody is asked before it stands; pressing twice opens once.

    `without`: those who cannot be asked stop nothing. They count as asked and not reached.
    """
    must_organise(round_, actor)
    if round_.phase is Phase.COLLECTING or round_.opening_at:
        return Decision(outcome=Said(content=(line("said.opening", code=round_.code),)))
    must_be_draft(round_)
    wrong = mistakes(round_, now, settings)
    if wrong:
        return Decision(outcome=Refused(because=line("refused.setup"), fields=wrong))
    found, venue_at = round_.setup.looked_up, place(round_)
    if found is None or found.of != round_.setup.edition or venue_at is None:
        return _not_previewed(round_, actor)
    obstacle = _obstacle(round_, found) or _too_slow(round_, _size(found), now, pace)
    if obstacle or found.reach is None or round_.closes_at is None:
        return Decision(outcome=Refused(because=obstacle or line("refused.channel")))
    refused = _too_large(round_, found, actor, settings) or (None if without else _cannot_be_asked(round_))
    if refused:
        return Decision(outcome=refused)
    closes_at = opening_deadline(round_, round_.closes_at, now)
    venue = Venue(address=venue_at, told=found.reach)
    announcement = Owed(
        key=f"{round_.code}:announcement:{venue_at.lane}:{round_.version}",
        kind=MessageKind.ANNOUNCEMENT,
        to=venue_at,
        is_card=True,
        args={} if actor.standing is Standing.ADMIN else {"largest": settings.largest},
    )
    no_dm = takes_no_messages(round_, actor.account)
    warning = (line("said.opening_dm_closed", code=round_.code),) if no_dm else ()
    return Decision(
        outcome=Said(content=(line("said.opening", code=round_.code), *warning)),
        round_=replace(
            round_,
            opening_at=now,
            closes_at=closes_at,
            venues=(venue,),
        ),
        owed=(announcement,),
        audit=("opening",),
    )


def _not_previewed(round_: Round, actor: Actor) -> Decision:
    """The preview comes, or is sent once more to whoever took no private messages."""
    card = preview_card(round_, actor)
    why = "organiser_dm_closed" if takes_no_messages(round_, actor.account) else "not_previewed"
    return Decision(
        outcome=Refused(because=line(f"refused.{why}")),
        round_=tried_again(round_, actor.account),
        owed=(card,),
        touch=(card.key,),
        again=(card.key,),
    )


def _obstacle(round_: Round, found: LookedUp) -> Line | None:
    """Why this set-up can be opened by nobody, if anything."""
    if found.twice:
        return line("refused.person_twice", name=found.twice[0])
    for name, members in found.cast.items():
        if not members:
            return line("refused.empty.group", group=name)
    reach = found.reach
    if reach is None or not (reach.may_post and reach.may_thread and reach.may_attach):
        return line("refused.channel")
    return None


def _size(found: LookedUp) -> int:
    return sum(len(members) for members in found.cast.values())


def _too_large(round_: Round, found: LookedUp, actor: Actor, settings: RoundSettings) -> Refused | None:
    people = _size(found)
    if people <= settings.largest or actor.standing is Standing.ADMIN:
        return None
    if actor.standing is Standing.UNKNOWN:
        return Refused(because=line("refused.unknown_actor"), controls=(control("open", round_.code),))
    return Refused(because=line("refused.too_many", count=people, largest=settings.largest))


def _cannot_be_asked(round_: Round) -> Refused | None:
    names = [missing.name for group in unreachable(round_).values() for missing in group]
    if not names:
        return None
    return Refused(
        because=line("refused.cannot_be_asked", names="\n".join(names)),
        controls=(control("replace", round_.code), control("without", round_.code)),
    )


def looked_again(
    round_: Round,
    cast: Cast,
    reach: Reach | None,
    now: datetime,
    pace: Pace,
    largest: int | None,
    invites: Invites = ALL_PRIVATE,
) -> Decision:
    """What the platform says when the round opens, not what it said when it was previewed: that is asked and told.

    A user group that grew is asked as it is now. Whoever cannot be asked any more stops nothing. What makes the opening
    impossible sends the round back to DRAFT. `largest`: people that whoever opened it may ask; None: any number.
    """
    done = Said(content=(line("said.opening", code=round_.code),))
    if round_.phase is not Phase.DRAFT or round_.opening_at is None:
        return Decision(outcome=done)
    looked = with_look_up(round_, cast, reach, invites)
    found = looked.setup.looked_up
    if found is None:
        return Decision(outcome=done)
    obstacle = _obstacle(looked, found) or _too_slow(looked, _size(found), now, pace)
    if obstacle is None and largest is not None and _size(found) > largest:
        obstacle = line("refused.too_many", count=_size(found), largest=largest)
    if obstacle or reach is None:
        is_channel = obstacle is None or obstacle.key == "refused.channel"  # told as where the post itself is refused
        return announcement_refused(round_, "looked_again", None if is_channel else obstacle)
    venues = tuple(replace(venue, told=reach) for venue in looked.venues)
    return Decision(outcome=done, round_=replace(looked, venues=venues))


def _too_slow(round_: Round, people: int, now: datetime, pace: Pace) -> Line | None:
    """Asking everybody may take a quarter of the round at most: the last one asked must have time to think."""
    if not pace.posts_a_minute_in_one_workspace or round_.closes_at is None:
        return None
    if pace.new_conversations_an_hour:  # the announcement asks everybody at once
        return None
    needed = timedelta(minutes=people / pace.posts_a_minute_in_one_workspace)
    if needed * 4 <= round_.closes_at - now:
        return None
    return line("refused.too_slow", count=people, needed=needed * 4)


def announced(round_: Round, now: datetime, settings: RoundSettings) -> Decision:
    """The announcement stands: everybody is asked, each in their own day."""
    done = Said(content=(line("said.opened", code=round_.code),))
    found = round_.setup.looked_up
    if round_.phase is not Phase.DRAFT or not (round_.opening_at and round_.closes_at and found):
        return Decision(outcome=done)
    closes_at = opening_deadline(round_, round_.closes_at, now)
    groups = tuple(group for group in setup_groups.groups(round_.setup.fields) if group.name in found.cast)
    seats = tuple(
        asked_first(Seat(account=m.account, name=m.name, group=name, locale=m.locale, tz=m.tz), found.invites, now)
        for name, members in found.cast.items()
        for m in members
    )
    seats += tuple(
        Seat(account=one.account, name=one.name, group=name, unreachable=one.why)
        for name, cannot in unreachable(round_).items()
        for one in cannot
        if one.account
    )
    opened = replace(
        move(round_, Phase.COLLECTING),
        opened_at=now,
        opening_at=None,
        closes_at=closes_at,
        groups=groups,
        seats=seats,
        questions=questions(groups, round_.stage, round_.locale),
    )
    opened = replace(opened, remind_at=reminding.planned(opened, settings, now))
    is_private = found.invites.way is Way.PRIVATE
    asked = (question(opened, seat) for seat in seats if is_private and seat.unreachable is None)
    owed = (
        *reminding.in_their_morning(opened, asked, settings, now),
        *(status_card(opened, o) for o in opened.organisers),
    )
    return Decision(outcome=done, round_=opened, owed=owed, audit=("opened",))


def opening_deadline(round_: Round, shown: datetime, now: datetime) -> datetime:
    """`in 3 days` counts from the opening, on the round's calendar; a time of day stays what the preview showed."""
    ahead = when.ahead(round_.setup.one("closes_at"), now=now, tz=round_.time_zone)
    return shown if ahead is None else ahead


def announcement_refused(round_: Round, reason: str, because: Line | None = None) -> Decision:
    """It could not be posted: a DRAFT again, and the organisers are told what to do.

    `because`: what was found when the round was looked up again; else the channel did not take the announcement.
    """
    if round_.opening_at is None:  # told already
        return Decision(outcome=Refused(because=line("refused.channel")))
    args: dict[str, Any] = {"reason": reason}
    if because:
        args |= {"because": because.key, "facts": dict(because.facts)}
    back = replace(round_, opening_at=None, venues=(), setup=replace(round_.setup, looked_up=None))
    owed = tuple(
        Owed(
            key=f"{round_.code}:not_opened:{organiser.account}:{round_.version}",
            kind=MessageKind.NOT_OPENED,
            to=private(organiser),
            args=args,
        )
        for organiser in round_.organisers
    )
    return Decision(
        outcome=Refused(because=because or line("refused.channel")), round_=back, owed=owed, audit=("not_opened",)
    )


def asked_first(seat: Seat, invites: Invites, now: datetime) -> Seat:
    """A new seat as it is asked; the announcement stands, and asks whoever is not asked in private."""
    way = invites.way_to(seat.account)
    return replace(seat, way=way, asked_at=now if way is Way.CHANNEL else None)


def question(round_: Round, seat: Seat, n: int = 0) -> Owed:
    """The one message that asks one person, and that is kept up to date from then on."""
    return Owed(
        key=f"{round_.code}:question:{seat.account}:{n}",
        kind=MessageKind.QUESTION,
        to=seat.address,
        seat_id=seat.id,
        seat_of=str(seat.account),
        is_card=True,
    )


def status_card(round_: Round, organiser: Organiser) -> Owed:
    return Owed(
        key=f"{round_.code}:status:{organiser.account}:0",
        kind=MessageKind.STATUS,
        to=private(organiser),
        is_card=True,
    )


def private(organiser: Organiser) -> Address:
    account = organiser.account
    return Address(platform=account.platform, workspace=account.workspace, user=account.user)
