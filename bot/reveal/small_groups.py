"""Who is shown and counted with whom, so that few words, or one more answer, cannot be put down to one person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from bot.reveal.labels import reading_order
from bot.rounds import Attribution, Change, ChangeKind, Group, Round
from bot.rules.groups import counted, still_told

NO_GROUP = ""
"""Value in `Statement.merged` when no groups are shown."""


def merged(groups: Sequence[Group], unsigned: Mapping[str, int], small_group: int) -> Mapping[str, str]:
    """Small group -> the group it is shown with. NO_GROUP for all but the leaders if the merged group is too small.

    `unsigned` counts the unsigned replies of each group. A group in which everybody signed is let be.
    """
    names = [group.name for group in groups if not group.is_leaders]
    sizes = {name: unsigned.get(name, 0) for name in names if unsigned.get(name, 0)}
    joined: dict[str, str] = {}
    while sizes:
        smallest = min(sizes, key=lambda name: (sizes[name], names.index(name)))
        if sizes[smallest] >= small_group:
            return joined
        others = [name for name in sizes if name != smallest]
        if not others:
            return dict.fromkeys(names, NO_GROUP)
        target = min(others, key=lambda name: (sizes[name], names.index(name)))
        sizes[target] += sizes.pop(smallest)
        joined = {name: target if into == smallest else into for name, into in joined.items()}
        joined[smallest] = target
    return joined


def shown_in(group: str, joined: Mapping[str, str]) -> str | None:
    """The group under which a voice of `group` is read; None: no groups are shown."""
    return joined.get(group, group) or None


# what is counted together ---------------------------------------------------------------------------------------


def status_rows(round_: Round) -> list[tuple[str, ...]] | None:
    """Groups that the organiser sees counted together until the reveal. None: too few for any count.

    A group in which fewer than `small_group` people can still answer is joined with the smallest other, once those who
    are left have been told. Whoever was added after the opening does not count: accounts of the organiser's own must
    not part a row in two.
    """
    names = reading_order(round_.groups)
    if round_.attribution is Attribution.NAMED:
        return [(name,) for name in names]
    can = Counter(counted(seat) for seat in round_.seats if seat.is_here and seat.unreachable is None)
    added = Counter(change.group for change in round_.changes if change.kind is ChangeKind.ADDED)
    can.update(still_told(round_))
    rows: dict[tuple[str, ...], int] = {(name,): can[name] - added[name] for name in names}
    while len(rows) > 1:
        smallest = min(rows, key=lambda row: rows[row])
        if rows[smallest] >= round_.small_group:
            break
        size = rows.pop(smallest)
        other = min(rows, key=lambda row: rows[row])
        size += rows.pop(other)
        rows[tuple(sorted((*smallest, *other), key=names.index))] = size
    if any(size < round_.small_group for size in rows.values()):
        return None
    return sorted(rows, key=lambda row: names.index(row[0]))


def joined_by_moves(changes: tuple[Change, ...]) -> Mapping[str, frozenset[str]]:
    """Group -> all groups that people were moved between, this one included: their numbers are published as one.

    Apart, the number asked would tell whether somebody who was asked to move had answered before.
    """
    found: dict[str, frozenset[str]] = {}
    for change in changes:
        if change.came_from is None or change.group is None:
            continue
        both = found.get(change.came_from, frozenset({change.came_from}))
        both |= found.get(change.group, frozenset({change.group}))
        found |= dict.fromkeys(both, both)
    return found
