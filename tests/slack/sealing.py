"""Sealed words: they may be shown to their writer, in a form, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.slack.blocks import texts_of
from tests.slack.workspace import Json


@dataclass(slots=True)
class Sealed:
    """One piece of somebody's words, of one round (`mark`: anything that tells rounds apart)."""

    words: str
    owner: str
    mark: str = ""


@dataclass(slots=True)
class Seal:
    _sealed: list[Sealed] = field(default_factory=list)

    def keep(self, words: str, owner: str, mark: str = "") -> None:
        for line in words.splitlines():
            if len(line.strip()) >= 8:  # shorter ones occur in any sentence
                self._sealed.append(Sealed(line.strip(), owner, mark))

    def open(self, mark: str | None = None) -> None:
        """The round is revealed (None: all rounds)."""
        self._sealed = [one for one in self._sealed if mark not in (None, one.mark)]

    def marks(self) -> set[str]:
        return {one.mark for one in self._sealed}

    def leaks(self, told: object, reader: str = "") -> Iterator[str]:
        """`reader`: before whose eyes alone it comes, in a form."""
        whole = "\n".join(texts_of(told))
        plain = whole.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        for one in self._sealed:
            if one.owner != reader and (one.words in whole or one.words in plain):
                yield f"sealed words of {one.owner} before the reveal"

    def leaks_of_view(self, view: Json, reader: str) -> Iterator[str]:
        """A form may show its reader what they wrote, but carries it nowhere else."""
        yield from self.leaks(view, reader)
        hidden = {key: view.get(key) for key in ("private_metadata", "callback_id", "external_id", "title")}
        yield from self.leaks(hidden)
