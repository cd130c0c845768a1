"""The habits of this code base that a program can check. What each is for stands in CONTRIBUTING.md."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("adapters", "bot", "coproduce", "storage")
LONGEST_MODULE = 400
LONGEST_FUNCTION = 50

HOMES = {
    "alembic": ("storage",),
    "apscheduler": ("bot.alarm",),
    "babel": ("bot.report", "bot.text", "bot.formats"),
    "cryptography": ("storage",),
    "discord": ("adapters.discord",),
    "jinja2": ("adapters.html", "adapters.playground.page", "bot.report"),
    "prometheus_client": ("coproduce",),
    "slack_bolt": ("adapters.slack",),
    "slack_sdk": ("adapters.slack",),
    "regex": ("bot.reveal",),
    "sqlalchemy": ("storage",),
    "sqlite3": ("adapters.playground", "storage"),
    "sqlmodel": ("storage",),
    "typer": ("coproduce.cli",),
    # the engine knows no web and no configuration file either
    "aiohttp": ("adapters", "coproduce"),
    "pydantic": ("adapters", "coproduce", "storage"),
    "pydantic_settings": ("adapters", "coproduce"),
}

NOT_FOR_PEOPLE = "# not for people"
"""A line that ends so may hold prose that nobody reads in chat."""


def _modules() -> list[Path]:
    return sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@cache
def _catalogue() -> dict[str, dict[str, object]]:
    return tomllib.loads((ROOT / "bot/locales/en.toml").read_text(encoding="utf-8"))


@cache
def _project_files() -> tuple[Path, ...]:
    """What would be committed. Outside of a clone (a source archive): everything but hidden folders."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    found = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode == 0:
        paths = [ROOT / name for name in found.stdout.split("\0") if name]
    else:
        paths = [*ROOT.glob("*"), *ROOT.glob("[!.]*/**/*")]
    return tuple(sorted(path for path in paths if path.is_file()))


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


# shape ----------------------------------------------------------------------------------------------


def test_modules_are_short() -> None:
    long = {_name(path): lines for path in _modules() if (lines := len(path.read_text().splitlines())) > LONGEST_MODULE}
    assert not long, f"let a noun out of these (longest allowed: {LONGEST_MODULE} lines): {long}"


def test_functions_are_short() -> None:
    long = {
        f"{_name(path)}.{node.name}": lines
        for path in _modules()
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    }
    assert not long, f"a step of these wants a name (longest allowed: {LONGEST_FUNCTION} lines): {long}"


def test_each_module_says_what_room_it_is() -> None:
    silent = [_name(path) for path in _modules() if not ast.get_docstring(_tree(path))]
    assert not silent, "these have no line at their top"


def test_names_come_from_the_users_mouths() -> None:
    shelf = re.compile(r"(Manager|Helper|Utils?|Base|Impl|Data|Info)$|^(utils?|helpers?|common|misc|base)$")
    classes = (node.name for path in _modules() for node in ast.walk(_tree(path)) if isinstance(node, ast.ClassDef))
    found = [name for name in (*classes, *(path.stem for path in _modules())) if shelf.search(name)]
    assert not found, "these names say nothing: find the noun"


def test_each_sdk_has_one_home() -> None:
    strays = [
        f"{_name(path)} imports {imported}"
        for path in _modules()
        for imported in _imports(_tree(path))
        if (homes := HOMES.get(imported.split(".")[0])) is not None
        and not any(f"{_name(path)}.".startswith(f"{home}.") for home in homes)
    ]
    assert not strays


PLATFORMS = ("discord", "slack")
"""Whose names stand in their own adapter alone. That of the playground is also a word."""

MAY_NAME_PLATFORMS = ("coproduce/config.py", "coproduce/platforms.py")
"""The sections of the configuration, and the one list."""


def _named(text: str) -> set[str]:
    return {platform for platform in PLATFORMS if re.search(rf"(?i){platform}", text)}


def test_a_platform_is_named_in_its_own_adapter_alone() -> None:
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*") if path.is_file()]
    strays = [
        f"{path.relative_to(ROOT)}:{at} names {platform}"
        for path in files
        if path.suffix in (".py", ".toml", ".txt", ".html", ".css", ".mako") and "locales" not in path.parts
        if str(path.relative_to(ROOT)) not in MAY_NAME_PLATFORMS
        for at, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for platform in _named(text)
        if not path.is_relative_to(ROOT / "adapters" / platform)
    ]
    assert not strays, "say it of any platform, or let the adapter say it"


@pytest.mark.parametrize("file", sorted((ROOT / "bot/locales").glob("*.toml")), ids=lambda file: file.stem)
def test_a_sentence_names_a_platform_in_the_part_of_that_platform_alone(file: Path) -> None:
    catalogue = tomllib.loads(file.read_text(encoding="utf-8"))
    common = {name: table for name, table in catalogue.items() if name not in PLATFORMS}
    assert not _named(repr(common))
    for platform in PLATFORMS:
        assert _named(repr(catalogue.get(platform, {}))) <= {platform}


# words ----------------------------------------------------------------------------------------------


def test_every_error_has_a_sentence() -> None:
    from bot.errors import CoproduceError

    def family(member: type[CoproduceError]) -> Iterator[type[CoproduceError]]:
        yield member
        for child in member.__subclasses__():
            yield from family(child)

    ours = [member for member in family(CoproduceError) if member.__module__.split(".")[0] in ROOMS]
    codes = [member.code for member in ours]
    assert len(codes) == len(set(codes)), "two errors share a code"
    wordless = [code for code in codes if not _catalogue().get("error", {}).get(code)]
    assert not wordless, "these have no `error.<code>` in bot/locales/en.toml"


def test_every_kind_of_message_is_rendered() -> None:
    from bot.messages import MessageKind

    wordless = [
        kind.value for kind in MessageKind if not isinstance(_catalogue().get("message", {}).get(kind.value), dict)
    ]
    assert not wordless, "these have no table `message.<kind>` in bot/locales/en.toml"


def test_what_people_read_is_in_the_catalogue() -> None:
    prose = [
        f"{path.relative_to(ROOT)}:{line}: {text!r}"
        for path in _modules()
        if path.parts[len(ROOT.parts)] in ("adapters", "bot")
        for line, text in _prose(_tree(path), path.read_text().splitlines())
    ]
    assert not prose, f"move these to bot/locales/, or end the line with `{NOT_FOR_PEOPLE}`"


def _prose(tree: ast.Module, lines: list[str]) -> Iterator[tuple[int, str]]:
    """Texts of three words and more, but docstrings, what is logged, raised or asserted, and SQL."""
    internal: set[ast.AST] = set()
    for node in ast.walk(tree):
        if _is_internal(node):
            internal.update(ast.walk(node))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or node in internal:
            continue
        marked = any(lines[at - 1].endswith(NOT_FOR_PEOPLE) for at in (node.lineno, node.end_lineno or node.lineno))
        if not marked and _reads_as_prose(node.value):
            yield node.lineno, node.value


def _is_internal(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) or _is_logging(node.value)
    return isinstance(node, ast.Raise | ast.Assert) or _is_logging(node)


def _is_logging(node: ast.AST) -> bool:
    levels = {"debug", "info", "warning", "error", "exception", "critical"}
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in levels


def _reads_as_prose(text: str) -> bool:
    is_sql = re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|PRAGMA|BEGIN|WITH)\b", text)
    return not is_sql and re.search(r"[A-Za-z’']{2,}[,;:]? [A-Za-z’']{1,}[,;:]? [A-Za-z’']{2,}", text) is not None


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('say("You can still answer.")', True),
        ('say(f"Hello {name}, you can answer now")', True),
        ('"""What a round is for."""', False),
        ('log.info("round was closed early")', False),
        ('raise ValueError("this is not a time")', False),
        ('query("SELECT id FROM post")', False),
        ('get("message.question.title")', False),
        ('say("You can still answer.")  # not for people', False),
    ],
)
def test_prose_is_told_from_what_nobody_reads(source: str, found: bool) -> None:
    assert bool(list(_prose(ast.parse(source), source.splitlines()))) is found


# files ----------------------------------------------------------------------------------------------


def test_no_file_names_a_package_index_or_a_place_on_one_machine() -> None:
    places = (
        "pypi" + ".org",
        "python" + "hosted.org",
        "npm" + "js.org",
        "deb." + "debian.org",
        "/" + "work/",
        "file:" + "///",
    )
    found = [
        f"{path.relative_to(ROOT)} names {place}"
        for path in _project_files()
        for place in places
        if place.encode() in path.read_bytes()
    ]
    assert not found


def _locked(name: str) -> dict[str, str]:
    """Package -> version, of the blocks of a lock file that carry a hash."""
    blocks = re.split(r"\n(?=\S)", (ROOT / name).read_text())
    pinned = (
        re.match(r"([a-z0-9._-]+)(?:\[[^]]*\])?==([^\s;]+)", block) for block in blocks if "--hash=sha256:" in block
    )
    return {match[1]: match[2] for match in pinned if match}


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_lock_files_pin_every_package_by_hash_and_name_no_place(name: str) -> None:
    starts = re.findall(r"^\S.*", (ROOT / name).read_text(), re.MULTILINE)
    packages = [line for line in starts if not line.startswith("#")]
    assert packages
    assert len(packages) == len(_locked(name)), "not every line is a package with its hash"


def _package(asked: str) -> str:
    return re.split(r"[^a-z0-9-]", asked.lower().replace(".", "-"))[0]


def test_lock_files_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    runtime, dev = _locked("requirements.lock"), _locked("requirements-dev.lock")
    assert {_package(asked) for asked in project["dependencies"]} <= runtime.keys()
    assert {_package(asked) for asked in project["optional-dependencies"]["dev"]} <= dev.keys()
    assert runtime.items() <= dev.items(), "make lock"


def test_every_file_of_storage_declares_its_room() -> None:
    layers = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    (rooms,) = (one["layers"] for one in layers if one["name"] == "The rooms of storage")
    declared = set(re.findall(r"[a-z_]+(?:\.[a-z_]+)*", " ".join(rooms)))
    here = {
        ".".join(file.relative_to(ROOT / "storage").with_suffix("").parts)
        for file in (ROOT / "storage").rglob("*.py")
        if file.name != "__init__.py" and "migrations" not in file.parts
    }
    assert here == declared - {"migrations"}
