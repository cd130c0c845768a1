"""What an operator may set about Discord: the section `[discord]` of the configuration."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr
from pydantic_settings import NoDecode

from bot.settings import texts
from bot.utf8 import one_word, trimmed


def _token(value: SecretStr) -> SecretStr:
    token = one_word(value.get_secret_value())
    if token and not re.fullmatch(r"[^.]+\.[^.]+\.[^.]+", token):
        raise ValueError("expected the bot token: three parts with dots between")
    return SecretStr(token)


def _api_url(value: str) -> str:
    value = trimmed(value)
    if not value.startswith(("https://", "http://")):
        raise ValueError("expected the address of the REST API, such as https://discord.com/api/v10")
    return value.rstrip("/")


class DiscordSettings(BaseModel):
    """Without a token the bot is not on Discord."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token: Annotated[SecretStr, AfterValidator(_token)] = SecretStr("")
    api_url: Annotated[str, AfterValidator(_api_url)] = "https://discord.com/api/v10"
    shards: Annotated[int, Field(ge=0)] = 0
    """Connections to the gateway; 0: as many as Discord recommends."""

    invite: Literal["dm", "channel"] = "dm"
    """How a person is asked: in a private conversation, or by the button in the channel alone."""

    organisers: Annotated[tuple[str, ...], NoDecode, BeforeValidator(texts)] = ()
    """Names or ids of the roles whose members may start rounds; empty: everybody whom Discord lets use the command."""

    @property
    def is_configured(self) -> bool:
        return bool(self.token.get_secret_value())

    @property
    def lacks(self) -> str:
        """The missing setting without which nobody could reach the bot, and why it is needed. The token is all."""
        return ""

    @property
    def takes_http(self) -> bool:
        """Discord sends nothing to our HTTP server."""
        return False
