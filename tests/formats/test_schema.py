"""All that --format json and jsonl write is as `docs/schema.json` says."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from derivcli.cli import run

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
COMMANDS = [
    ["x^2", "--at", "x=3"],
    ["x^2", "--at", "x=3", "--times"],
    ["abs(x)", "--at", "x=0"],
    ["log(x)", "--at", "x=-1"],
    ["exp(x)", "--at", "x=1000"],
    ["x*y", "x+y", "--at", "x=[1,2],y=3", "--jacobian"],
    ["x^2*y", "--at", "x=1,y=2", "--laplacian"],
    ["(1-cos(x))/x^2", "--at", "x=1e-8", "--expect", "0"],
    ["zeta(x)", "--at", "x=-700"],
    ["x^3"],
    ["besselj(0,x)", "--at", "x=1", "-m", "complex-step"],
    ["x^2", "--at", "x=0:1:2000"],
    ["doctor", "(1-cos(x))/x^2", "--at", "x=1e-8"],
    ["search", "abs(x)", "--over", "x=-1..1"],
    ["foo(x)"],
    ["x^2", "--foo"],
    ["x", "--at", "x=1,y"],
]


@pytest.mark.parametrize("name", ["json", "jsonl"])
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_what_is_written_is_as_the_schema_says(
    arguments: list[str], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run([*arguments, "--format", name])
    written = capsys.readouterr().out
    documents = [json.loads(written)] if name == "json" else [json.loads(line) for line in written.splitlines()]
    assert documents
    for document in documents:
        VALIDATOR.validate(document)


def test_the_schema_is_one_and_refuses_what_is_none() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert not VALIDATOR.is_valid({"schema": 1, "id": None, "error": {"message": "x"}})
    assert not VALIDATOR.is_valid({"schema": 1, "verdict": "perhaps"})
