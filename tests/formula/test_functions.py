"""The table of functions is its own test: every row × every library × f, f', f'' on the row's domain.

The arbiter's own cells (Arb) are held against mpmath, which shares no code with them: the SymPy cell evaluated at 90
digits, and its differences with a step of 1e-25. SymPy's and PyTorch's derivatives are then held against Arb.
"""

import random
from fractions import Fraction
from functools import cache
from itertools import combinations_with_replacement, product

import flint
import numpy as np
import pytest
import sympy
from flint import arb, arb_series

from derivcli.backends import balls, symbols
from derivcli.backends.cells import parse_definition
from derivcli.backends.floats import outputs
from derivcli.backends.precision import precision
from derivcli.backends.series import BALLS, SERIES, by_differences, lift
from derivcli.errors import ParseError, UnsupportedError
from derivcli.formula.constants import parse_constant
from derivcli.formula.functions.row import Function
from derivcli.formula.functions.table import FUNCTIONS
from derivcli.formula.grammar.builder import call
from derivcli.formula.parser import Formula
from derivcli.formula.program import flatten, run
from derivcli.formula.tree import NOWHERE, Call, Number, Tree, Variable
from derivcli.judge.reference import enclose_partials
from derivcli.methods import autograd, symbolic
from derivcli.records import Problem
from derivcli.requests.points import FloatPoints
from derivcli.requests.request import Request

COUNT = 4  # points a row
DIGITS = 90
STEP = sympy.Float(10, DIGITS) ** -25
SYMPY_RTOL = 2.0**-52  # one rounding of a result of ball arithmetic
TORCH_RTOL = 1e-9
PRECISION = {"hardsigmoid": 2.0**-24}  # PyTorch's backward kernel writes 1/6 as a float32
UNDONE = (sympy.Derivative, sympy.Subs, sympy.meijerg, sympy.DiracDelta)  # what SymPy answers where it has no rule
SMOOTH_ALL_THE_SAME = {  # whose definition has kinks or jumps, and they none
    *("sinc", "sincpi", "xdivy", "xlogy", "xlog1py"),  # a branch that only fills a gap
    "log_i0",  # abs(x) + log(i0e(x)), where the two kinks cancel
    "lgamma",  # log(abs(gamma(x))): abs has its kink where log has a pole
    "atan2",  # jumps across its cut, but is analytic beside it, so that the complex step may take it
}

ROWS = [row for row in FUNCTIONS.values() if row.domain]


def argument(text: str, name: str, generator: random.Random) -> tuple[Tree, list[Fraction] | None]:
    """An argument for one part of a domain, and the values of its variable (None for a literal)."""
    low, dots, high = text.partition("..")
    if dots:
        value = generator.randint(int(low), int(high))
        return Number(Fraction(value)) if value >= 0 else Call("neg", (Number(Fraction(-value)),)), None
    low, colon, high = text.partition(":")
    if not colon:
        return Number(Fraction(low)) if low[0] != "-" else Call("neg", (Number(Fraction(low[1:])),)), None
    values = [Fraction(generator.uniform(float(low), float(high))).limit_denominator(2**12) for _ in range(COUNT)]
    return Variable(name), [Fraction(float(value)) for value in values]


@cache
def sample(row: Function, order: int) -> Problem:
    """The row as a formula of its real arguments, with every partial derivative of this order."""
    generator = random.Random(row.name)
    parts = row.domain.split(", ")
    assert len(parts) == row.arity, f"the domain of {row.name} has {len(parts)} parts for {row.arity} arguments"
    arguments = [argument(part, f"v{i}", generator) for i, part in enumerate(parts)]
    axes = {node.name: values for node, values in arguments if isinstance(node, Variable) and values}
    names = tuple(axes)
    points = tuple(zip(*axes.values(), strict=True))
    formula = Formula(row.name, (Call(row.name, tuple(node for node, _ in arguments)),), names)
    partials = tuple(combinations_with_replacement(names, order))
    floats = np.array(points, dtype=float).T
    return Problem(Request(formula, flatten(formula, names), None, partials), FloatPoints(names, floats))


@cache
def truth(row: Function, order: int) -> np.ndarray:
    """Arb's derivatives (partials, points), as float64; of order 0: f itself."""
    asked = sample(row, order)
    columns = []
    for point in asked.points.points:
        column = (
            list(enclose_partials(asked, point).values())
            if order
            else balls.refine(lambda point=point: run(asked.program, balls.BALLS, list(map(balls.coordinate, point))))
        )
        assert all(map(balls.is_tight, column)), f"{row.name} at {point}: {column}"
        columns.append([balls.nearest_float(ball) for ball in column])
    return np.array(columns).T


def mpmath_value(expression: sympy.Expr, values: dict[sympy.Symbol, sympy.Float]) -> sympy.Float:
    value = sympy.re(expression.xreplace(values).evalf(DIGITS))
    assert value.is_Float or value.is_Rational, f"mpmath cannot evaluate {expression}: {value}"
    return value


def numbers(row: Function) -> list[arb]:
    """A number for each argument: the first end of its domain, or quarters."""
    parts = row.domain.split(", ") if row.domain else [f"{j + 1}/4" for j in range(row.arity)]
    return [balls.coordinate(parse_constant(part.partition("..")[0].partition(":")[0])) for part in parts]


def definitions(row: Function) -> list[str]:
    """The cells that are definitions in the language."""
    cells = row.sympy, row.torch, *(row.arb if isinstance(row.arb, tuple) else (row.arb,))
    return [cell for cell in cells if isinstance(cell, str) and not cell.replace(".", "").isidentifier()]


def arguments(row: Function) -> list[list[bool | arb]]:
    """Arguments that the row takes, with every choice of its conditions."""
    return [[*truths, *numbers(row)[row.conditions :]] for truths in product((True, False), repeat=row.conditions)]


def ids(row: Function) -> str:
    return row.name


@pytest.mark.parametrize("row", ROWS, ids=ids)
def test_arb_agrees_with_mpmath(row: Function) -> None:
    """f, f' and f'' in every real argument are what mpmath's values and their differences say."""
    asked = sample(row, 2)
    [expression] = symbols.expressions(asked.program)
    for k, point in enumerate(asked.points.points[:2]):
        exact = map(symbols.SYMBOLS.number, point)
        here = {symbols.symbol(n): x.n(DIGITS) for n, x in zip(asked.program.variables, exact, strict=True)}
        f = mpmath_value(expression, here)
        assert float(f) == approx(truth(row, 0)[0, k])
        for name in asked.program.variables:
            s = symbols.symbol(name)
            above, below = (mpmath_value(expression, here | {s: here[s] + h}) for h in (STEP, -STEP))
            first = sample(row, 1).partials.index((name,))
            second = asked.partials.index((name, name))
            assert float((above - below) / (2 * STEP)) == approx(truth(row, 1)[first, k])
            assert float((above - 2 * f + below) / STEP**2) == approx(truth(row, 2)[second, k])


@pytest.mark.parametrize("row", ROWS, ids=ids)
def test_just_the_flat_rows_have_the_derivative_0(row: Function) -> None:
    """The flag is what a silent zero is told by."""
    assert row.flat == bool(sample(row, 1).partials and (truth(row, 1) == 0).all())


@pytest.mark.parametrize("row", [row for row in ROWS if row.polynomial], ids=ids)
def test_polynomials_have_no_higher_derivatives_than_their_products(row: Function) -> None:
    """Beyond x y there is nothing: what is undefined in such a series is undefined before."""
    assert (truth(row, 3) == 0).all()


@pytest.mark.parametrize("row", FUNCTIONS.values(), ids=ids)
def test_just_conditions_are_true_or_false(row: Function) -> None:
    """And so many arguments of a row are conditions as its flag says: others are numbers."""
    assert all(isinstance(BALLS.cell(row.name)(*args), bool) == row.condition for args in arguments(row))
    condition, number = Call("true", ()), Variable("x")
    wanted = [condition if j < row.conditions else number for j in range(row.arity)]
    assert call(row.name, tuple(wanted), NOWHERE).args == tuple(wanted)
    for j, arg in enumerate(wanted):
        wrong = (*wanted[:j], number if arg is condition else condition, *wanted[j + 1 :])
        with pytest.raises(ParseError, match="a condition is"):
            call(row.name, wrong, NOWHERE)


@pytest.mark.parametrize("row", [row for row in FUNCTIONS.values() if not definitions(row)], ids=ids)
def test_just_the_rows_that_ignore_an_argument_have_values_without_it(row: Function) -> None:
    """Their series is then no series. A definition ignores what the rows in it do."""
    unmoved = []
    with precision(128, 2):
        for args in arguments(row):
            for j in range(row.conditions, row.arity):
                value = SERIES.cell(row.name)(*args[:j], arb_series([args[j], 1]), *args[j + 1 :])
                unmoved.append(isinstance(value, arb))
    assert row.ignores == any(unmoved)


@pytest.mark.parametrize("row", [row for row in FUNCTIONS.values() if definitions(row)], ids=ids)
def test_a_row_is_smooth_if_what_defines_it_is(row: Function) -> None:
    """But for those whose kinks cancel, and for 0/x, which stands for a peak."""
    inner = {name for text in definitions(row) for name in parse_definition(row.name, text).functions}
    smooth = all(FUNCTIONS[name].smooth for name in inner) and row.name != "DiracDelta"
    assert row.smooth == (smooth or row.name in SMOOTH_ALL_THE_SAME)


def approx(value: float) -> object:
    """Two roundings to float64; a difference of 90 digits with a step of 1e-25 is zero to within 1e-30."""
    return pytest.approx(value, rel=2.0**-51, abs=1e-30)


@pytest.mark.parametrize("row", [row for row in ROWS if row.torch], ids=ids)
def test_torch_agrees_with_arb(row: Function) -> None:
    """f, f' and f'' of PyTorch's own kernel are right to 1e-9 of the larger of f and the derivative.

    Kernels are good to 1e-15, but f'' multiplies and cancels what they return; a wrong rule is off by far more.
    PyTorch may refuse a second derivative in so many words, never a first.
    """
    f = truth(row, 0)
    assert_near(outputs(sample(row, 1).program, sample(row, 1).floats), f, TORCH_RTOL * np.abs(f))
    for order in (1, 2):
        allowed = PRECISION.get(row.name, TORCH_RTOL) * np.maximum(np.abs(truth(row, order)), np.abs(f))
        try:
            values = autograd.estimate(sample(row, order)).values
        except (RuntimeError, UnsupportedError) as error:
            if order == 1 or "is not implemented" not in str(error):
                raise
        else:
            assert values is not None
            assert_near(values[0], truth(row, order), allowed)


@pytest.mark.parametrize("row", ROWS, ids=ids)
@pytest.mark.parametrize("order", [1, 2])
def test_sympy_agrees_with_arb(row: Function, order: int) -> None:
    """SymPy's derivative, lowered to a program, is correctly rounded; it refuses only what SymPy leaves undone."""
    asked = sample(row, order)
    [expression] = symbols.expressions(asked.program)
    for p, wrt in enumerate(asked.partials):
        try:
            values = symbolic.estimate(asked.asking(partials=(wrt,))).values
        except UnsupportedError:
            assert symbolic.differentiate(expression, wrt).has(*UNDONE), f"SymPy did differentiate {row.name}"
        else:
            assert values is not None
            assert_near(values[0, 0], truth(row, order)[p], SYMPY_RTOL * np.abs(truth(row, order)[p]))


@pytest.mark.parametrize("row", [row for row in ROWS if not by_differences(row.name)], ids=ids)
def test_power_series_agree_with_differences_of_balls(row: Function) -> None:
    """Arb's power series, or the definition we wrote, is the same function as the cell for balls."""
    program = sample(row, 1).program
    for point in sample(row, 1).points.points[:2]:
        for i in range(len(point)):
            with balls.precision(256, 3):
                line = [flint.arb_series([balls.coordinate(x), int(i == j)]) for j, x in enumerate(point)]
                [result] = run(program, balls.SERIES, line)
                series = flint.arb_series([result]) if isinstance(result, flint.arb) else result
                lifted = lift(lambda *xs: run(program, balls.BALLS, xs)[0], line)
                assert all((series[n] - lifted[n]).abs_upper() < 1e-20 * (1 + abs(series[n])) for n in range(3))


def assert_near(values: np.ndarray, true: np.ndarray, allowed: np.ndarray) -> None:
    assert np.all(np.abs(values - true) <= allowed), f"{values} should be {true}"
