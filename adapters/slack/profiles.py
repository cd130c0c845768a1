"""Pure: a user object of the Web API as a member who can be asked, or the reason why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.slack.calls import NAME
from bot.people import Account, Member, Standing, Why, Workspace
from bot.told import language

SLACKBOT = "USLACKBOT"


def is_org_wide(told: object) -> bool:
    """`told`: the answer of `auth.test`. Such a token names no workspace, and a round belongs to one."""
    return isinstance(told, Mapping) and bool(told.get("is_enterprise_install"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A user as Slack describes them. `why`: the reason for which they cannot be asked."""

    member: Member
    why: Why | None = None
    language: str | None = None  # also where there is no catalogue for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The organisation that the bot is installed in. `enterprise`: its id on Enterprise Grid, where it has one."""

    workspace: Workspace
    enterprise: str = ""

    def account(self, user: str) -> Account:
        return Account(platform=NAME, workspace=self.workspace.id, user=user)

    def known(self, user: str, told: Mapping[str, Any]) -> Known:
        """`told`: what `users.info` or a page of `users.list` says of `user`. Any field of it may be missing."""
        profile = _mapping(told.get("profile"))
        names = (profile.get("real_name"), told.get("real_name"), profile.get("display_name"), told.get("name"))
        name = next((name for name in names if isinstance(name, str) and name.strip()), user)
        handles = (_handle(profile.get("display_name")), _handle(told.get("name")))
        member = Member(
            account=self.account(user),
            name=name,
            handle=next((each for each in handles if each and each != name.strip()), ""),
            standing=self._standing(told),
            locale=told.get("locale"),
            tz=told.get("tz"),
        )
        return Known(member=member, why=self._why_not(user, told), language=language(told.get("locale")))

    def nobody(self, user: str, why: Why) -> Known:
        """A user that Slack does not know."""
        return Known(member=Member(account=self.account(user), name=user, standing=Standing.UNKNOWN), why=why)

    def _standing(self, told: Mapping[str, Any]) -> Standing:
        if told.get("is_restricted") or told.get("is_ultra_restricted") or self.is_stranger(told):
            return Standing.GUEST
        return Standing.ADMIN if told.get("is_admin") or told.get("is_owner") else Standing.MEMBER

    def _why_not(self, user: str, told: Mapping[str, Any]) -> Why | None:
        if told.get("deleted"):
            return Why.DEACTIVATED
        if told.get("is_bot") or user == SLACKBOT:
            return Why.BOT
        return Why.STRANGER if self.is_stranger(told) else None

    def is_stranger(self, told: Mapping[str, Any]) -> bool:
        """Is it a user of another organisation? On Enterprise Grid all workspaces of one share its enterprise id.

        Having an enterprise id proves nothing: the user's own company may be on Enterprise Grid.
        """
        if told.get("is_stranger"):
            return True
        if (told.get("team_id") or self.workspace.id) == self.workspace.id:
            return False
        enterprise = _mapping(told.get("enterprise_user"))
        teams = enterprise.get("teams")
        is_ours = bool(self.enterprise) and enterprise.get("enterprise_id") == self.enterprise
        return not is_ours and not (isinstance(teams, list) and self.workspace.id in teams)


def _handle(told: object) -> str:
    return told.strip() if isinstance(told, str) else ""


def _mapping(told: object) -> Mapping[str, Any]:
    return told if isinstance(told, Mapping) else {}
