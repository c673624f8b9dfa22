"""LaTeX: the formula and its derivatives in an align block (amsmath), the values in a tabular."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from derivcli.backends import symbols
from derivcli.errors import DerivError
from derivcli.formats import _words
from derivcli.formats._page import Page
from derivcli.formula.parser import parse
from derivcli.records import Report

ESCAPES = str.maketrans({c: f"\\{c}" for c in "&%$#_{}"} | {"^": r"\^{}", "~": r"\~{}", "\\": r"\textbackslash{}"})


def render(reports: Iterable[Report], *, coloured: bool = False) -> Iterator[str]:
    """One block of lines a report."""
    for i, report in enumerate(reports):
        yield from [""] * (i > 0)
        yield r"\begin{align*}"
        yield " \\\\\n".join(_equations(report))
        yield r"\end{align*}"
        yield from show(replace(_words.page(report), headings=()))


def show(page: Page, *, coloured: bool = False) -> Iterator[str]:
    """Its tables as tabulars, and its lines as comments."""
    yield from (f"% {line}" for line in page.headings)
    for table in page.tables:
        if table.caption:
            yield f"% {table.caption}"
        yield rf"\begin{{tabular}}{{l{'r' * (len(table.titles) - 1)}}}"
        yield r"\hline"
        yield _row(tuple(map(_title, table.titles)))
        yield r"\hline"
        yield from (_row(tuple(cell.translate(ESCAPES) for cell in row)) for row in table.rows)
        yield r"\hline"
        yield r"\end{tabular}"
    yield from (f"% {line}" for line in (*page.closing, *filter(None, page.after)))


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
