"""The command line: reads words, calls one function of `coproduce.app`, exits with the code it returns."""

from __future__ import annotations

import sys
import traceback
from io import StringIO
from pathlib import Path
from typing import Annotated

import typer

from coproduce import logs
from coproduce.complaints import ConfigWrong
from coproduce.config import DEFAULT_FILE, PlayOptions, Settings, load
from coproduce.exits import DONE, FAILED, WRONG
from coproduce.platforms import PLATFORMS
from coproduce.terminal import complain

FORMATS = ("html", "md", "csv", "json")

ABOUT = """Runs rounds in which everybody answers alone, and all answers open together.

Start with `coproduce play`: a team chat on this machine, no account anywhere. `config.example.toml` shows
every setting. Each is also an environment variable, COPRODUCE_<SECTION>__<KEY>, which wins.
"""
EXITS = "Exits 0: done. 1: failed. 2: wrong usage or wrong configuration. 3: refused (sealed, or not allowed)."

Config = Annotated[Path, typer.Option(help="The configuration; without the default file, defaults hold.")]


def main() -> None:
    """The entry point."""
    try:
        code = program()(standalone_mode=False)
    except ConfigWrong as wrong:
        for problem in wrong.problems:
            complain(problem)
        code = WRONG
    except typer.Abort:
        code = FAILED
    except Exception as error:
        code = _told(error)
    sys.exit(code or DONE)


def _told(error: Exception) -> int:
    """What typer says of words that it cannot read names them; so may the message of a fault that nobody expected."""
    told = StringIO()
    if show := getattr(error, "show", None):
        show(file=told)
    else:
        told.write(traceback.format_exc())
    complain(told.getvalue(), end="")
    return int(getattr(error, "exit_code", FAILED))


def program() -> typer.Typer:
    """All commands, in the order in which somebody meets them."""
    commands = typer.Typer(
        name="coproduce",
        help=ABOUT,
        epilog=EXITS,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    for command in (play, run, check, migrate, manifest, export, erase):
        commands.command(epilog=EXITS)(command)
    key = typer.Typer(help="The master key, which the words are sealed under.", no_args_is_help=True)
    key.command("new", epilog=EXITS)(key_new)
    key.command("rotate", epilog=EXITS)(key_rotate)
    commands.add_typer(key, name="key")
    return commands


def play(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of the page. 0: any that is free.")] = 8080,
    no_open: Annotated[
        bool,
        typer.Option("--no-open", help="Serve the page, print its address, and open no browser."),
    ] = False,
    db: Annotated[Path | None, typer.Option(help="Keep the playground in this file, to go on another day.")] = None,
    script: Annotated[
        Path | None,
        typer.Option(
            help="Play the people of this TOML file: their words, and when they speak.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    until_revealed: Annotated[
        bool,
        typer.Option("--until-revealed", help="Print all that anybody is shown, until all is said."),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="With --until-revealed: one JSON object a line.")] = False,
    config: Config = DEFAULT_FILE,
) -> None:
    """Opens a team chat in your browser, with the real bot in it, inside a round. Needs no account anywhere.

    Without a browser it plays the round to its end, and prints what everybody was shown. So does:

        coproduce play --script examples/repairs-online.toml --until-revealed
    """
    if until_revealed and script is None:
        raise typer.BadParameter("it needs --script, for who should it wait for?", param_hint="--until-revealed")
    if until_revealed and no_open:
        raise typer.BadParameter("it serves the page, and --until-revealed prints", param_hint="--no-open")
    if json and not until_revealed:
        raise typer.BadParameter("it goes with --until-revealed", param_hint="--json")
    settings = load(config)
    logs.start(logs.quieter(settings.log))
    from coproduce import play as playing

    options = PlayOptions(port=port, db=db, script=script, until_revealed=until_revealed, json=json, no_open=no_open)
    raise typer.Exit(playing.play(settings, options))


def run(config: Config = DEFAULT_FILE) -> None:
    """The bot itself, on every platform that the configuration names, until SIGTERM or SIGINT.

    Logs one line "ready" when all platforms accept events. Ask `coproduce check` first.
    """
    settings = _settings(config)
    from coproduce import running

    raise typer.Exit(running.run(settings))


def check(config: Config = DEFAULT_FILE) -> None:
    """One row for each thing that must be right before `run`.

    Only reads. Exits 0 only if all are, and at least one chat is configured.
    """
    settings = _settings(config)
    from coproduce import operating

    raise typer.Exit(operating.check(settings))


def migrate(config: Config = DEFAULT_FILE) -> None:
    """Brings the database to this release's schema. Stop the bot, and make a backup first."""
    settings = _settings(config)
    from coproduce import operating

    raise typer.Exit(operating.migrate(settings))


def manifest(
    platform: Annotated[str, typer.Argument(metavar="PLATFORM", help=", ".join(PLATFORMS))],
    config: Config = DEFAULT_FILE,
) -> None:
    """What to paste into a platform's developer console, with exactly what the bot needs.

    In http mode it holds the addresses of this server: set public_url in [web] first.
    """
    settings = _settings(config)
    from coproduce import operating

    raise typer.Exit(operating.print_manifest(settings, platform))


def export(
    round_: Annotated[str, typer.Argument(metavar="ROUND", help="The code of the round, such as R-7F3K.")],
    format: Annotated[str, typer.Option(help="Any of html, md, csv, json, with commas between.")] = "html,md,csv,json",
    out: Annotated[
        Path, typer.Option(help="The folder to write to; made where it is missing.", file_okay=False)
    ] = Path(),
    config: Config = DEFAULT_FILE,
) -> None:
    """The report of a round, as files. Refused (exit 3) while the round is sealed.

    Only reads the database: it may run beside the bot.
    """
    formats = tuple(part.strip().lower() for part in format.split(",") if part.strip())
    if not formats or not set(formats) <= set(FORMATS):
        raise typer.BadParameter(f"expected any of {', '.join(FORMATS)}, with commas between", param_hint="--format")
    settings = _settings(config)
    from coproduce import operating

    raise typer.Exit(operating.export(settings, round_, formats, out))


def erase(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="One of their accounts: platform:workspace/user.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, after showing what goes and what stays.")] = False,
    config: Config = DEFAULT_FILE,
) -> None:
    """Erases one person's data everywhere, after showing what goes and what stays.

    Words that were published without a name stay: nothing ties them to anybody. Only their receipt finds
    them; whoever holds it can take them down in chat. Stop the bot first.
    """
    settings = _settings(config)
    from coproduce import operating

    raise typer.Exit(operating.erase(settings, person, yes=yes))


def key_new(config: Config = DEFAULT_FILE) -> None:
    """Makes the master key file. Refused where sealed words exist: a new key could never open them.

    Keep a copy apart from the backups of the database: without the key, nobody can open what is sealed.
    """
    settings = _settings(config)
    from coproduce import operating

    raise typer.Exit(operating.key_new(settings))


def key_rotate(config: Config = DEFAULT_FILE) -> None:
    """Makes a new version of the master key, and puts all that is kept under it. Stop the bot first.

    May be repeated: it goes on where it was broken off.
    """
    settings = _settings(config)
    from coproduce import operating

    raise typer.Exit(operating.key_rotate(settings))


def _settings(config: Path) -> Settings:
    settings = load(config)
    logs.start(settings.log)
    return settings
