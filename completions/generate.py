"""Write the completion scripts beside this file: `python completions/generate.py`.

The scripts ask `deriv` itself what may follow, so they change with typer only, never with a new option.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
FILES = {"bash": "deriv.bash", "zsh": "_deriv", "fish": "deriv.fish", "powershell": "deriv.ps1"}


def script(shell: str) -> str:
    """The completion script for a shell."""
    command = [sys.executable, "-m", "derivcli", "completions", shell]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() + "\n"


if __name__ == "__main__":
    for shell, name in FILES.items():
        (HERE / name).write_text(script(shell), encoding="utf-8")
