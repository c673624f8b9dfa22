"""What a command never imports, because it does not need it: start-up is nearly all imports."""

import json
import os
import subprocess
import sys

import pytest

HEAVY = ("torch", "sympy", "numpy", "flint", "rich", "lark", "pydantic")
PROBE = f"""\
import atexit, json, os, sys
leave = os._exit
def report(status):
    print(json.dumps([status, [name for name in {HEAVY} if sys.modules.get(name)]]), file=sys.stderr)
    sys.stderr.flush()
    leave(status)
os._exit = report
from derivcli.__main__ import main
try:
    main()
except SystemExit as error:  # typer ends a completion so
    report(error.code or 0)
"""
PRESSED_TAB = {
    "bash": {"COMP_WORDS": "deriv\nx\n--method\nau", "COMP_CWORD": "3"},
    "zsh": {"_TYPER_COMPLETE_ARGS": "deriv --"},
    "fish": {"_TYPER_COMPLETE_ARGS": "deriv --", "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    "powershell": {"_TYPER_COMPLETE_ARGS": "deriv --", "_TYPER_COMPLETE_WORD_TO_COMPLETE": "--"},
}


def imported(*arguments, status=0, environment=None):
    """Which heavy libraries a command has imported when it ends, as it should, with this status."""
    command = [sys.executable, "-c", PROBE, *arguments]
    done = subprocess.run(command, env=os.environ | (environment or {}), capture_output=True, text=True, check=False)
    ended, names = json.loads(done.stderr.splitlines()[-1])
    assert ended == status, done.stderr
    return set(names)


def test_the_version_needs_no_library():
    """`deriv --version` does not even import the parser."""
    assert not imported("--version")


@pytest.mark.parametrize("command", ["", "evaluate", "functions"])
def test_help_computes_nothing(command):
    """`deriv --help`, and that of a subcommand, import no library of mathematics."""
    assert not imported(*command.split(), "--help") & {"torch", "sympy", "numpy", "flint"}


@pytest.mark.parametrize("shell", PRESSED_TAB)
def test_completion_imports_neither_mathematics_nor_rich(shell):
    """A press of TAB waits for nothing but typer and the parser."""
    assert imported(environment=PRESSED_TAB[shell] | {"_DERIV_COMPLETE": f"complete_{shell}"}) <= {"lark", "pydantic"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["3*sni(x) + 1"],
        ["x +", "--at", "x=3"],
        ["x", "--at", "x=("],
        ["x", "--wrt", "y", "--at", "x=1"],
        ["x", "--method", "guess"],
        ["x", "--format", "jsno"],
        ["x", "--formt", "json"],
        ["3*sni(x)", "--format", "json"],
    ],
    ids=" ".join,
)
def test_a_wrong_request_is_refused_before_any_library_loads(arguments):
    """Syntax, points, names and options are judged without torch, SymPy, NumPy or Arb."""
    assert not imported(*arguments, status=2) & {"torch", "sympy", "numpy", "flint", "rich"}


@pytest.mark.parametrize("method", ["symbolic", "enclosure"])
def test_a_method_without_torch_does_not_import_torch(method):
    """`--method symbolic` imports SymPy and Arb, `--method enclosure` Arb alone."""
    libraries = imported("6*x**2 + 2*x + 4", "--at", "x=3", "--method", method)
    assert "torch" not in libraries
    assert ("sympy" in libraries) == (method == "symbolic")


def test_plain_output_needs_no_rich():
    """`-q` writes numbers without loading the library that draws tables."""
    assert "rich" not in imported("x^2", "--at", "x=3", "--method", "symbolic", "-q")
