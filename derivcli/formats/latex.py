"""LaTeX: the formula and its derivatives in an align block (amsmath), the values in a tabular."""

from collections.abc import Iterable, Iterator

from derivcli.backends import symbols
from derivcli.errors import DerivError
from derivcli.formats import _words
from derivcli.formula.parser import parse
from derivcli.records import Failure, Report

ESCAPES = str.maketrans({c: f"\\{c}" for c in "&%$#_{}"} | {"^": r"\^{}", "~": r"\~{}", "\\": r"\textbackslash{}"})


def render(reports: Iterable[Report | Failure]) -> Iterator[str]:
    """One block of lines a report."""
    for i, report in enumerate(_words.succeeded(reports)):
        if i:
            yield ""
        lines = list(_equations(report))
        yield r"\begin{align*}"
        yield " \\\\\n".join(lines)
        yield r"\end{align*}"
        for grid in _words.grids(report):
            yield rf"\begin{{tabular}}{{l{'r' * (len(grid.titles) - 1)}}}"
            yield r"\hline"
            yield _row(tuple(map(_title, grid.titles)))
            yield r"\hline"
            yield from (_row(tuple(cell.translate(ESCAPES) for cell in row)) for row in grid.rows)
            yield r"\hline"
            yield r"\end{tabular}"
        yield from (f"% {line}" for line in _words.closing(report))


def _equations(report: Report) -> Iterator[str]:
    names = ", ".join(map(symbols.latex_name, report.problem.program.variables))
    for o, tree in enumerate(report.problem.formula.outputs):
        yield rf"  {_function(report, o)}({names}) &= {symbols.latex(tree, report.problem.program.variables)}"
    for estimate in report.estimates:
        for o, row in enumerate(estimate.formulas):
            for p, formula in enumerate(row):
                yield f"  {_derivative(report, o, p)} &= {_formula(formula, report.problem.program.variables)}"


def _formula(text: str, variables: tuple[str, ...]) -> str:
    try:
        return symbols.latex(parse(text, variables).outputs[0], variables)
    except DerivError:
        return rf"\texttt{{{text.translate(ESCAPES)}}}"


def _function(report: Report, output: int) -> str:
    return f"f_{{{output + 1}}}" if report.problem.shape[0] > 1 else "f"


def _derivative(report: Report, output: int, partial: int) -> str:
    wrt = report.problem.partials[partial]
    sign = "d" if len(report.problem.program.variables) == 1 else r"\partial "
    below = " ".join(
        f"{sign}{symbols.latex_name(n)}" + (f"^{{{wrt.count(n)}}}" if wrt.count(n) > 1 else "")
        for n in dict.fromkeys(wrt)
    )
    power = f"^{{{len(wrt)}}}" if len(wrt) > 1 else ""
    return rf"\frac{{{sign.strip()}{power} {_function(report, output)}}}{{{below}}}"


def _title(title: str) -> str:
    return title.translate(ESCAPES) if title.isascii() else f"${title.translate(ESCAPES)}$"


def _row(cells: tuple[str, ...]) -> str:
    return "  " + " & ".join(cells) + r" \\"
