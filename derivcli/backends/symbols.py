"""Programs on SymPy: expressions of real symbols, and what is cheap to know about their derivatives."""

from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any

import sympy

from derivcli.backends.cells import compile_cell
from derivcli.formula.functions.table import FUNCTIONS
from derivcli.formula.parser import Formula
from derivcli.formula.program import MAX_BITS, Program, flatten
from derivcli.formula.tree import Tree

CHAINS = {"add": "add", "sub": "add", "mul": "mul"}  # row: what its instructions in a row make
WRITTEN_OUT = {"gamma", "loggamma", "digamma", "polygamma", "factorial", "binomial", "harmonic", "zeta", "lowergamma",
               "uppergamma", "expint", "polylog"}  # fmt: skip
MAX_WRITTEN_OUT = 20  # numbers up to which SymPy may write these out: as sums, polynomials and fractions
MAX_SHARED_VARIABLES = 6  # of a term, so that others of its form may share its derivative

Expression = Any  # sympy.Expr or a Boolean: SymPy's own types say little


def power(base: Expression, exponent: Expression) -> Expression:
    """base**exponent, left as it is where the exact number would be enormous."""
    if (
        base.is_Rational
        and exponent.is_Integer
        and abs(exponent) * (base.p.bit_length() + base.q.bit_length()) > MAX_BITS
    ):
        return sympy.Pow(base, exponent, evaluate=False)
    return sympy.Pow(base, exponent)


def _not_written_out(function: Any) -> Callable[..., Expression]:
    """A function that SymPy leaves as it is at large numbers, of which it makes long sums: digamma(1000000)."""

    def cell(*args: Expression) -> Expression:
        large = any(arg.is_Number and abs(arg) > MAX_WRITTEN_OUT for arg in args)
        return function(*args, evaluate=False) if large and function.__name__ in WRITTEN_OUT else function(*args)

    return cell


class detach(sympy.Function):  # noqa: N801 — SymPy prints the class's name
    """SymPy's `detach`: what it holds is constant."""

    def fdiff(self, argindex: int = 1) -> Expression:
        return sympy.S.Zero


class Symbols:
    """The backend on which a program becomes a SymPy expression."""

    def __init__(self) -> None:
        self._cells: dict[str, Callable[..., Any]] = {"pow": power}

    def number(self, value: Fraction) -> Expression:
        return sympy.Rational(value.numerator, value.denominator)

    def cell(self, name: str) -> Callable[..., Any]:
        if name not in self._cells:
            row = FUNCTIONS[name]
            self._cells[name] = compile_cell(name, row.sympy, self, sympy, self._attribute)
        return self._cells[name]

    @staticmethod
    def _attribute(name: str) -> Any:
        value = detach if name == "detach" else getattr(sympy, name)
        if isinstance(value, type) and issubclass(value, sympy.Function):
            return _not_written_out(value)
        return value if callable(value) and not isinstance(value, sympy.Basic) else lambda: value


SYMBOLS = Symbols()


@cache
def symbol(name: str) -> sympy.Symbol:
    """A real symbol: SymPy needs that, or Abs differentiates to Derivative(re(x), x)."""
    return sympy.Symbol(name, real=True)


def expressions(program: Program) -> list[Expression]:
    """The outputs of a program as SymPy expressions.

    The terms of a sum, and the factors of a product, are collected first: SymPy would sort them anew for each.
    """
    slots: list[Any] = [symbol(name) for name in program.variables]
    collected: dict[int, list[Expression]] = {}  # what is not a sum, or a product, yet
    for step, continued in zip(program.instructions, _go_on(program), strict=True):
        if step.value is not None:
            slots.append(SYMBOLS.number(step.value))
            continue
        args = [slots[arg] for arg in step.args]
        if step.function not in CHAINS:
            slots.append(SYMBOLS.cell(step.function)(*args))
            continue
        parts = collected.pop(step.args[0], None) or [args[0]]
        parts.append(-args[1] if step.function == "sub" else args[1])
        if continued:
            collected[len(slots)] = parts
            slots.append(None)
        else:
            slots.append(sympy.Add(*parts) if CHAINS[step.function] == "add" else _multiply(parts))
    return [slots[output] for output in program.outputs]


def _go_on(program: Program) -> list[bool]:
    """Whether each instruction only begins a longer sum or product: its one user is of its kind, and appends to it."""
    first = len(program.variables)
    uses = Counter(arg for step in program.instructions for arg in step.args) + Counter(program.outputs)
    appended = {
        step.args[0]: CHAINS[step.function]
        for step in program.instructions
        if step.function in CHAINS and step.args[0] != step.args[1]
    }
    kinds = (CHAINS.get(step.function, "") for step in program.instructions)
    return [bool(kind) and uses[slot] == 1 and appended.get(slot) == kind for slot, kind in enumerate(kinds, first)]


def _multiply(factors: Sequence[Expression]) -> Expression:
    """The product as SymPy makes it one by one: a number times a sum is multiplied out, and then the others at once."""
    product = factors[0]
    for i, factor in enumerate(factors[1:], 2):
        product = product * factor
        if product.as_coeff_Mul()[1].is_Mul:
            return sympy.Mul(product, *factors[i:])
    return product


def derivative(expression: Expression, by: sympy.Symbol) -> Expression:
    """SymPy's derivative; of a long sum or product only what contains the symbol is touched."""
    if expression.is_Add:
        return sympy.Add(*[_term_derivative(term, by) for term in expression.args if by in term.free_symbols])
    if expression.is_Mul:
        moving = [factor for factor in expression.args if by in factor.free_symbols]
        if len(moving) == 1:
            return sympy.Mul(*[factor for factor in expression.args if factor is not moving[0]]) * moving[0].diff(by)
    return expression.diff(by)


def _term_derivative(term: Expression, by: sympy.Symbol) -> Expression:
    """The derivative of a term; terms that differ only in the names of their variables are differentiated once."""
    names = sorted(term.free_symbols, key=lambda each: (len(each.name), each.name))
    if len(names) > MAX_SHARED_VARIABLES:
        return derivative(term, by)
    places = [symbol(f"_{i}") for i in range(len(names))]
    form = term.xreplace(dict(zip(names, places, strict=True)))
    return _form_derivative(form, places[names.index(by)]).xreplace(dict(zip(places, names, strict=True)))


@lru_cache(1024)
def _form_derivative(form: Expression, by: sympy.Symbol) -> Expression:
    return derivative(form, by)


def parts(expression: Expression) -> dict[Any, Expression]:
    """For each symbol the sum of the terms that contain it."""
    found: dict[Any, list[Expression]] = {}
    for term in sympy.Add.make_args(expression):
        for each in term.free_symbols:
            found.setdefault(each, []).append(term)
    return {each: sympy.Add(*terms) for each, terms in found.items()}


def size(expression: Expression) -> int:
    """How many nodes an expression has."""
    return sum(1 for _ in sympy.preorder_traversal(expression))


def latex(tree: Tree, variables: tuple[str, ...]) -> str:
    """A tree as LaTeX, the way SymPy writes it."""
    return sympy.latex(expressions(flatten(Formula("", (tree,)), variables))[0])


def latex_name(name: str) -> str:
    """A variable's name: `theta` as \\theta, `x1` as x_{1}."""
    return sympy.latex(symbol(name))
