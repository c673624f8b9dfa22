"""What is asked: texts and JSON lines → `Request`. Nothing here computes, so a wrong request is refused at once.

A line of a batch is a formula, or a JSON object {"expr", "at", "wrt", "order", "expect", "let", "id"}.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from derivcli.errors import DerivError, LimitError, PointError, RequestError
from derivcli.formula.definitions import bounds, expand_formula, parse_definitions
from derivcli.formula.parser import Formula, parse_all
from derivcli.formula.program import MultiIndex, Program, flatten
from derivcli.formula.tree import FAMILY, Call, Tree, Variable, postorder
from derivcli.requests.grids import Grid, PointSet
from derivcli.requests.options import Options
from derivcli.requests.points import Points, from_values, parse_points
from derivcli.requests.shapes import Combination, along, combinations, partials, weighted
from derivcli.text import strict_json

MAX_ORDER = 10_000  # order
MAX_SWEPT = 1_000_000  # points of a line of a batch
FIELDS = ("expr", "at", "wrt", "order", "expect", "let", "id")


@dataclass(frozen=True, slots=True)
class Request:
    """A formula, where (nowhere: at points to be drawn), its partials and sums of them, and how they are answered."""

    formula: Formula
    program: Program
    points: PointSet | None
    partials: tuple[MultiIndex, ...]
    totals: tuple[Combination, ...] = ()
    options: Options = field(default_factory=Options)
    unused: tuple[str, ...] = ()  # names that were given a value or a meaning, and do not occur in the formula
    identifier: Any = None  # the "id" of the JSON line that asks


def from_texts(texts: Sequence[str], options: Options, place: PointSet | None = None) -> Request:
    """The request of a command line, at a place of its own or where the options say. Raises DerivError."""
    return _request(texts, place if place is not None else _place(options), options)


def _place(options: Options) -> Points | Grid | None:
    """Where the options say; nowhere, if they do not."""
    if not options.at:
        return None
    return parse_points(options.at, paired=options.paired, samples=options.samples, seed=options.seed)


def from_line(line: str, options: Options) -> Request:
    """The request of one line of a batch: a formula, or a JSON object. Raises DerivError."""
    if not line.startswith("{"):
        return _request([line], _place(options), options, own=False)
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RequestError(f"this line is not JSON: {error}") from None
    _refuse_identifier(record.get("id"))
    try:
        return replace(_from_record(record, options), identifier=record.get("id"))
    except DerivError as error:
        error.identifier = record.get("id")
        raise


def _from_record(record: dict[str, Any], options: Options) -> Request:
    for key in record:
        if key not in FIELDS:
            raise RequestError(f"unknown field '{key}'", hint=f"known: {', '.join(FIELDS)}")
    texts, at = record.get("expr"), record.get("at")
    texts = [texts] if isinstance(texts, str) else texts
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise RequestError("'expr' must be a text or a list of texts")
    given = {key: record[key] for key in ("order", "expect", "wrt", "let") if record.get(key) is not None}
    changes = {OPTION_OF[key]: _field(key, value) for key, value in given.items()}
    if isinstance(at, dict):
        points = from_values(at)
    elif at is None or isinstance(at, str):
        points = _place(options if at is None else replace(options, at=(at,)))
    else:
        raise RequestError("'at' must be an object or a text")
    if points is not None and not isinstance(points, Points) and len(points) > MAX_SWEPT:
        message = f"{len(points):,} points are too many for a line of a batch"
        raise PointError(message, hint=f"at most {MAX_SWEPT:,}; deriv EXPR --at … takes more")
    return _request(texts, points, replace(options, **changes), own=at is not None)


def _refuse_identifier(identifier: Any) -> None:
    """Raise RequestError for what cannot be written again, such as NaN."""
    try:
        strict_json(identifier)
    except (ValueError, RecursionError):
        raise RequestError("'id' cannot be written as JSON", hint="a text or a number") from None


OPTION_OF = {"order": "order", "expect": "expect", "wrt": "wrt", "let": "lets"}


def _field(key: str, value: Any) -> Any:
    """The value of an option from a field of a JSON line. Raises RequestError for one of the wrong type."""
    if key == "wrt":
        return parse_wrt(value)
    if key == "order" and isinstance(value, int) and not isinstance(value, bool):
        return value
    if key == "expect" and (isinstance(value, str) or _numbers(value)):
        return value if isinstance(value, str) else str(value)
    texts = [value] if isinstance(value, str) else value
    if key == "let" and isinstance(texts, list) and all(isinstance(text, str) for text in texts):
        return tuple(texts)
    wanted = {
        "order": "a whole number",
        "expect": "a text, a number or a list of numbers",
        "let": "a text or a list of texts",
    }
    raise RequestError(f"'{key}' must be {wanted[key]}")


def _numbers(value: Any) -> bool:
    """Whether a value is a number or a list of numbers."""
    items = value if isinstance(value, list) else [value]
    return all(isinstance(item, int | float) and not isinstance(item, bool) for item in items)


def parse_wrt(value: Any) -> tuple[MultiIndex, ...]:
    """`"u"`, `"u,u,v"`, `["u", "u", "v"]` (one mixed partial), or a list of such lists. Raises RequestError."""
    names = [name.strip() for name in value.split(",")] if isinstance(value, str) else value
    if isinstance(names, list) and names and all(isinstance(name, str) for name in names):
        for name in names:
            if not re.fullmatch(r"[^\W\d]\w*", name):
                hint = "a variable, or several: x   or   u,u,v"
                raise RequestError(f"'wrt' takes names, and {name!a} is none", hint=hint)
        return (tuple(names),)
    if isinstance(value, list) and value and all(isinstance(item, list) for item in value):
        return tuple(wrt for item in value for wrt in parse_wrt(item))
    raise RequestError("'wrt' must be a name, a list of names, or a list of such lists", hint="x   or   u,u,v")


def _named(points: PointSet, formula: Formula) -> PointSet:
    """A point that was given as a bare number, in the one variable. Raises RequestError for none or several."""
    if len(formula.variables) != 1 or len(points.names) != 1 or not isinstance(points, Points | Grid):
        names = ", ".join(f"{name}=…" for name in formula.variables)
        raise RequestError("a point is written name=value", hint=f"--at {names or 'x=3'}")
    return points.renamed(formula.variables[0])


def _names(tree: Tree) -> Iterator[str]:
    """The variables and functions of a tree, each member of x[i] as its family."""
    for node in postorder(tree):
        if isinstance(node, Variable):
            yield node.name
        elif isinstance(node, Call):
            yield node.function


def _request(texts: Sequence[str], points: PointSet | None, options: Options, *, own: bool = True) -> Request:
    definitions = parse_definitions(options.lets, options.claims)
    asked = [name for partial in options.wrt for name in partial]
    declared = (*(points.names if points else ()), *asked, *definitions.by_name)
    formula = parse_all(texts, [name for name in declared if name], definitions.functions)
    if points and "" in points.names:
        points = _named(points, formula)
    used = {*formula.parameters, *(name for tree in formula.outputs for name in _names(tree))}
    bound, mentioned = bounds(formula), set(formula.variables)
    formula = expand_formula(formula, definitions, _integers(bound, points))
    wanted = asked if formula.variables else []  # of a constant it is 0, by what is asked
    given = (*(points.names if isinstance(points, Points | Grid) else ()), *wanted, *definitions.by_name)
    indexed = any(name.endswith(FAMILY) for name in used)  # x3 may be one of x[i]
    unused = tuple(dict.fromkeys(name for name in given if name not in used)) if own and not indexed else ()
    if points and not formula.parameters:  # the order of the variables is that of the point
        mentioned |= set(formula.variables)
        formula = replace(formula, parameters=tuple(name for name in points.names if name in mentioned))
    _refuse_orders(options.order)
    if options.cotangent:
        formula = weighted(formula, options.cotangent)
    if formula.by and options.wrt not in ((), ((formula.by,),)):
        hint = "leave out one of them"
        raise RequestError(f"the formula is differentiated by {formula.by}, and --wrt says otherwise", hint=hint)
    wrt, names = options.wrt or (((formula.by,),) if formula.by else ()), formula.variables
    if options.direction or options.hvp:
        formula, points, t = along(formula, points, options.direction or options.hvp)
        wrt = ((t,) * options.order,) if options.direction else tuple((name, t) for name in names)
    named = list(dict.fromkeys(name for partial in wrt for name in partial))
    _refuse(named, bound, formula, points)
    variables = tuple(dict.fromkeys((*formula.variables, *named)))
    program = flatten(formula, variables)
    if not variables:
        raise RequestError("the formula has no variable to differentiate by", text=formula.text, hint="add --wrt x")
    free = tuple(name for name in variables if name not in bound)
    if not free:
        message = f"there is no derivative by {', '.join(variables)}: what bounds a sum is an integer"
        raise RequestError(message, text=formula.text, hint="add --wrt x for the derivative by another variable")
    outputs = len(formula.outputs)
    if wrt:
        indices = tuple(partial * options.order if len(partial) == 1 else partial for partial in wrt)
    else:
        indices = partials(options.shape, free, outputs, options.order)
    sums = tuple(combinations(options.shape, free, outputs))
    return Request(formula, program, points and points.ordered(variables), indices, sums, options, unused)


def _refuse_orders(order: int) -> None:
    if order < 1:
        raise RequestError(f"an order of {order} means nothing", hint="--order 1, 2, …")
    if order > MAX_ORDER:
        raise LimitError(f"order {order:,} is too high", hint=f"at most {MAX_ORDER:,}")


def _refuse(named: Sequence[str], bound: frozenset[str], formula: Formula, points: PointSet | None) -> None:
    """Raise RequestError for a name that no derivative can be taken by."""
    known = {*formula.variables, *(points.names if points is not None else ())}
    for name in named:
        if name in bound:
            raise RequestError(f"'{name}' bounds a sum: it is an integer, and there is no derivative by it")
        if points is not None and name not in known:
            hint = f"the variables are {', '.join(formula.variables)}" if formula.variables else "there are none"
            raise RequestError(f"there is no variable '{name}'", hint=hint)


def _integers(names: frozenset[str], points: PointSet | None) -> dict[str, Fraction]:
    """The values of the names that bound sums, which all points must share."""
    values: dict[str, Fraction] = {}
    for name in names & set(points.names if points else ()):
        value = points.fixed(name) if points else None
        if not isinstance(value, Fraction):
            raise RequestError(f"'{name}' bounds a sum and must be one integer", hint=f"--at {name}=10")
        values[name] = value
    return values
