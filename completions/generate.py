"""Write the completion scripts beside this file, as typer makes them: `python completions/generate.py`.

The scripts ask `deriv` itself what may follow, so they change with typer only, never with a new option.
"""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
FILES = {"bash": "deriv.bash", "zsh": "_deriv", "fish": "deriv.fish", "powershell": "deriv.ps1"}
COMPDEF = "compdef _deriv_completion deriv"
# zsh loads a file of $fpath when TAB is first pressed, and that press must complete too
AUTOLOADED = f"""\
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _deriv_completion "$@"
else
  {COMPDEF}
fi"""


def script(shell: str) -> str:
    """The completion script for a shell."""
    environment = os.environ | {"_DERIV_COMPLETE": f"source_{shell}"}
    command = [sys.executable, "-m", "derivcli"]
    text = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    return text.replace(f"\n{COMPDEF}\n", f"\n{AUTOLOADED}\n").strip() + "\n"


if __name__ == "__main__":
    for shell, name in FILES.items():
        (HERE / name).write_text(script(shell), encoding="utf-8")
