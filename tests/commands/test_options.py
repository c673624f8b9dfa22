"""Options and outputs are the same wherever a formula is read: one place says how they are typed."""

import csv
import inspect
import io
import json
import shlex
from pathlib import Path

import pytest

from derivcli import cli, plugins
from derivcli.commands._options import parse_options
from derivcli.requests.options import Options

PAGES = {
    "doctor": ["doctor", "(1-cos(x))/x^2", "--at", "x=1e-4"],
    "inspect": ["inspect", "x^2", "--at", "x=3"],
    "evaluate": ["x^2", "--at", "x=3", "--method", "symbolic"],
}
FORMATS = plugins.names("formats")


def shared(command: str) -> set[str]:
    """Which of the options of formulas a subcommand has."""
    names = {parameter.name for parameter in cli.command(command).params}
    return names & set(inspect.signature(parse_options).parameters)


@pytest.mark.parametrize("command", ["evaluate", "search", "plot", "doctor", "inspect"])
def test_definitions_and_floats_can_be_given_wherever_a_formula_is_read(command: str) -> None:
    """`--let`, `--derivative`, `--dtype` and `--device` are no privilege of one subcommand."""
    assert shared(command) >= {"let", "derivative", "dtype", "device"}


def test_the_main_job_has_every_option() -> None:
    """An option that is added in its one place is there."""
    assert shared("evaluate") == set(inspect.signature(parse_options).parameters)


def test_what_is_not_typed_is_the_default() -> None:
    """The command line and Python answer alike."""
    assert parse_options() == Options()


@pytest.mark.parametrize("command", PAGES)
@pytest.mark.parametrize("name", FORMATS)
def test_every_page_has_every_format(command: str, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`doctor` and `inspect` write what the main job writes: JSON that can be read, CSV whose rows are as wide."""
    status = cli.run([*PAGES[command], "--format", name])
    output = capsys.readouterr().out
    assert status == (command == "doctor")
    assert output.strip()
    if name in ("json", "jsonl"):
        assert json.loads(output)["input"] == PAGES[command][command != "evaluate"]
    if name == "csv":
        parts = [list(csv.reader(io.StringIO(part))) for part in output.split("\n\n")]
        assert all(len({len(row) for row in part}) == 1 for part in parts)


def test_the_record_of_a_diagnosis_has_the_tape_and_the_repair(capsys: pytest.CaptureFixture[str]) -> None:
    """What `deriv doctor` says to people, programs can read."""
    cli.run([*PAGES["doctor"], "--format", "json"])
    record = json.loads(capsys.readouterr().out)
    assert record["table"][-1]["instruction"] == "(1-cos(x))/x^2"
    assert record["repair"]["formula"].startswith("where(abs(x) < 0.1, ")
    assert record["repair"]["after"] < 1e-6 * record["repair"]["before"]
    assert record["repair"]["digits"] == {"before": 0, "after": 15}


def test_a_letter_is_an_option_where_the_command_has_it(capsys: pytest.CaptureFixture[str]) -> None:
    """`-o` and `-q` are options, `-x^2` and `-e` are formulas; nobody keeps a list of them."""
    assert cli.run(["-x^2", "--at", "x=3", "-q", "-m", "symbolic"]) == 0
    assert capsys.readouterr().out == "-6\n"
    assert cli.run(["plot", "x", "--over", "x=0:1", "-o", "nowhere/f.svg"]) == 2
    assert "there is no folder 'nowhere'" in capsys.readouterr().err


def test_the_command_that_reproduces_a_finding_repeats_what_was_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """Options that bear on the answer are repeated as they were typed, and no others."""
    options = ["--let", "a = 1/4", "-m", "autograd", "-m", "symbolic", "--dtype", "float32", "--seed", "3"]
    cli.run(["search", "abs(x-a)", "--over", "x=-1..1", "--samples", "50", *options])
    again = "deriv 'abs(x-a)' --at x=1/4 --let 'a = 1/4' --method autograd --method symbolic --dtype float32"
    assert f"reproduce: {again}\n" in capsys.readouterr().out.replace("x=0.25", "x=1/4")


EXAMPLES = [
    example for name in plugins.names("commands") for example in getattr(plugins.load("commands", name), "EXAMPLES", ())
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_of_the_help_run(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.run(shlex.split(example)[1:]) in (0, 1, 3)
    assert not capsys.readouterr().err
