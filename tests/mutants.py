"""What the tests would not notice: the judge with one small change at a time → the changes that no test tells.

    python -m tests.mutants [--count 150] [--seed 0] [--seconds 60] [PLACE…]

A change swaps an operator, a comparison, `and` and `or`, `min` and `max`, shifts a number by 1 (halves it above 10),
drops a `not` or a minus, negates a condition, or returns None. Each is made in a copy of the project and met with the
tests that run its lines, the judge's own first, `--seconds` of them at most. PLACEs such as `verdict.py` or
`verdict.py:54` take all the changes there instead of a sample.
"""

import argparse
import ast
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lines import JUDGE, SEEN

ROOT = Path(__file__).parent.parent
MET = (*(f"tests/{folder}" for folder in ("judge", "methods", "engine", "features")), "tests/test_transcripts.py")
WORKERS = 2
LIMIT = 6  # times the seconds that the tests took: a change that never ends is told too

OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    **{ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq},
    **{ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And},
    **{ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult},
    **{ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.LShift: ast.RShift, ast.RShift: ast.LShift},
}
PAIRS = [("min", "max"), ("any", "all"), ("fmin", "fmax"), ("minimum", "maximum"), ("argmin", "argmax")]
NAMES = dict(PAIRS) | {b: a for a, b in PAIRS}
EQUIVALENT = {  # (line, change): why no test can tell the two
    ("return text_of(problem, step, -1), step.span", "-1 → 1"): "`where` has arguments: no slot is looked at",
    ("return text_of(problem, step, -1), step.span", "1 → 2"): "the same",
    ("return max((abs(y - x).abs_upper() for x in terms for y in terms), default=arb(0))", "0 → 1"): "there are terms",
    ('return f"{max(0, min(digits, lost))} of {digits}"', "0 → 1"): "it is asked where three digits at least are lost",
}


@dataclass(frozen=True)
class Mutant:
    """A file with one change, told as text."""

    file: str
    lines: range
    text: str  # of the first line
    change: str
    source: str

    def __str__(self) -> str:
        return f"{self.file}:{self.lines.start}: {self.change}"


def changed(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in the place of a node."""
    match node:
        case ast.Compare(left, [one, *more], others):
            yield ast.Compare(left, [OPERATORS[type(one)](), *more], others)
        case ast.BoolOp(operator, values):
            yield ast.BoolOp(OPERATORS[type(operator)](), values)
        case ast.BinOp(left, operator, right) if type(operator) in OPERATORS and not is_type(right):
            yield ast.BinOp(left, OPERATORS[type(operator)](), right)
        case ast.UnaryOp(ast.Not() | ast.USub() | ast.Invert(), operand):
            yield operand
        case ast.Constant(value) if type(value) in (int, float, bool):
            yield ast.Constant(not value if isinstance(value, bool) else value + 1 if value <= 10 else value // 2)
        case ast.Name(name) if name in NAMES:
            yield ast.Name(NAMES[name])
        case ast.Attribute(value, name) if name in NAMES:
            yield ast.Attribute(value, NAMES[name])
        case ast.If(test, body, orelse):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.IfExp(test, body, orelse):
            yield ast.IfExp(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.comprehension(target, iterable, [test, *more], _):
            yield ast.comprehension(target, iterable, [ast.UnaryOp(ast.Not(), test), *more], 0)
        case ast.Return(value) if value:
            yield ast.Return(ast.Constant(None))


def is_type(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def places(node: ast.AST) -> Iterator[tuple[Any, Any, ast.AST]]:
    """Every node with the list or the fields that it stands in; not what only a reader or a checker of types needs."""
    for field, value in ast.iter_fields(node):
        if isinstance(node, ast.Assert) or (isinstance(node, ast.keyword) and node.arg == "strict"):
            continue  # they hold, or there is a fault
        if field in ("annotation", "returns", "decorator_list"):
            continue
        for key, child in enumerate(value) if isinstance(value, list) else [(field, value)]:
            if isinstance(child, ast.AST):
                yield (value if isinstance(value, list) else node.__dict__), key, child
                yield from places(child)


def mutants(path: Path) -> Iterator[Mutant]:
    """All changes of a file."""
    text = path.read_text(encoding="utf-8")
    tree, line = ast.parse(text), 1
    for holder, key, node in places(tree):
        line = getattr(node, "lineno", line)
        shown = node.test if isinstance(node, ast.If) else node
        for other in changed(node):
            after = other.test if isinstance(other, ast.If) else other
            holder[key] = ast.copy_location(other, node)
            source = ast.unparse(ast.fix_missing_locations(tree))
            holder[key] = node
            last = getattr(shown, "end_lineno", line)
            change = f"{ast.unparse(shown)} → {ast.unparse(after)}"
            yield Mutant(path.name, range(line, last + 1), text.splitlines()[line - 1].strip(), change, source)


def run(copy: Path, *arguments: str, limit: float | None = None) -> int:
    """The status of pytest in a copy of the project; 1 past the limit."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=0", *arguments]
    environment = os.environ | {"PYTHONPATH": str(copy)}
    if limit:
        environment["PYTHONDONTWRITEBYTECODE"] = "1"  # a cache does not tell two changes of a second apart
    try:
        done = subprocess.run(command, cwd=copy, env=environment, stdout=subprocess.DEVNULL, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return 1
    return done.returncode


def told(mutant: Mutant, copy: Path, seen: dict[str, Any], seconds: float) -> bool:
    """Whether a test fails on a change."""
    here = [(name, took, {line for file, line in lines if file == mutant.file}) for name, (took, lines) in seen.items()]
    there = [(took, name) for name, took, lines in here if lines.intersection(mutant.lines)]
    chosen, total = [], 0.0
    for took, name in sorted(there or [(took, name) for name, took, lines in here if lines], key=own_first):
        total += took
        if total <= seconds:
            chosen.append(name)
    path = copy / JUDGE / mutant.file
    original = path.read_text(encoding="utf-8")
    (copy / "chosen.txt").write_text("\n".join(chosen), encoding="utf-8")
    path.write_text(mutant.source, encoding="utf-8")
    try:
        return run(copy, "-x", "@chosen.txt", limit=60 + LIMIT * min(total, seconds)) != 0
    finally:
        path.write_text(original, encoding="utf-8")


def own_first(test: tuple[float, str]) -> tuple[bool, float]:
    return not test[1].startswith("tests/judge/"), test[0]


def chosen(arguments: argparse.Namespace) -> list[Mutant]:
    every = [mutant for path in sorted((ROOT / JUDGE).glob("*.py")) for mutant in mutants(path)]
    every = [mutant for mutant in every if (mutant.text, mutant.change) not in EQUIVALENT]
    if arguments.places:
        wanted = [(file, int(line or 0)) for file, _, line in (place.partition(":") for place in arguments.places)]
        return [m for m in every for file, line in wanted if m.file == file and (not line or line in m.lines)]
    return random.Random(arguments.seed).sample(every, min(arguments.count, len(every)))


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("places", nargs="*", metavar="PLACE")
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=60)
    arguments = parser.parse_args(words)
    asked = chosen(arguments)
    with tempfile.TemporaryDirectory() as folder:
        copies = [Path(folder) / str(i) / "project" for i in range(WORKERS)]
        skipped = shutil.ignore_patterns(".git", ".hypothesis", "__pycache__", ".*_cache", "shared")
        shutil.copytree(ROOT, copies[0], ignore=skipped)
        started = time.perf_counter()
        run(copies[0], "-p", "tests.lines", *MET)
        seen = json.loads((copies[0] / SEEN).read_text(encoding="utf-8"))
        print(f"{len(seen)} tests run lines of {JUDGE}, traced in {time.perf_counter() - started:.0f} s", flush=True)
        for copy in copies[1:]:
            shutil.copytree(copies[0], copy)
        nothing = Mutant(
            "verdict.py", range(0), "", "nothing", (ROOT / JUDGE / "verdict.py").read_text(encoding="utf-8")
        )
        assert not told(nothing, copies[0], seen, arguments.seconds), "tests fail where nothing has been changed"
        free = list(copies)

        def met(mutant: Mutant) -> bool:
            copy = free.pop()
            try:
                return told(mutant, copy, seen, arguments.seconds)
            finally:
                free.append(copy)

        with ThreadPoolExecutor(WORKERS) as pool:
            survivors = 0
            for mutant, found in zip(asked, pool.map(met, asked), strict=True):
                survivors += not found
                print(end="" if found else f"{mutant}\n", flush=True)
    print(f"{survivors} of {len(asked)} changes are told by no test: {survivors / max(1, len(asked)):.0%}")


if __name__ == "__main__":
    main()
