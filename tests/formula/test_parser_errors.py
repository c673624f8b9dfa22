"""Texts that are no formula: what the refusal says, the place it points at, and the way out."""

import pytest

from derivcli.errors import ParseError
from derivcli.formula.parser import parse

# text: (part of the message, the piece of the text that is underlined, part of the hint)
REFUSED = {
    # nothing, or not enough
    "": ("there is no formula", "", "6*x**2"),
    "   ": ("there is no formula", "   ", "6*x**2"),
    "y =": ("there is no formula", "y =", "6*x**2"),
    "x +": ("ends too early", "+", "missing"),
    "2**": ("ends too early", "*", "missing"),
    ";": ("there is no formula", ";", "6*x**2"),
    "x;;y": ("unexpected ';'", ";", ""),
    "√": ("ends too early", "√", ""),
    "1 if x > 0": ("ends too early", "0", ""),
    "*x": ("unexpected '*'", "*", ""),
    "x***2": ("unexpected '*'", "*", ""),
    "x^^2": ("unexpected '^'", "^", ""),
    "!x": ("unexpected '!'", "!", ""),
    "²": ("unexpected '²'", "²", ""),
    # brackets
    "sin(x": ("'(' is never closed", "(", ""),
    "sin(x))": ("')' closes nothing", ")", "brackets"),
    "(x]": ("']' closes nothing", "]", "brackets"),
    "[x": ("'[' is never closed", "[", ""),
    "[]": ("unexpected ']'", "]", ""),
    "|x": ("'|' is never closed", "|", ""),
    "(|x)|": ("')' closes nothing", ")", "brackets"),
    "{x}": ("unexpected character '{'", "{", "round brackets"),
    # products that have several readings
    "4uv": ("could be read in several ways", "4uv", "4*u*v"),
    "x 2": ("unexpected '2'", "2", "write *"),
    "(x)2": ("unexpected '2'", "2", "write *"),
    "2 3": ("unexpected '3'", "3", "write *"),
    "1..2": ("unexpected '.2'", ".2", ""),
    # names
    "3*sni(x) + 1": ("unknown function 'sni'", "sni", "did you mean 'sin'?"),
    "zzz9k(x)": ("unknown function 'zzz9k'", "zzz9k", "deriv functions"),
    "foo.sin(x)": ("unknown module 'foo'", "foo.sin", "without"),
    "np.foo(x)": ("unknown name 'np.foo'", "np.foo", ""),
    "erf x": ("'erf' is a function and needs brackets", "erf", "erf(…)"),
    "sin": ("'sin' is a function and needs brackets", "sin", "sin(…)"),
    "sin^-1(x)": ("two meanings", "sin", "arcsin(…)"),
    "sin⁻¹(x)": ("two meanings", "sin", "1/sin(…)"),
    "nan*x": ("'nan' is not a number", "nan", "of numbers"),
    # arguments
    "log()": ("'log' takes 1 or 2 arguments, not 0", "log()", "log(x)"),
    "sin(x, y)": ("'sin' takes 1 argument, not 2", "sin(x, y)", "sin(x)"),
    "atan2(x)": ("'atan2' takes 2 arguments, not 1", "atan2(x)", "atan2(y, x)"),
    "max(x)": ("takes two arguments or more", "max(x)", "max(a, b)"),
    "clamp(x)": ("one or two bounds", "clamp(x)", "min=0"),
    "leaky_relu(x, slope=1)": ("no argument 'slope'", "slope", "negative_slope"),
    "sin([x])": ("takes no lists", "sin([x])", ""),
    "x, y": ("unexpected ','", ",", "[a, b]"),
    "1,5x": ("unexpected ','", ",", "a decimal has a point"),
    "hyper([1, 2, 3, 4], [x], x)": ("not known for lists of these lengths", "hyper([1, 2, 3, 4], [x], x)", "known"),
    "hyper(1, 2, x)": ("two lists and a value", "hyper(1, 2, x)", "hyper([a, b]"),
    "Piecewise(1, 2)": ("takes pairs", "Piecewise(1, 2)", "Piecewise((a, x > 0)"),
    "Piecewise((1, x > 0))": ("must be True", "x > 0", "(0, True)"),
    # indices
    "x[]": ("unexpected ']'", "]", ""),
    "x[1": ("'[' is never closed", "[", ""),
    "x[1, 2]": ("unexpected ','", ",", ""),
    "x[1:3]": ("unexpected ':'", ":", "--at"),
    "x[i > 1]": ("a condition is not a number", "i > 1", "where"),
    "(x)[1]": ("unexpected '['", "[", ""),
    "2[x]": ("unexpected '['", "[", ""),
    "x[1][2]": ("unexpected '['", "[", ""),
    # conditions are not numbers
    "Piecewise((x > 0, x < 1), (x, True))": ("a condition is not a number", "x > 0", "where"),
    "Piecewise((0, x - 1), (x, True))": ("a condition is needed here", "x - 1", "x > 0"),
    "clamp(x > 0, min=0)": ("a condition is not a number", "x > 0", "where"),
    "sum(x > 0, i, 1, 3)": ("a condition is not a number", "x > 0", "where"),
    "x*where(And(x, 1), 1, 2)": ("a condition is needed here", "x", "x > 0"),
    "hyper([x > 0, 1], [1], x)": ("a condition is not a number", "x > 0", "where"),
    "x > 0": ("a condition has no derivative", "x > 0", "where"),
    "x == 1": ("a condition has no derivative", "x == 1", "where"),
    "2 + (x > 0)": ("a condition is not a number", "(x > 0)", "where"),
    "where(x, 1, 2)": ("a condition is needed here", "x", "x > 0"),
    "not x": ("a condition is needed here", "x", "x > 0"),
    "2x = 3": ("unexpected '='", "=", "=="),
    # other languages
    "leaky_relu(x, negative_slope='a')": ("a word is not a number", "'a'", "negative_slope"),
    "x'": ("unexpected character", "'", "--order"),
    "x && y": ("unexpected character '&'", "&", "and"),
    "\\frac{1}{2}": ("unexpected character '\\\\'", "\\", "LaTeX"),
    "x=-1:1:5": ("unexpected ':'", ":", "--at"),
    "x\0": ("unexpected character '\\x00'", "\0", ""),
    "__import__('os').system('x')": ("unknown function", "__import__", "deriv functions"),
    "x@y": ("unexpected character '@'", "@", ""),
    # sizes
    "1e10001*x": ("too large", "1e10001", "10,000"),
    "9" * 10_001: ("too large", "9" * 10_001, "10,000"),
}


@pytest.mark.parametrize(("text", "told"), REFUSED.items(), ids=[text[:30] for text in REFUSED])
def test_a_text_is_refused_with_reason_place_and_hint(text: str, told: tuple[str, str, str]) -> None:
    message, piece, hint = told
    with pytest.raises(ParseError) as caught:
        parse(text)
    error = caught.value
    assert message in error.message
    assert error.text == text
    assert error.span is not None
    assert text[slice(*error.span)] == piece
    assert hint in error.hint


@pytest.mark.parametrize("bracket", ["(", "[", "|", "sin(", "√(", "x(", "-("])
def test_a_hundred_thousand_brackets_are_refused(bracket: str) -> None:
    with pytest.raises(ParseError, match=r"brackets inside one another|never closed|unexpected"):
        parse(bracket * 100_000 + "x")


def test_four_letters_after_a_number_are_a_product_if_they_were_given_a_value() -> None:
    assert parse("4uv", ["uv"]).variables == ("uv",)
    assert parse("4uv", ["u", "v"]).variables == ("u", "v")
    with pytest.raises(ParseError, match="several ways"):
        parse("4uv")
