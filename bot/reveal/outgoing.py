"""The messages of a reveal, in the order in which they are delivered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.messages import Message, MessageKind, Op, Owed, Page, args_of
from bot.people import Account
from bot.reveal.labels import unsigned
from bot.rounds import Perspective, Round, Venue


def key(round_: Round, kind: MessageKind, recipient: object, n: object = 0) -> str:
    """`R-7F3K:page:1:12`: the idempotency key of a message. Enqueueing the same key twice has no effect."""
    return f"{round_.code}:{kind.value}:{recipient}:{n}"


def in_venue(
    round_: Round, venue: Venue, pages: Sequence[Page], *, minutes: int, invite_at: datetime
) -> Iterator[Owed]:
    """One lane: headline, pages, contrasts, the headline completed, the report, the invitation to talk.

    Without pages there is nothing to report or to talk about. `minutes`: that all of it takes to read.
    """
    headline = key(round_, MessageKind.HEADLINE, venue.id)
    yield Owed(key=headline, kind=MessageKind.HEADLINE, to=venue.address)
    yield from _pages(round_, venue, pages, headline)
    yield Owed(
        key=key(round_, MessageKind.HEADLINE_DONE, venue.id),
        kind=MessageKind.HEADLINE_DONE,
        to=venue.address,
        op=Op.AMEND,
        args={"minutes": minutes},
        after=headline,
        is_card=True,  # it tells how many have read all
    )
    if not pages:
        return
    yield report(round_, venue)
    yield Owed(
        key=key(round_, MessageKind.INVITATION, venue.id),
        kind=MessageKind.INVITATION,
        to=venue.address,
        not_before=invite_at,
        after=headline,
    )


def _pages(round_: Round, venue: Venue, pages: Sequence[Page], headline: str) -> Iterator[Owed]:
    threads = {"": headline}
    for n, page in enumerate(pages):
        of_page = key(round_, page.kind, venue.id, n)
        is_heading = page.kind is MessageKind.HEADING
        if is_heading:
            threads[page.under] = of_page
        yield Owed(
            key=of_page,
            kind=page.kind,
            to=venue.address,
            args=args_of(page),
            after=headline if is_heading else threads[page.under],
            in_thread=not is_heading,
        )


def report(round_: Round, venue: Venue, n: object = 0) -> Owed:
    """The report as files, in the thread of the headline."""
    return Owed(
        key=key(round_, MessageKind.REPORT, venue.id, n),
        kind=MessageKind.REPORT,
        to=venue.address,
        op=Op.ATTACH,
        after=key(round_, MessageKind.HEADLINE_DONE, venue.id),  # files have their own lane and come last
        in_thread=True,
    )


def report_left_out(round_: Round, message: Message, reason: str, formats: str = "") -> Owed:
    """One line that replaces refused files. `formats`: the refused formats, if other formats were delivered."""
    headlines = [key(round_, MessageKind.HEADLINE, venue.id) for venue in round_.venues if venue.address == message.to]
    return Owed(
        key=f"{message.key}:left_out",
        kind=MessageKind.REPORT,
        to=message.to,
        args={"formats": formats, "reason": reason},
        after=headlines[0] if headlines else None,
        in_thread=bool(headlines),
    )


def late_pages(round_: Round, venue: Venue, pages: Sequence[Page]) -> Iterator[Owed]:
    """Late voices go to the end of the headline's thread. Keys hold the voice number: batches do not collide."""
    counters: dict[int, int] = {}
    for page in pages:
        for voice in page.voices:
            n = counters[voice] = counters.get(voice, -1) + 1
            yield Owed(
                key=key(round_, page.kind, venue.id, f"{voice}.{n}"),
                kind=page.kind,
                to=venue.address,
                args=args_of(page),
                after=key(round_, MessageKind.HEADLINE, venue.id),
                in_thread=True,
            )


def take_down_owed(round_: Round, perspective: Perspective, standing: Mapping[str, Page | None]) -> Sequence[Owed]:
    """Messages for a voice that was taken down or hidden: its posts become stubs, and reports are regenerated.

    `standing`: of this round, key -> page of every PAGE, LATE_PAGE and CONTRASTS posted or owed, and key -> None
    of every REPORT whose content was made already (one that waits for its first attempt is made without the voice).
    The keys made here say which voice, and whether taken down or hidden; never when.
    """
    became = "withdrawn" if perspective.withdrawn_at is not None else "hidden"
    suffix = f"{became}.{perspective.position}"
    owed: list[Owed] = []
    for venue in round_.venues:
        prefixes = tuple(f"{round_.code}:{kind.value}:{venue.id}:" for kind in _WITH_WORDS)
        here = {of_post: page for of_post, page in standing.items() if of_post.startswith(prefixes)}
        for of_post, page in here.items():
            if page is not None and perspective.position in page.voices:
                owed.append(_stub(venue, of_post, page, suffix, perspective.position))
        reports = [of_post for of_post, page in here.items() if page is None]
        # delete the old report first, so that it is gone even if the chat refuses the new one
        owed += [_removed(venue, of_post) for of_post in reports]
        owed += [report(round_, venue, len(reports))] if reports else []
    return owed


def _removed(venue: Venue, of_report: str) -> Owed:
    """Enqueues one replacement per report, even if several voices are taken down."""
    return Owed(
        key=f"{of_report}:removed",
        kind=MessageKind.REPORT,
        to=venue.address,
        op=Op.AMEND,
        after=of_report,
        args={"remove": True},
    )


_WITH_WORDS = (MessageKind.PAGE, MessageKind.LATE_PAGE, MessageKind.CONTRASTS, MessageKind.REPORT)


def _stub(venue: Venue, of_post: str, page: Page, suffix: str, voice: int) -> Owed:
    """The same page again, without the name in its headings. When it is composed, the voice is unreadable."""
    is_of_voice = page.voices == {voice}
    nameless = replace(
        page,
        title=unsigned(page.title) if is_of_voice else page.title,
        parts=tuple(
            replace(part, heading=unsigned(part.heading)) if part.voice == voice and part.heading else part
            for part in page.parts
        ),
    )
    return Owed(
        key=f"{of_post}:{suffix}",
        kind=page.kind,
        to=venue.address,
        op=Op.AMEND,
        args=args_of(nameless),
        after=of_post,
    )


def headline_cards(round_: Round) -> tuple[str, ...]:
    """Keys of the complete headlines, which are kept up to date."""
    return tuple(key(round_, MessageKind.HEADLINE_DONE, venue.id) for venue in round_.venues)


def invitations(round_: Round) -> tuple[str, ...]:
    """Keys of the invitations to talk."""
    return tuple(key(round_, MessageKind.INVITATION, venue.id) for venue in round_.venues)


def status_card(round_: Round, account: Account) -> str:
    return key(round_, MessageKind.STATUS, account)
