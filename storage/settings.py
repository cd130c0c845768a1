"""What an operator may set about keeping: the section `[storage]` of the configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import quote

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bot.utf8 import trimmed

SQLITE = "sqlite:///"
EXPECTED = "expected the URL of a SQLite file, such as sqlite:///coproduce.db"


def database_file(url: str) -> Path:
    """The file that SQLAlchemy opens for this URL: nothing else here may take such a URL apart.

    Raises ValueError, in words for the operator.
    """
    from sqlalchemy.engine import make_url  # a tenth of a second, only where it is needed
    from sqlalchemy.exc import ArgumentError

    if not url.startswith(SQLITE):
        raise ValueError(EXPECTED)
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ValueError(EXPECTED) from None
    if "?" in url:
        raise ValueError(f"{EXPECTED}; nothing may follow the name of the file (a ? in the name is written %3F)")
    name = parsed.database or ""
    if not name or name.startswith("file:") or ":memory:" in name or "\0" in name:
        raise ValueError(EXPECTED)
    return Path(name)


def url_of(file: Path) -> str:
    """The URL by which `database_file` finds this file, whatever signs are in its name."""
    return SQLITE + quote(str(file))


def _supported(url: str) -> str:
    url = trimmed(url)
    if url.startswith(("postgresql:", "postgresql+", "postgres:")):
        raise ValueError(
            "PostgreSQL is not supported by this release yet: use a SQLite file, such as sqlite:///coproduce.db"
        )
    database_file(url)
    return url


class StorageSettings(BaseModel):
    """Where rounds are kept, and the key that their words are sealed with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[str, AfterValidator(_supported)] = "sqlite:///coproduce.db"
    key_file: Path = Path("coproduce.key")
    backup_keep: Annotated[int, Field(ge=0)] = 30
    """Days for which backups are kept: so long a master key that was rotated out must be kept, too."""

    @property
    def file(self) -> Path:
        """The database file; relative to the folder that coproduce was started in."""
        return database_file(self.url)
