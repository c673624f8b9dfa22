"""Texts and formulas at random: nothing but a DerivError, in time, and what is read is read back.

A short run is part of the suite; the long one, 200,000 texts and 20,000 formulas, is by hand:
`pytest -m slow tests/test_fuzz.py`.
"""

import random
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from derivcli import DerivError, Options, evaluate, parse, unparse
from derivcli.formula.functions.table import FUNCTIONS
from derivcli.formula.grammar.spellings import SPELLINGS
from derivcli.formula.names import GREEK
from tests.formula.test_readings import READ, REFUSED

SEEDS = [
    *READ,
    *REFUSED,
    *SPELLINGS.values(),
    "x^2*y + f(x)",
    "Piecewise((x, x > 0), (0, True))",
    "sum(x[i]^2, i, 1, 3)",
]
TOKENS = [
    *(row.name for row in FUNCTIONS.values()), *GREEK, *"xyzefd0123456789.()[]|,;:?!°'\"%^*/+-=<>{}\\$&~@#_ \t",
    "**", "//", "√", "∛", "²", "ⁿ", "⁻¹", "₁", "½", "π", "∞", "->", ":=", "lambda ", "d/dx ", "1e999",
    "1e-9999", "inf", "np.", "F.", "and ", "not ", "if ", "else ", "\u2061", "\u2028", "\x00", "\ud800", "９", "ß", "İ",
    "def f(x): return ",
]  # fmt: skip
POINTS = ["0", "1", "-1", "1/2", "1e-300", "1e300", "-1e8", "700", "1e-16", "pi", "3", "-7/2", "5e-324", "100000"]
MAX_SECONDS = 2.0  # for a text
MAX_MEMORY = 2_000_000  # kilobytes


def texts(count: int, seed: int) -> Iterator[str]:
    """Mutated formulas, soups of tokens, and any characters."""
    generator = random.Random(seed)
    for i in range(count):
        if i % 3 == 0:
            yield "".join(generator.choices(TOKENS, k=generator.randint(1, 12)))
        elif i % 3 == 1:
            text = generator.choice(SEEDS)
            for _ in range(generator.randint(1, 4)):
                k = generator.randint(0, len(text))
                text = text[:k] + generator.choice(TOKENS) + text[k + generator.randint(0, 2) :]
            yield text
        else:
            yield "".join(chr(generator.randint(1, 0x2FFF)) for _ in range(generator.randint(1, 20)))


def formula(generator: random.Random, depth: int) -> str:
    """A formula over all rows of the table."""
    if depth == 0:
        return generator.choice(["x", "y", "x", "2", "1e-16", "pi", "0.5", "1e16"])
    row = generator.choice([row for row in FUNCTIONS.values() if not row.condition and row.name != "claimed"])
    conditions = ["x > y", "x <= 1", "y != 0"]
    inner = [formula(generator, generator.randint(0, depth - 1)) for _ in range(row.arity)]
    inner[: row.conditions] = generator.choices(conditions, k=row.conditions)
    return f"{row.name}({', '.join(inner)})" if row.arity else row.name


def check_texts(count: int, seed: int) -> None:
    for text in texts(count, seed):
        started = time.perf_counter()
        try:
            read = parse(text)
        except DerivError:
            continue
        finally:
            assert time.perf_counter() - started < MAX_SECONDS, text
        for tree in read.outputs:
            written = unparse(tree)
            names = read.variables
            assert parse(written, names).outputs[0] == tree, (text, written)


def check_formulas(count: int, seed: int, timeout: float) -> None:
    generator = random.Random(seed)
    for _ in range(count):
        text = formula(generator, generator.randint(1, 3))
        at = f"x={generator.choice(POINTS)},y={generator.choice(POINTS)}"
        options = replace(
            Options(), timeout=timeout, order=generator.choice([1, 1, 2]), methods=("autograd", "symbolic")
        )
        started = time.perf_counter()
        with suppress(DerivError):
            evaluate(text, at, options).to_dict()
        assert time.perf_counter() - started < 6 * timeout + 5, (text, at)


def memory() -> int:
    """The most that this process has used, in kilobytes."""
    if sys.platform == "win32":
        return 0
    import resource  # noqa: PLC0415

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def test_texts() -> None:
    check_texts(6_000, seed=0)


def test_formulas() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries, which the command does not show
        check_formulas(40, seed=1, timeout=1.0)
    assert memory() < MAX_MEMORY


@pytest.mark.slow
def test_many_texts() -> None:
    check_texts(200_000, seed=7)


@pytest.mark.slow
def test_many_formulas() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_formulas(20_000, seed=7, timeout=2.0)
    assert memory() < MAX_MEMORY
