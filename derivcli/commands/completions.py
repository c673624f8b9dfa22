"""Print the completion script of a shell: bash, zsh, fish, powershell."""

from enum import StrEnum
from typing import Annotated

import typer

from derivcli import terminal
from derivcli.errors import Exit


class Shell(StrEnum):
    """A shell that knows completion."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


COMPDEF = "compdef _deriv_completion deriv"
# zsh loads a file of $fpath when TAB is first pressed, and that press must complete too
AUTOLOADED = f"""\
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _deriv_completion "$@"
else
  {COMPDEF}
fi"""


def run(shell: Annotated[Shell, typer.Argument(help="Whose script.")]) -> Exit:
    """Print the completion script of a shell: bash, zsh, fish, powershell.

    The script asks deriv itself what may follow. In bash: source <(deriv completions bash)
    """
    from typer._completion_shared import get_completion_script

    name = "pwsh" if shell == Shell.POWERSHELL else str(shell)
    script = get_completion_script(prog_name="deriv", complete_var="_DERIV_COMPLETE", shell=name)
    terminal.write([script.replace(f"\n{COMPDEF}", f"\n{AUTOLOADED}").strip()])
    return Exit.AGREE
