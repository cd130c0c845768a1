"""Pure: a set-up from its first word to the questions going out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot import forms, when
from bot.acts import Actor, Refused, Said, SaveSetup
from bot.errors import NotAllowed
from bot.messages import Line, MessageKind, Owed, line
from bot.people import Address, Cast, Member, Reach, Workspace
from bot.rounds import (
    GROUPS,
    LARGEST_ANSWER,
    Attribution,
    Fields,
    LookedUp,
    Organiser,
    Phase,
    Round,
    RoundCode,
    RoundId,
    Setup,
    Stage,
)
from bot.rules.moves import Decision
from bot.settings import RoundSettings

LONGEST_NAME = 100
"""Characters of a service's name: it stands in headlines and buttons' messages on every platform."""


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


def save_page(round_: Round, act: SaveSetup, settings: RoundSettings) -> Decision:
    """Keeps all that was typed, right or wrong; says what is wrong on this page."""
    must_run(round_, act.actor)
    must_be_draft(round_)
    setup = replace(
        round_.setup,
        fields={**round_.setup.fields, **act.fields},
        edition=round_.setup.edition + 1,
        looked_up=None,
    )
    kept = _take_over(replace(round_, setup=setup), act.at)
    wrong = {name: why for name, why in mistakes(kept, act.at, settings).items() if is_on(name, act.page)}
    if wrong:
        outcome = Refused(because=line("refused.setup"), fields=wrong)
        return Decision(outcome=outcome, round_=kept)
    return Decision(outcome=Said(content=(line("said.saved"),)), round_=kept)


def is_on(name: str, page: str) -> bool:
    shown = {"what": forms.WHAT, "who": forms.WHO, "when": forms.WHEN}[page]
    return name in shown or (page == "who" and name.startswith("group:"))


def _take_over(round_: Round, now: datetime) -> Round:
    """The round's own fields, as far as what was typed can be read."""
    one = round_.setup.one
    closes_at = _closes_at(round_, now)
    stage, attribution = one("stage"), one("attribution")
    return replace(
        round_,
        service=one("service"),
        proposal=one("proposal"),
        decided=one("decided"),
        still_open=one("still_open"),
        contact=one("contact"),
        stage=Stage(stage) if stage in list(Stage) else round_.stage,
        attribution=Attribution(attribution) if attribution in list(Attribution) else round_.attribution,
        time_zone=one("time_zone") if when.is_zone(one("time_zone")) else round_.time_zone,
        closes_at=closes_at,
    )


def _closes_at(round_: Round, now: datetime) -> datetime | None:
    zone = round_.setup.one("time_zone")
    read = when.read(round_.setup.one("closes_at"), now=now, tz=zone if when.is_zone(zone) else round_.time_zone)
    return read if isinstance(read, datetime) else None


def mistakes(round_: Round, now: datetime, settings: RoundSettings) -> dict[str, Line]:
    """Field name -> what is wrong with it and what to do; empty when the set-up can be looked up and previewed."""
    return {**_wrong_words(round_.setup), **_wrong_people(round_.setup), **_wrong_time(round_, now, settings)}


def _wrong_words(setup: Setup) -> dict[str, Line]:
    wrong: dict[str, Line] = {}
    for name in ("service", "proposal", "channel"):
        if not setup.one(name):
            wrong[name] = line(f"refused.empty.{name}")
    for name in ("proposal", "decided", "still_open", "contact"):
        if len(setup.one(name)) > LARGEST_ANSWER:
            wrong[name] = line("refused.too_long", longest=LARGEST_ANSWER, count=len(setup.one(name)))
    if len(setup.one("service")) > LONGEST_NAME:
        wrong["service"] = line("refused.too_long", longest=LONGEST_NAME, count=len(setup.one("service")))
    if setup.one("stage") not in list(Stage):
        wrong["stage"] = line("refused.stage")
    if setup.one("attribution") not in list(Attribution):
        wrong["attribution"] = line("refused.attribution")
    return wrong


def _wrong_people(setup: Setup) -> dict[str, Line]:
    wrong: dict[str, Line] = {}
    groups = group_refs(setup.fields)
    has_others = any(name not in GROUPS for name in groups)
    for name in GROUPS:
        if name not in groups and not has_others:
            wrong[name] = line("refused.empty.group", group=name)
    seen: dict[str, str] = {}
    for name, refs in groups.items():
        for ref in refs:
            if seen.setdefault(ref, name) != name:
                field = name if name in GROUPS else f"group:{name}"
                wrong[field] = line("refused.twice", group=name, other=seen[ref])
    return wrong


def _wrong_time(round_: Round, now: datetime, settings: RoundSettings) -> dict[str, Line]:
    typed = round_.setup.one("closes_at")
    wrong: dict[str, Line] = {}
    if not when.is_zone(round_.setup.one("time_zone")):
        wrong["time_zone"] = line("refused.time_zone")
    if not typed:
        wrong["closes_at"] = line("refused.empty.closes_at")
        return wrong
    read = when.read(typed, now=now, tz=round_.time_zone)
    if not isinstance(read, datetime):
        wrong["closes_at"] = read.line
    elif read - now < settings.shortest:
        wrong["closes_at"] = line("refused.too_short", shortest=settings.shortest)
    return wrong


# looking up ---------------------------------------------------------------------------------------------------


def group_refs(fields: Fields) -> dict[str, tuple[str, ...]]:
    """Group -> the people and user groups named for it, in reading order (leaders last); empty groups are absent."""
    extra = [name.removeprefix("group:") for name in fields if name.startswith("group:")]
    order = [*GROUPS[:-1], *extra, GROUPS[-1]]
    found: dict[str, tuple[str, ...]] = {}
    for name in order:
        own = f"group:{name}" if name in extra else name
        refs = (*fields.get(own, ()), *fields.get(f"{name}_groups", ()))
        if any(ref.strip() for ref in refs):
            found[name] = tuple(dict.fromkeys(ref.strip() for ref in refs if ref.strip()))
    return found


def refs(round_: Round) -> tuple[str, ...]:
    """Everybody and every user group the set-up names, co-organiser included."""
    named = [ref for group in group_refs(round_.setup.fields).values() for ref in group]
    co_organiser = round_.setup.one("co_organiser")
    return tuple(dict.fromkeys([*named, *([co_organiser] if co_organiser else [])]))


def place(round_: Round) -> Address | None:
    """The channel the round is to be announced and revealed in."""
    channel = round_.setup.one("channel")
    if not channel:
        return None
    return Address(platform=round_.workspace.platform, workspace=round_.workspace.id, channel=channel)


def looked_up(round_: Round, cast: Cast, reach: Reach | None, edition: int) -> Decision:
    """Keeps what the platform said, unless the set-up was edited meanwhile."""
    done = Said(content=(line("said.saved"),))
    if round_.phase is not Phase.DRAFT or round_.setup.edition != edition:
        return Decision(outcome=done)
    groups: dict[str, tuple[Member, ...]] = {}
    placed: dict[str, str] = {}
    twice: list[str] = []
    for name, named in group_refs(round_.setup.fields).items():
        members = {member.account: member for ref in named for member in cast.found.get(ref, ())}
        twice += [m.name for a, m in members.items() if placed.setdefault(str(a), name) != name]
        groups[name] = tuple(m for a, m in members.items() if placed[str(a)] == name)
    found = LookedUp(of=edition, cast=groups, missing=cast.missing, reach=reach, twice=tuple(dict.fromkeys(twice)))
    co_organisers = cast.found.get(round_.setup.one("co_organiser"), ())
    organisers = (
        *(organiser for organiser in round_.organisers if organiser.is_first),
        *(Organiser(account=m.account, name=m.name) for m in co_organisers if not round_.is_run_by(m.account)),
    )
    changed = replace(round_, setup=replace(round_.setup, looked_up=found), organisers=organisers)
    return Decision(outcome=done, round_=changed, touch_all=True)


def preview(round_: Round, actor: Actor, now: datetime, settings: RoundSettings) -> Decision:
    """Owes the preview card: what needs look-ups is filled in by the courier, nobody waits for it here."""
    must_run(round_, actor)
    must_be_draft(round_)
    wrong = mistakes(round_, now, settings)
    if wrong:
        return Decision(outcome=Refused(because=line("refused.setup"), fields=wrong))
    return Decision(
        outcome=Said(content=(line("said.preview"),)),
        owed=(preview_card(round_, actor),),
        touch=(preview_card(round_, actor).key,),
    )


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
    must_run(round_, actor)
    must_be_draft(round_)
    account = actor.account
    owed = tuple(
        Owed(
            key=f"{round_.code}:rehearsal:{account}:{group}.{n}",
            kind=MessageKind.REHEARSAL,
            to=Address(platform=account.platform, workspace=account.workspace, user=account.user),
            args={"group": group, "locale": actor.locale, "tz": actor.tz},
        )
        for group in group_refs(round_.setup.fields)
    )
    return Decision(outcome=Said(content=(line("said.rehearsal", count=len(owed)),)), owed=owed)


def must_run(round_: Round, actor: Actor) -> None:
    """A code grants no authority: the account that pressed does. Raises NotAllowed."""
    if not round_.is_run_by(actor.account):
        raise NotAllowed(why="not_organiser")


def must_be_draft(round_: Round) -> None:
    if round_.phase is not Phase.DRAFT or round_.opening_at:
        raise NotAllowed(why="not_draft")
