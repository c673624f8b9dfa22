"""`files/`: every format keeps the contract that the folder's docstring states, and a new one is one file."""

import inspect
import io
import random
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pyarrow
import pytest

from derivcli import cli, files, plugins
from derivcli.errors import Exit
from derivcli.requests.table import open_table

NAMES = plugins.names("files")
CONTRACT = {"SUFFIXES", "BEGINNINGS", "STDOUT", "open_file", "open_stream", "open_writer"}
TSV = '''"""Tab-separated values: a made-up format."""

from derivcli.files._reader import PointFile

SUFFIXES = (".tsv",)
BEGINNINGS = (b"#",)


def open_file(path):
    return open_stream(open(path, "rb"), 0)


def open_stream(stream, size):
    with stream:
        header, *rows = [line.decode().lstrip("#").split() for line in stream]
    return PointFile(header, lambda names: iter([dict(zip(header, map(list, zip(*rows))))]), len(rows))


def open_writer(stream, schema):
    return Writer(stream)


class Writer:
    def __init__(self, stream):
        self.stream = stream

    def write_batch(self, batch):
        self.stream.writelines("\\t".join(map(str, row.values())).encode() + b"\\n" for row in batch.to_pylist())

    def close(self):
        pass
'''


def loaded(name: str) -> ModuleType:
    return plugins.load("files", name)


@pytest.mark.parametrize("name", NAMES)
def test_every_format_keeps_the_contract(name: str) -> None:
    """It has what the contract lists, with those parameters, and nothing else that is public but constants."""
    plugin = loaded(name)
    own = {key for key, value in vars(plugin).items() if getattr(value, "__module__", "") == plugin.__name__}
    assert {key for key in own if key.islower() and key[0] != "_"} <= CONTRACT
    assert plugin.__doc__ is not None
    assert ": " in plugin.__doc__.splitlines()[0]
    assert all(suffix == f".{suffix[1:]}".lower() for suffix in plugin.SUFFIXES)
    assert list(inspect.signature(plugin.open_file).parameters) == ["path"]
    assert len(inspect.signature(plugin.open_writer).parameters) == 2
    assert hasattr(plugin, "open_stream") == hasattr(plugin, "BEGINNINGS")
    assert hasattr(plugin, "open_stream") or not hasattr(plugin, "STDOUT")


def test_the_contract_is_the_docstring_of_the_folder() -> None:
    """Every name of it stands there, and no suffix belongs to two formats or standard output to none."""
    assert files.__doc__ is not None
    assert {name for name in CONTRACT if name in files.__doc__} == CONTRACT
    suffixes = [suffix for name in NAMES for suffix in loaded(name).SUFFIXES]
    assert len(set(suffixes)) == len(suffixes)
    assert sum(hasattr(loaded(name), "STDOUT") for name in NAMES) == 1


@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_is_read_again(name: str, tmp_path: Path) -> None:
    """Columns in their order, batch by batch, those that are asked for."""
    path = tmp_path / f"rows{loaded(name).SUFFIXES[0]}"
    batch = pyarrow.record_batch({"x": [1.5, 2.0], "n": ["a", "b"]})
    with path.open("wb") as stream:
        writer = loaded(name).open_writer(stream, batch.schema)
        writer.write_batch(batch)
        writer.write_batch(batch)
        writer.close()
    file = loaded(name).open_file(str(path))
    assert list(file.columns) == ["x", "n"]
    found = [str(value) for each in file.read(["n"]) for value in each["n"]]
    assert found == ["a", "b", "a", "b"]


@pytest.fixture
def tsv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The made-up format, as if its file were in the folder."""
    (tmp_path / "made_up").mkdir()
    (tmp_path / "made_up" / "tsv.py").write_text(TSV, encoding="utf-8")
    monkeypatch.setattr(files, "__path__", [*files.__path__, str(tmp_path / "made_up")])
    known = plugins.names
    monkeypatch.setattr(plugins, "names", lambda package: (*known(package), *(["tsv"] if package == "files" else [])))


@pytest.mark.usefixtures("tsv")
def test_a_new_format_is_one_file(tmp_path: Path) -> None:
    """Its files are read and written."""
    source, target = tmp_path / "points.tsv", tmp_path / "rows.tsv"
    source.write_text("x\ty\n1\t2\n3\t4\n", encoding="utf-8")
    arguments = ["x*y", "--points", str(source), "--out", str(target), "-q", "-m", "autograd"]
    assert cli.run(arguments) == Exit.AGREE
    expected = ["1.0\t2.0\t2.0\t2.0\t1.0\tagree", "3.0\t4.0\t12.0\t4.0\t3.0\tagree"]
    assert target.read_text(encoding="utf-8").splitlines() == expected


@pytest.mark.usefixtures("tsv")
def test_a_new_format_is_known_where_formats_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Standard input can begin like it, and hints name it."""
    for begun, columns in {b"#x y\n1 2\n": ["x", "y"], b"x\n1\n": ["x"], b' {"z": 1}\n': ["z"]}.items():
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BufferedReader(io.BytesIO(begun))))
        assert list(open_table("-").columns) == columns
    assert cli.run(["x", "--points", "points.xlsx"]) == Exit.USAGE
    assert "known: .csv, .parquet, .tsv, .arrow, .feather, .jsonl, .ndjson, or -" in capsys.readouterr().err
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BufferedReader(io.BytesIO(b"PAR1\0"))))
    assert cli.run(["x", "--points", "-"]) == Exit.USAGE
    assert "must be CSV or Tab-separated values or JSON lines" in capsys.readouterr().err


@pytest.mark.parametrize("seed", range(8))
def test_a_damaged_file_is_refused(seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its offsets are followed only where they lead into it; what is still whole is answered."""
    path, generator = tmp_path / "points.arrow", random.Random(seed)
    batch = pyarrow.record_batch({"x": [i / 7 for i in range(5000)], "s": [f"row {i}" for i in range(5000)]})
    with pyarrow.ipc.new_file(path, batch.schema) as writer:
        writer.write_batch(batch)
    damaged = bytearray(path.read_bytes())
    for _ in range(50):
        damaged[generator.randrange(len(damaged))] = generator.randrange(256)
    path.write_bytes(damaged)
    status = cli.run(["x^2", "--points", str(path), "--out", str(tmp_path / "rows.csv"), "-m", "autograd"])
    assert status == Exit.USAGE
    assert "points.arrow cannot be read" in capsys.readouterr().err
