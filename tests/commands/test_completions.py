"""The scripts in completions/: current, and at work in real shells."""

import importlib.util
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from derivcli import plugins

FOLDER = Path(__file__).parents[2] / "completions"
ENVIRONMENT = {
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    "HOME": "/nonexistent",
    "TERM": "dumb",
    "LC_ALL": "C.UTF-8",
    "PS1": "> ",
}
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b.|[\x00-\x09\x0b-\x1f]")
PATIENCE = 60  # seconds for a shell to complete a word

SHELLS = {  # how to start each one with nothing of the user's, and what sets it up
    "bash": (["bash", "--norc", "--noprofile", "-i"], f"source '{FOLDER}/deriv.bash'"),
    "zsh": (["zsh", "-f", "-i"], f"fpath=('{FOLDER}' $fpath); autoload -U compinit; compinit -D"),
}
TYPED = {  # what is typed before TAB: what TAB adds
    "deriv ev": "aluate",
    "deriv --me": "thod",
    "deriv --method au": "tograd",
    "deriv 'x^2' --method fin": "ite-difference",
    "deriv 'x^2' --format mark": "down",
    "deriv evaluate 'x^2' --col": "or",
    "deriv 'x^2' --color al": "ways",
    "deriv 'x^2' --scheme cen": "tral",
    "deriv -x^2 --ord": "er",
}


def completed(shell: str, line: str, addition: str) -> str:
    """What stands on the terminal of a shell after a line was typed and TAB was pressed."""
    command, setting_up = SHELLS[shell]
    terminal, inside = pty.openpty()
    streams = {"stdin": inside, "stdout": inside, "stderr": inside, "start_new_session": True}
    shown, typed, deadline = "", False, time.monotonic() + PATIENCE
    with subprocess.Popen(command, env=ENVIRONMENT, **streams) as process:
        os.write(terminal, f"{setting_up}; echo read''y\n".encode())
        while time.monotonic() < deadline and f"{line}{addition}" not in shown:
            if select.select([terminal], [], [], 0.1)[0]:
                shown += CONTROL.sub("", os.read(terminal, 4096).decode(errors="replace"))
            if not typed and "ready" in shown:
                os.write(terminal, f"{line}\t".encode())
                typed = True
        process.kill()
    os.close(terminal)
    os.close(inside)
    return shown


def candidates(shell: str, *words: str) -> list[str]:
    """What `deriv` answers to a shell's script where the last of the words is to be completed."""
    line = " ".join(words)
    asked = {
        "bash": {"COMP_WORDS": "\n".join(words), "COMP_CWORD": str(len(words) - 1)},
        "zsh": {"_TYPER_COMPLETE_ARGS": line},
        "fish": {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
        "powershell": {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_WORD_TO_COMPLETE": words[-1]},
    }[shell]
    environment = os.environ | asked | {"_DERIV_COMPLETE": f"complete_{shell}"}
    command = [sys.executable, "-m", "derivcli"]
    lines = subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout.splitlines()
    if shell == "zsh":
        return [match[1] for line in lines if (match := re.match(r'(?:_arguments .*\(\()?"([^"]*)"', line))]
    return [re.split(r"\t|:::", line)[0] for line in lines]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_the_scripts_are_current(shell):
    """`python completions/generate.py` would change nothing."""
    spec = importlib.util.spec_from_file_location("generate", FOLDER / "generate.py")
    assert spec
    assert spec.loader
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    assert (FOLDER / generate.FILES[shell]).read_text(encoding="utf-8") == generate.script(shell)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_every_subcommand_method_and_format_is_offered(shell):
    """What is offered is what the folders hold; `deriv --` offers the main job's options beside the root's."""
    assert candidates(shell, "deriv", "") == list(plugins.names("commands"))
    assert {"--at", "--method", "--version"} <= set(candidates(shell, "deriv", "--"))
    for package in ("methods", "formats"):
        option = f"--{package.removesuffix('s')}"
        assert candidates(shell, "deriv", "x", option, "") == list(plugins.names(package))


@pytest.mark.parametrize("shell", ["bash", "zsh"])
@pytest.mark.parametrize("line", TYPED)
def test_tab_completes(shell, line):
    """In a terminal, TAB completes subcommands, options and their values."""
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    assert f"{line}{TYPED[line]}" in completed(shell, line, TYPED[line])


@pytest.mark.parametrize("line", TYPED)
def test_fish_completes(line):
    """fish completes subcommands, options and their values."""
    if not shutil.which("fish"):
        pytest.skip("fish is not installed")
    command = ["fish", "--no-config", "-c", f'source "{FOLDER}/deriv.fish"; complete -C "{line}"']
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert line.split()[-1] + TYPED[line] in [row.split("\t")[0] for row in done.stdout.splitlines()]
