"""The command line: argv → a subcommand's `run` → an exit status.

`deriv EXPR…` is short for `deriv evaluate EXPR…`. Subcommands are the files of `commands/`.
"""

import difflib
import os
import re
import sys
from functools import cache
from typing import Any

import typer
import typer.completion
from typer.core import TyperGroup

from derivcli import plugins, terminal
from derivcli.errors import ClosedPipeError, DerivError, Exit, RequestError

DEFAULT = "evaluate"
ClickError: Any = typer.BadParameter.__mro__[2]  # click is another library, or a part of typer, by the version
COMPLETION = "_DERIV_COMPLETE"  # set by the scripts in completions/
SHORT = re.compile(r"-[^-]", re.DOTALL)  # an option of one letter, or a formula that begins with a minus
SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 120}
STATUSES = "Exit status: 0 all is well, 1 something is wrong, 2 bad input, 3 nothing can be said."
LETTER = re.compile(r"-[^\W\d]")
WORD = re.compile(r"[a-z]{3,}")
BRIEF = """\
deriv differentiates a formula in several ways and says whether the answers can be trusted.

  deriv "x^2*sin(x)" --at x=3          the derivative, by everyone
  deriv "x^2" --expect "2x"            check an answer
  deriv plot "abs(x)"                  f, its derivatives, and where there are none
  deriv doctor "(1-cos(x))/x^2" --at x=1e-8

deriv --help lists the commands, deriv COMMAND --help the options.\
"""


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
        main_job = args and args[0] not in (*plugins.names("commands"), "--help", "-h", "--version", "-V")
        return super().parse_args(ctx, [DEFAULT, *args] if main_job else args)


@cache
def command(name: str) -> Any:
    """A subcommand as typer sees it."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    module = plugins.load("commands", name)
    examples = "\n".join(f"  {example}" for example in getattr(module, "EXAMPLES", ()))
    epilog = f"\b\nExamples:\n{examples}\n\n{STATUSES}" if examples else STATUSES
    app.command(name, context_settings=SETTINGS, epilog=epilog)(module.run)
    return typer.main.get_command(app)


def show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 — 10 ms, which every other command would wait for

        terminal.write([f"deriv {version('derivcli')}"])
        raise typer.Exit


def root(
    _version: bool = typer.Option(
        False, "--version", "-V", callback=show_version, is_eager=True, help="Show the version."
    ),
) -> None:
    """Differentiate a formula in several ways and say whether the answers can be trusted.

    deriv "6*x**2+2*x+4" --at x=3        (short for: deriv evaluate …)
    """


def main_command() -> Any:
    """The root command with its lazily loaded subcommands."""
    app = typer.Typer(cls=Deriv, add_completion=False, rich_markup_mode=None, context_settings=SETTINGS)
    app.callback()(root)
    return typer.main.get_command(app)


def shielded(arguments: list[str]) -> list[str]:
    """`-x^2` behind a space, so that the option parser takes it for the expression that it is."""
    if not any(SHORT.match(argument) for argument in arguments):
        return arguments
    named = arguments[0] in plugins.names("commands")
    name = arguments[0] if named else DEFAULT
    short = {option for each in command(name).params for option in each.opts} | {*SETTINGS["help_option_names"], "-V"}
    for option in arguments[1 + named :]:  # as the first one, -x is a formula
        if LETTER.fullmatch(option) and option not in short:
            long = next((o for each in command(name).params for o in each.opts if o.startswith(f"-{option}")), "")
            options = f"deriv {name} --help lists the options; a formula that begins with a minus stands first"
            hint = f"did you mean {long}?" if long else options
            raise RequestError(f"no such option: {option}", hint=hint)
    return [f" {each}" if SHORT.match(each) and each[:2] not in short else each for each in arguments]


def meant(arguments: list[str]) -> list[str]:
    """`help` and `version` as the options that they mean. Raises RequestError for a word near a command, or for one."""
    first, *others = arguments
    known = plugins.names("commands")
    if first == "version" and not others:
        return ["--version"]
    if first == "help" and (not others or others[0] in known):
        return [*others[:1], "--help"]
    if first in known or not WORD.fullmatch(first):
        return arguments
    near = difflib.get_close_matches(first, [*known, "help", "version"], 1, 0.7)
    formula_follows = bool(others) and not others[0].startswith("-")
    if (near or formula_follows) and f"{first}=" not in " ".join(others):
        one = f'deriv --help lists them; as one formula: deriv "{" ".join(arguments)}"'
        hint = f"did you mean deriv {near[0]}?" if near else one
        raise RequestError(f"there is no command '{first}'", hint=hint)
    return arguments


def run(arguments: list[str]) -> int:
    """The exit status of a command line."""
    try:
        if COMPLETION in os.environ:
            sys.modules["rich"] = None  # type: ignore[assignment]  # slow, and it would wrap the help of an option
            typer.completion.completion_init()  # pyright: ignore[reportPrivateImportUsage]  # what the scripts ask
        elif not arguments:
            terminal.write([BRIEF])
            return Exit.AGREE
        words = shielded(meant(arguments)) if arguments else []
        status = main_command().main(words, prog_name="deriv", standalone_mode=False)
        return int(status or 0)
    except ClickError as error:
        terminal.fail(_usage(error), as_json=wants_json(arguments))
    except DerivError as error:
        terminal.fail(error, as_json=wants_json(arguments))
    except (ClosedPipeError, BrokenPipeError):
        return Exit.AGREE
    except OSError as error:  # such as a full disk below the help, which the library writes
        terminal.fail(RequestError(f"the output cannot be written: {error.strerror or error}"))
    except (KeyboardInterrupt, typer.Abort):
        return Exit.INTERRUPTED
    return Exit.USAGE


def wants_json(arguments: list[str]) -> bool:
    """Whether a command line that cannot be read asks for JSON all the same."""
    joined = " ".join(arguments)
    return re.search(r"(^| )(-f|--format)[ =]?json", joined) is not None


def _usage(error: Any) -> RequestError:
    """What typer says, in our words: `no such option: --formt`, with the nearest one as the hint."""
    message = error.format_message().replace("Value error, ", "").rstrip(".")
    main, _, others = message.partition(" (Possible options: ")
    near = others.rstrip(")").split(", ")[0] or main.partition(" Did you mean ")[2].rstrip("?")
    owners = _owners(error.option_name) if main.startswith("No such option") else []
    path = getattr(error.ctx, "command_path", "deriv").removesuffix(f" {DEFAULT}")
    hint = f"did you mean {near}?" if near else f"{path} --help lists the options"
    hint = f"it is an option of deriv {' and deriv '.join(owners)}" if owners else hint
    return RequestError(main[:1].lower() + main[1:].partition(" Did you mean ")[0], hint=hint)


def _owners(option: str) -> list[str]:
    """The subcommands that have an option."""
    return [name for name in plugins.names("commands") if any(option in each.opts for each in command(name).params)]
