"""Tests have names: the same in every run, so that one can be asked for, and runs be compared or spread."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
def test_two_collections_are_the_same() -> None:
    """In the same order too, whatever the order of sets."""
    listings = []
    for seed in ("1", "2"):
        command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-o", "addopts=", "-p", "no:cacheprovider"]
        environment = os.environ | {"PYTHONHASHSEED": seed}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        listings.append([line for line in done.stdout.splitlines() if "::" in line])
    assert listings[0] == listings[1]
    assert len(listings[0]) == len(set(listings[0])) > 3000


def test_a_memory_address_in_a_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("from tests.conftest import *\n")
    cases = "import pytest\n@pytest.mark.parametrize('x', [object()], ids=str)\ndef test(x): assert x\n"
    (tmp_path / "test_one.py").write_text(cases)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "contains a memory address: give its cases ids" in done.stderr
