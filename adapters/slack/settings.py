"""What an operator may set about Slack: the section `[slack]` of the configuration."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, SecretStr

from bot.utf8 import one_word, trimmed


def _one_word(value: SecretStr) -> SecretStr:
    return SecretStr(one_word(value.get_secret_value()))


Secret = Annotated[SecretStr, AfterValidator(_one_word)]


def _bot_token(value: SecretStr) -> SecretStr:
    if value.get_secret_value() and not value.get_secret_value().startswith("xoxb-"):
        raise ValueError("expected the bot token, which begins with xoxb-")
    return value


def _app_token(value: SecretStr) -> SecretStr:
    if value.get_secret_value() and not value.get_secret_value().startswith("xapp-"):
        raise ValueError("expected the app-level token, which begins with xapp-")
    return value


def _later(value: SecretStr) -> SecretStr:
    if value.get_secret_value():
        raise ValueError(
            "many workspaces by OAuth are not supported by this release yet: leave it empty, and set bot_token"
        )
    return value


def _api_url(value: str) -> str:
    value = trimmed(value)
    if not value.startswith(("https://", "http://")):
        raise ValueError("expected the address of the Web API, such as https://slack.com/api/")
    return value if value.endswith("/") else f"{value}/"


NONE = SecretStr("")

EVENTS = "/slack/events"
"""The path of our HTTP server to which Slack sends, in http mode."""


class SlackSettings(BaseModel):
    """One workspace by token. Without a bot token the bot is not on Slack."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: Literal["socket", "http"] = "socket"
    bot_token: Annotated[Secret, AfterValidator(_bot_token)] = NONE
    app_token: Annotated[Secret, AfterValidator(_app_token)] = NONE
    signing_secret: Secret = NONE
    client_id: Annotated[Secret, AfterValidator(_later)] = NONE
    client_secret: Annotated[Secret, AfterValidator(_later)] = NONE
    api_url: Annotated[str, AfterValidator(_api_url)] = "https://slack.com/api/"

    @property
    def is_configured(self) -> bool:
        return bool(self.bot_token.get_secret_value())

    @property
    def lacks(self) -> str:
        """The missing setting without which nobody could reach the bot, and why it is needed; empty: none is."""
        tokens = {"bot_token": self.bot_token}
        tokens |= {"app_token": self.app_token} if self.mode == "socket" else {"signing_secret": self.signing_secret}
        missing = [name for name, token in tokens.items() if not token.get_secret_value()]
        has_begun = self.is_configured or any(
            token.get_secret_value() for token in (self.app_token, self.signing_secret)
        )
        if not missing or not has_begun:
            return ""
        return f"{missing[0]}: needed in {self.mode} mode, and not given"  # not for people

    @property
    def takes_http(self) -> bool:
        """Does Slack send to our HTTP server?"""
        return self.is_configured and self.mode == "http"
