"""What an operator may set about keeping: the section `[storage]` of the configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

SQLITE = "sqlite:///"


def _supported(url: str) -> str:
    if url.startswith(("postgresql:", "postgresql+", "postgres:")):
        raise ValueError(
            "PostgreSQL is not supported by this release yet: use a SQLite file, such as sqlite:///coproduce.db"
        )
    if not url.startswith(SQLITE) or url == SQLITE or ":memory:" in url:
        raise ValueError("expected the URL of a SQLite file, such as sqlite:///coproduce.db")
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
        return Path(self.url.removeprefix(SQLITE))
