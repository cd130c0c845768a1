"""An empty database and its key, made once: migrating one for each test takes longer than most rounds."""

from __future__ import annotations

import asyncio
import atexit
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from coproduce.app import open_storage
from coproduce.config import Settings
from storage.settings import StorageSettings


def storage_in(folder: Path) -> StorageSettings:
    return StorageSettings(url=f"sqlite:///{folder / 'play.db'}", key_file=folder / "play.key")


def made_before(folder: Path) -> None:
    """Puts them there."""
    for made in _made():
        shutil.copy(made, folder / made.name)


@cache
def _made() -> tuple[Path, ...]:
    folder = Path(tempfile.mkdtemp(prefix="template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    settings = Settings(storage=storage_in(folder))

    async def make() -> None:
        await (await open_storage(settings)).close()

    with ThreadPoolExecutor(1) as apart:  # a loop is running here already
        apart.submit(asyncio.run, make()).result()
    return tuple(sorted(folder.iterdir()))
