"""The command line: argv → a subcommand's `run` → an exit status.

`deriv EXPR…` is short for `deriv evaluate EXPR…`. Subcommands are the files of `commands/`.
"""

import os
import re
import sys
from functools import cache
from typing import Any

import typer
from typer.core import TyperGroup

from derivcli import plugins, terminal
from derivcli.errors import ClosedPipeError, DerivError, Exit, RequestError

DEFAULT = "evaluate"
ClickError: Any = typer.BadParameter.__mro__[2]  # click is another library, or a part of typer, by the version
COMPLETION = "_DERIV_COMPLETE"  # set by the scripts in completions/
SHORT = re.compile(r"-[^-]", re.DOTALL)  # an option of one letter, or a formula that begins with a minus
SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 120}


class Deriv(TyperGroup):
    """A group whose commands are files, loaded when they are needed."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(plugins.names("commands"))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return command(cmd_name) if cmd_name in plugins.names("commands") else None

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """What may follow `deriv`: the subcommands, and the options of the main job too."""
        main_job = command(DEFAULT)
        items = super().shell_complete(ctx, incomplete) + main_job.shell_complete(typer.Context(main_job), incomplete)
        return list({item.value: item for item in items}.values())

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        main_job = args and args[0] not in (*plugins.names("commands"), "--help", "-h", "--version")
        return super().parse_args(ctx, [DEFAULT, *args] if main_job else args)


@cache
def command(name: str) -> Any:
    """A subcommand as typer sees it."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(name, context_settings=SETTINGS)(plugins.load("commands", name).run)
    return typer.main.get_command(app)


def show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 — 10 ms, which every other command would wait for

        terminal.write([f"deriv {version('derivcli')}"])
        raise typer.Exit


def root(
    _version: bool = typer.Option(False, "--version", callback=show_version, is_eager=True, help="Show the version."),
) -> None:
    """Differentiate a formula in several ways and say whether the answers can be trusted.

    deriv "6*x**2+2*x+4" --at x=3        (short for: deriv evaluate …)
    """


def main_command() -> Any:
    """The root command with its lazily loaded subcommands."""
    app = typer.Typer(cls=Deriv, no_args_is_help=True, rich_markup_mode=None, context_settings=SETTINGS)
    app.callback()(root)
    return typer.main.get_command(app)


def shielded(arguments: list[str]) -> list[str]:
    """`-x^2` behind a space, so that the option parser takes it for the expression that it is."""
    if not any(SHORT.match(argument) for argument in arguments):
        return arguments
    name = arguments[0] if arguments[0] in plugins.names("commands") else DEFAULT
    short = {option for each in command(name).params for option in each.opts} | {*SETTINGS["help_option_names"]}
    return [f" {each}" if SHORT.match(each) and each[:2] not in short else each for each in arguments]


def run(arguments: list[str]) -> int:
    """The exit status of a command line."""
    if COMPLETION in os.environ:
        sys.modules["rich"] = None  # type: ignore[assignment]  # slow to import, and it would wrap the help of an option
    try:
        status = main_command().main(shielded(arguments), prog_name="deriv", standalone_mode=False)
        return int(status or 0)
    except ClickError as error:
        terminal.fail(_usage(error))
    except DerivError as error:
        terminal.fail(error)
    except (ClosedPipeError, BrokenPipeError):
        return Exit.AGREE
    except OSError as error:  # such as a full disk below the help, which the library writes
        terminal.fail(RequestError(f"the output cannot be written: {error.strerror or error}"))
    except (KeyboardInterrupt, typer.Abort):
        return Exit.INTERRUPTED
    return Exit.USAGE


def _usage(error: Any) -> RequestError:
    """What typer says, in our words: `no such option: --formt`, with the nearest one as the hint."""
    message = error.format_message().replace("Value error, ", "").rstrip(".")
    main, _, others = message.partition(" (Possible options: ")
    near = others.rstrip(")").split(", ")[0] or main.partition(" Did you mean ")[2].rstrip("?")
    owners = _owners(error.option_name) if main.startswith("No such option") else []
    hint = f"did you mean {near}?" if near else "deriv --help lists the options"
    hint = f"it is an option of deriv {' and deriv '.join(owners)}" if owners else hint
    return RequestError(main[:1].lower() + main[1:].partition(" Did you mean ")[0], hint=hint)


def _owners(option: str) -> list[str]:
    """The subcommands that have an option."""
    return [name for name in plugins.names("commands") if any(option in each.opts for each in command(name).params)]
