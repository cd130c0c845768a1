"""The faults that mutmut makes: their names, what became of each, and how each reads in the source."""

from __future__ import annotations

import difflib
import json
import os
import re
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Self

import libcst as cst
from mutmut.__main__ import create_mutants
from mutmut.configuration import reset_config
from mutmut.mutation.diff_apply import read_functions_from_index
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.stats import status_by_exit_code
from mutmut.utils.file_utils import copy_also_copy_files, copy_src_dir
from mutmut.utils.format_utils import orig_function_and_class_names_from_key

UNSEEN = ("survived", "no tests", "not checked")

READS_THE_SOURCE = (
    ("-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "tests/unit/test_catalogue.py"),
    ("-m", "mypy", "--no-error-summary"),
)
"""What `make test` runs too, and cannot run on code that holds all faults at once."""


def make_all() -> None:
    """Writes `mutants/`: the project with every fault in it, none of them switched on."""
    reset_config()  # it was read in another folder
    set_mutant_under_test("mutant_generation")
    with redirect_stdout(StringIO()):
        copy_src_dir()
        copy_also_copy_files()
        create_mutants(os.cpu_count() or 1)


def all_faults(within: str = "") -> list[str]:
    module = within.removesuffix(".py").strip("/").replace("/", ".")
    names = (name for path in _results() for name in json.loads(path.read_text())["exit_code_by_key"])
    return sorted(name for name in names if name.startswith(module))


def _results() -> list[Path]:
    return sorted(Path("mutants").rglob("*.py.meta"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    name: str
    path: Path
    status: str

    @classmethod
    def tried(cls, name: str) -> Self:
        """As mutmut left it."""
        for path in _results():
            codes = json.loads(path.read_text())["exit_code_by_key"]
            if name in codes:
                source = path.relative_to("mutants").with_suffix("")
                return cls(name=name, path=source, status=status_by_exit_code[codes[name]])
        raise KeyError(name)

    @property
    def is_seen_by_tests(self) -> bool:
        return self.status not in UNSEEN

    @property
    def diff(self) -> str:
        lines = (self.path.read_text(), self.source())
        before, after = (text.splitlines() for text in lines)
        return "\n".join(list(difflib.unified_diff(before, after, n=0, lineterm=""))[2:])

    @property
    def place(self) -> str:
        found = re.search(r"^@@ -(\d+)", self.diff)
        return f"{self.path}:{found[1] if found else '?'}"

    def source(self) -> str:
        """The file with this fault in it."""
        functions = read_functions_from_index(self.name, self.path)
        assert functions is not None, self.name
        function, of_class = orig_function_and_class_names_from_key(self.name)
        module = cst.parse_module(self.path.read_text())
        original = _function(module, function.rpartition(".")[2], of_class)
        changed = module.deep_replace(original, functions[1])
        assert isinstance(changed, cst.Module)
        return changed.code

    def is_seen_in_the_source(self, type_cache: Path) -> bool:
        """By those that read what stands in the file, rather than run it."""
        right = self.path.read_text()
        try:
            self.path.write_text(self.source())
            return any(
                subprocess.run(
                    [sys.executable, *reader],
                    env={**os.environ, "MYPY_CACHE_DIR": str(type_cache)},
                    capture_output=True,
                    check=False,
                ).returncode
                for reader in READS_THE_SOURCE
            )
        finally:
            self.path.write_text(right)


def _function(module: cst.Module, name: str, of_class: str | None) -> cst.FunctionDef:
    body = module.body
    if of_class is not None:
        owner = next(each for each in body if isinstance(each, cst.ClassDef) and each.name.value == of_class)
        body = [each for each in owner.body.body if isinstance(each, cst.FunctionDef)]
    return next(each for each in body if isinstance(each, cst.FunctionDef) and each.name.value == name)
