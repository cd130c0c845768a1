"""How people are asked on a platform: in private, by the announcement, or by it until their turn comes."""

from __future__ import annotations

from collections.abc import Sequence

from bot.people import Account, Invites, Way
from bot.ports import Platform, RoundRecords


async def invites(platform: Platform, rounds: RoundRecords, accounts: Sequence[Account]) -> Invites:
    """`accounts`: who is to be asked. Whom the bot has written to before is asked in private at once."""
    if platform.invites is Way.CHANNEL or not platform.pace.new_conversations_an_hour:
        return Invites(way=platform.invites)
    met = await rounds.met(accounts)
    return Invites(fresh=tuple(account for account in accounts if account not in met))
