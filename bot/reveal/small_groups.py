"""Who is shown with whom, so that few unsigned words cannot be put down to one person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.rounds import Group

NO_GROUP = ""
"""What `Statement.merged` says where no groups are shown."""


def merged(groups: Sequence[Group], unsigned: Mapping[str, int], small_group: int) -> Mapping[str, str]:
    """Small group -> the group it is shown with; NO_GROUP for all but the leaders where that leaves too few.

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
