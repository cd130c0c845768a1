"""Pure: a set-up from its first word to the questions going out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot import when
from bot.acts import Actor, Refused, Said, SaveSetup
from bot.answers import LARGEST_ANSWER
from bot.errors import NotAllowed
from bot.forms import LONGEST_STEPS
from bot.messages import Line, MessageKind, Owed, line
from bot.people import Account, Address, Cast, Invites, Member, Missing, Reach, Standing, Workspace, told_apart
from bot.rounds import Attribution, Organiser, Phase, Round, RoundCode, RoundId, Stage
from bot.rules import setup_groups
from bot.rules.moves import Decision
from bot.settings import RoundSettings
from bot.setups import LookedUp, Setup

LONGEST_NAME = 100
"""Characters of a service's name: it stands in headlines and buttons' messages on every platform."""

ALL_PRIVATE = Invites()


def new_draft(actor: Actor, service: str, channel: str, now: datetime, settings: RoundSettings) -> Round:
    """A fresh DRAFT; storage gives it its id and code."""
    typed: dict[str, tuple[str, ...]] = {
        "stage": (Stage.DESIGN.value,),
        "attribution": (settings.attribution.value,),
        "time_zone": (actor.tz or settings.time_zone,),
    }
    if service.strip():
        typed["service"] = (service.strip(),)
    if channel:
        typed["channel"] = (channel,)
    account = actor.account
    return Round(
        id=RoundId(0),
        code=RoundCode(""),
        workspace=Workspace(platform=account.platform, id=account.workspace),
        phase=Phase.DRAFT,
        created_at=now,
        setup=Setup(fields=typed),
        service=service.strip(),
        time_zone=actor.tz or settings.time_zone,
        locale=actor.locale or settings.locale,
        small_group=settings.small_group,
        late_for=settings.late_for,
        organisers=(Organiser(account=account, name=actor.name, is_first=True),),
    )


def save(round_: Round, act: SaveSetup, settings: RoundSettings) -> Decision:
    """Keeps all that was typed, right or wrong; says what is wrong with the boxes that were sent."""
    must_organise(round_, act.actor)
    must_be_draft(round_)
    setup = replace(
        round_.setup,
        fields={**round_.setup.fields, **act.fields},
        edition=round_.setup.edition + 1,
        looked_up=None,
    )
    kept = _take_over(replace(round_, setup=setup), act)
    wrong = {name: why for name, why in mistakes(kept, act.at, settings).items() if name in act.fields}
    if wrong:
        outcome = Refused(because=line("refused.setup"), fields=wrong)
        return Decision(outcome=outcome, round_=kept)
    return Decision(outcome=Said(content=(line("said.saved"),)), round_=kept)


def _take_over(round_: Round, act: SaveSetup) -> Round:
    """The round's own fields, as far as what was typed can be read."""
    one = round_.setup.one
    stage, attribution = one("stage"), one("attribution")
    return replace(
        round_,
        service=one("service"),
        proposal=one("proposal"),
        decided=one("decided"),
        still_open=one("still_open"),
        contact=one("contact"),
        next_steps=one("next_steps"),
        stage=Stage(stage) if stage in list(Stage) else round_.stage,
        attribution=Attribution(attribution) if attribution in list(Attribution) else round_.attribution,
        time_zone=one("time_zone") if when.is_zone(one("time_zone")) else round_.time_zone,
        closes_at=_closes_at(round_, act),
    )


def _closes_at(round_: Round, act: SaveSetup) -> datetime | None:
    """Read once, when it is typed: "tomorrow" stays that day when another part is saved, by whomever, later."""
    if not act.fields.keys() & {"closes_at", "time_zone"}:
        return round_.closes_at
    read = when.read(round_.setup.one("closes_at"), now=act.at, tz=_zone(round_, act))
    return read if isinstance(read, datetime) else None


def _zone(round_: Round, act: SaveSetup) -> str:
    """The hour is the typer's own: of the zone that they wrote beside it, or the one that they live in."""
    written = act.fields.get("time_zone", ("",))[0].strip() if act.fields.get("time_zone") else act.actor.tz or ""
    return written if when.is_zone(written) else round_.time_zone


def mistakes(round_: Round, now: datetime, settings: RoundSettings) -> dict[str, Line]:
    """Field name -> what is wrong with it and what to do; empty when the set-up can be looked up and previewed."""
    in_groups = setup_groups.mistakes(round_.setup, round_.locale)
    return {**_wrong_words(round_.setup), **in_groups, **_wrong_time(round_, now, settings)}


def seen_mistakes(round_: Round, now: datetime, settings: RoundSettings) -> dict[str, Line]:
    """What is wrong with the boxes that somebody has filled in or left empty so far."""
    return {name: why for name, why in mistakes(round_, now, settings).items() if name in round_.setup.fields}


def _wrong_words(setup: Setup) -> dict[str, Line]:
    wrong: dict[str, Line] = {}
    for name in ("service", "proposal", "channel"):
        if not setup.one(name):
            wrong[name] = line(f"refused.empty.{name}")
    for name in ("proposal", "decided", "still_open", "contact"):
        if len(setup.one(name)) > LARGEST_ANSWER:
            wrong[name] = line("refused.too_long", longest=LARGEST_ANSWER, count=len(setup.one(name)))
    for name, longest in (("service", LONGEST_NAME), ("next_steps", LONGEST_STEPS)):
        if len(setup.one(name)) > longest:
            wrong[name] = line("refused.too_long", longest=longest, count=len(setup.one(name)))
    if setup.one("stage") not in list(Stage):
        wrong["stage"] = line("refused.stage")
    if setup.one("attribution") not in list(Attribution):
        wrong["attribution"] = line("refused.attribution")
    return wrong


def _wrong_time(round_: Round, now: datetime, settings: RoundSettings) -> dict[str, Line]:
    typed = round_.setup.one("closes_at")
    wrong: dict[str, Line] = {}
    if not when.is_zone(round_.setup.one("time_zone")):
        wrong["time_zone"] = line("refused.time_zone")
    if not typed:
        wrong["closes_at"] = line("refused.empty.closes_at")
        return wrong
    read = _deadline(round_, typed, now)
    if isinstance(read, Line):
        wrong["closes_at"] = read
    elif read - now < settings.shortest:
        wrong["closes_at"] = line("refused.too_short", shortest=settings.shortest)
    return wrong


def _deadline(round_: Round, typed: str, now: datetime) -> datetime | Line:
    """What was understood when it was typed, if it is still to come; what is wrong with it otherwise."""
    zone = round_.time_zone
    if round_.closes_at is None:
        read = when.read(typed, now=now, tz=zone)
        return line("refused.empty.closes_at") if isinstance(read, datetime) else read.line
    checked = when.checked(when.ahead(typed, now=now, tz=zone) or round_.closes_at, now=now, tz=zone)
    return checked if isinstance(checked, datetime) else checked.line


# looking up ---------------------------------------------------------------------------------------------------


def refs(round_: Round) -> tuple[str, ...]:
    """Every reference of the set-up, co-organiser included."""
    named = [ref for group in setup_groups.group_refs(round_.setup.fields).values() for ref in group]
    co_organiser = round_.setup.one("co_organiser")
    return tuple(dict.fromkeys([*named, *([co_organiser] if co_organiser else [])]))


def place(round_: Round) -> Address | None:
    """The channel the round is to be announced and revealed in."""
    channel = round_.setup.one("channel")
    if not channel:
        return None
    return Address(platform=round_.workspace.platform, workspace=round_.workspace.id, channel=channel)


def looked_up(round_: Round, cast: Cast, reach: Reach | None, edition: int) -> Decision:
    """Keeps what the platform said, unless the set-up was edited meanwhile, or is opening and is looked up for that."""
    done = Said(content=(line("said.saved"),))
    if round_.phase is not Phase.DRAFT or round_.setup.edition != edition or round_.opening_at:
        return Decision(outcome=done)
    return Decision(outcome=done, round_=with_look_up(round_, cast, reach), touch_all=True)


def with_look_up(round_: Round, cast: Cast, reach: Reach | None, invites: Invites = ALL_PRIVATE) -> Round:
    groups: dict[str, tuple[Member, ...]] = {}
    placed: dict[str, str] = {}
    twice: list[str] = []
    cast = told_apart(cast)
    for name, named in setup_groups.group_refs(round_.setup.fields).items():
        members = {member.account: member for ref in named for member in cast.found.get(ref, ())}
        twice += [m.name for a, m in members.items() if placed.setdefault(str(a), name) != name]
        groups[name] = tuple(m for a, m in members.items() if placed[str(a)] == name)
    found = LookedUp(
        of=round_.setup.edition,
        cast=groups,
        missing=cast.missing,
        reach=reach,
        twice=tuple(dict.fromkeys(twice)),
        invites=invites,
        opening_at=round_.opening_at,
    )
    co_organisers = cast.found.get(round_.setup.one("co_organiser"), ())
    # a look-up for an opening takes nobody off: the co-organiser may be the one who pressed
    kept = tuple(one for one in round_.organisers if one.is_first or round_.opening_at)
    accounts = {one.account for one in kept}
    organisers = (
        *kept,
        *(Organiser(account=m.account, name=m.name) for m in co_organisers if m.account not in accounts),
    )
    return replace(round_, setup=replace(round_.setup, looked_up=found), organisers=organisers)


def unreachable(round_: Round) -> dict[str, tuple[Missing, ...]]:
    """Group -> who was named for it and cannot be asked, each once; groups without any are absent."""
    found = round_.setup.looked_up
    if found is None:
        return {}
    cannot: dict[str, tuple[Missing, ...]] = {}
    seen: set[str] = set()
    for name, named in setup_groups.group_refs(round_.setup.fields).items():
        for missing in found.missing:
            who = str(missing.account or missing.ref)
            if missing.ref in named and who not in seen:
                seen.add(who)
                cannot[name] = (*cannot.get(name, ()), missing)
    return cannot


def preview(round_: Round, actor: Actor, now: datetime, settings: RoundSettings) -> Decision:
    """Owes the preview card: what needs look-ups is filled in by the courier, nobody waits for it here."""
    must_organise(round_, actor)
    must_be_draft(round_)
    wrong = mistakes(round_, now, settings)
    if wrong:
        return Decision(outcome=Refused(because=line("refused.setup"), fields=wrong))
    return Decision(
        outcome=Said(content=(line("said.preview"),)),
        round_=tried_again(round_, actor.account),
        owed=(preview_card(round_, actor),),
        touch=(preview_card(round_, actor).key,),
        again=(preview_card(round_, actor).key,),
    )


def takes_no_messages(round_: Round, account: Account) -> bool:
    """Did this organiser take no private message when one was sent last?"""
    return any(one.account == account and one.dm_closed_at for one in round_.organisers)


def tried_again(round_: Round, account: Account) -> Round | None:
    """As it is while they are written to once more. None: there is no reason to."""
    if not takes_no_messages(round_, account):
        return None
    organisers = tuple(replace(one, dm_closed_at=None) if one.account == account else one for one in round_.organisers)
    return replace(round_, organisers=organisers)


def preview_card(round_: Round, actor: Actor) -> Owed:
    account = actor.account
    return Owed(
        key=f"{round_.code}:preview:{account}:0",
        kind=MessageKind.PREVIEW,
        to=Address(platform=account.platform, workspace=account.workspace, user=account.user),
        args={"locale": actor.locale, "tz": actor.tz},
        is_card=True,
    )


def rehearse(round_: Round, actor: Actor, n: int) -> Decision:
    """Sends the organiser what each group will receive."""
    must_organise(round_, actor)
    must_be_draft(round_)
    account = actor.account
    owed = tuple(
        Owed(
            key=f"{round_.code}:rehearsal:{account}:{group}.{n}",
            kind=MessageKind.REHEARSAL,
            to=Address(platform=account.platform, workspace=account.workspace, user=account.user),
            args={"group": group, "locale": actor.locale, "tz": actor.tz},
        )
        for group in setup_groups.group_refs(round_.setup.fields)
    )
    return Decision(outcome=Said(content=(line("said.rehearsal", count=len(owed)),)), owed=owed)


def must_organise(round_: Round, actor: Actor) -> None:
    """A code grants no authority: the account that pressed does. Raises NotAllowed."""
    if not round_.is_run_by(actor.account):
        raise NotAllowed(why="not_organiser")


def must_run(round_: Round, actor: Actor) -> None:
    """An organiser; where none is left, an admin of the workspace. Raises NotAllowed."""
    if not (round_.is_orphaned and is_admin(round_, actor)):
        must_organise(round_, actor)


def must_open(round_: Round, actor: Actor, now: datetime) -> None:
    """Who may see to a reveal that waits. After `late_for` any admin may: nobody buries answers by closing a channel.

    Raises NotAllowed."""
    waited = round_.phase is Phase.CLOSED and round_.closed_at is not None and now >= round_.closed_at + round_.late_for
    if not (waited and is_admin(round_, actor)):
        must_run(round_, actor)


def is_admin(round_: Round, actor: Actor) -> bool:
    """Of the workspace that the round belongs to."""
    account = actor.account
    is_here = (round_.workspace.platform, round_.workspace.id) == (account.platform, account.workspace)
    return is_here and actor.standing is Standing.ADMIN


def must_be_draft(round_: Round) -> None:
    if round_.phase is not Phase.DRAFT or round_.opening_at:
        raise NotAllowed(why="not_draft")
