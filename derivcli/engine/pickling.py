"""A record ↔ the bytes that carry it from one process to another.

Two things do not travel as they are: balls, which cannot be pickled and which nobody needs once a report is judged; and
trees, which may be deeper than pickle can recurse, and go as rows: a call names the rows of its arguments.
"""

import pickle
from collections.abc import Iterable, Sequence
from dataclasses import replace

from derivcli.formula.tree import Call, Number, Span, Tree, Variable, postorder
from derivcli.records import Failure, Report

Row = Number | Variable | tuple[str, tuple[int, ...], Span]


def pack(record: Report | Failure) -> bytes:
    """A record without its balls, as bytes."""
    if isinstance(record, Failure):
        return pickle.dumps((record, [], [], []))
    reference, problem = record.reference, record.problem
    behaviours = {entry: replace(behaviour, derivative=None) for entry, behaviour in reference.behaviours.items()}
    formula = problem.formula
    rows, places = _rows((*formula.outputs, *formula.read))
    bare = replace(
        record,
        reference=replace(reference, balls={}, behaviours=behaviours),
        problem=problem.asking(formula=replace(formula, outputs=(), read=())),
    )
    return pickle.dumps((bare, rows, places[: len(formula.outputs)], places[len(formula.outputs) :]))


def unpack(parcel: bytes) -> Report | Failure:
    """The record in bytes of our own worker: pickle runs what it reads, so read no others."""
    record, rows, outputs, read = pickle.loads(parcel)
    if isinstance(record, Failure):
        return record
    trees = _trees(rows)
    formula = replace(
        record.problem.formula, outputs=tuple(trees[i] for i in outputs), read=tuple(trees[i] for i in read)
    )
    return replace(record, problem=record.problem.asking(formula=formula))


def _rows(trees: Iterable[Tree]) -> tuple[list[Row], list[int]]:
    """Every node once, arguments first; and the row of each tree."""
    rows: list[Row] = []
    row_of: dict[int, int] = {}  # by identity: a tree as a key would be hashed by recursion
    places = []
    for tree in trees:
        for node in postorder(tree):
            if id(node) not in row_of:
                row_of[id(node)] = len(rows)
                shallow = not isinstance(node, Call)
                rows.append(node if shallow else (node.function, tuple(row_of[id(a)] for a in node.args), node.span))
        places.append(row_of[id(tree)])
    return rows, places


def _trees(rows: Sequence[Row]) -> list[Tree]:
    trees: list[Tree] = []
    for row in rows:
        match row:
            case (function, args, span):
                trees.append(Call(function, tuple(trees[i] for i in args), span))
            case node:
                trees.append(node)
    return trees
