"""Formulas as people type them: what has one meaning is read, what would be another formula is refused."""

import pytest

from derivcli import DerivError, parse, unparse
from derivcli.formula.grammar.spellings import SPELLINGS, is_choice
from derivcli.requests.options import Options
from derivcli.requests.request import from_texts

# text: the formula that is meant
READ = {
    # functions without brackets, in other letters, with other brackets
    "sin x": "sin(x)",
    "2 sin x cos x": "2*sin(x)*cos(x)",
    "sin 2x": "sin(2*x)",
    "sin -x": "sin(-x)",
    "sin cos x": "sin(cos(x))",
    "sin x / 2": "sin(x)/2",
    "ln^2 x": "log(x)^2",
    "ln x^2": "log(x^2)",
    "log|x|": "log(abs(x))",
    "e^sin 3x": "e^sin(3*x)",
    "sqrt x": "sqrt(x)",
    "Sin x": "sin(x)",
    "Arctan x": "atan(x)",
    "EXP(x) + LN(x)": "exp(x) + log(x)",
    "Sin[x]^2": "sin(x)^2",
    "sin^(2)(x)": "sin(x)^2",
    "sin^n(x)": "sin(x)^n",
    "log_2(x) + log₁₀(x) + log_5(x)": "log2(x) + log10(x) + log(x, 5)",
    "x.sin() + (x + 1).clamp(0, 1)": "sin(x) + clamp(x + 1, 0, 1)",
    # numbers and constants
    "½x²": "1/2*x^2",
    "1.0f*x + 2.0D0*x + 1D-1": "1*x + 2*x + 0.1",
    "2*Pi*r + PI + M_PI": "2*pi*r + pi + pi",
    "2πr": "2*pi*r",
    "sin 45° + cos(x deg)": "sin(radians(45)) + cos(radians(x))",
    "log(exp(x) + exp(-oo))": "log(exp(x) + exp(-inf))",
    # exponents, indices, signs
    "eˣ + xⁿ + e⁻²ˣ": "e^x + x^n + e^(-(2*x))",
    "x₁x₂": "x₁*x₂",
    "∛x + ³√x + ∜x": "cbrt(x) + cbrt(x) + root(x, 4)",
    "x.^3 .* y ./ z": "x^3*y/z",
    "x∙y•z∗w×u÷v−1–2—3": "x*y*z*w*u/v - 1 - 2 - 3",
    "sin\u2061(x\u200b)": "sin(x)",
    # conditions
    "x > 0 ? x : 0": "where(x > 0, x, 0)",
    "x*(x > 0)": "x*where(x > 0, 1, 0)",
    # as other languages and libraries call it
    "expf(x) + DLOG(x) + Math.pow(x, 2)": "exp(x) + log(x) + x^2",
    "F.softplus(x, beta=3, threshold=1)": "where(3*x > 1, x, softplus(3*x)/3)",
    "F.gelu(x, approximate='tanh') + F.gelu(x, approximate='none')": "gelu_tanh(x) + gelu(x)",
    "norm.pdf(x, loc=1, scale=2) + norm.pdf(x)": "normpdf((x - 1)/2)/2 + normpdf(x)",
    "dnorm(x, sd=2)": "normpdf((x - 0)/2)/2",
    "hypot(x, y, z) + hypot(x, y)": "sqrt(x^2 + y^2 + z^2) + hypot(x, y)",
    "sympy.yn(0, x) + yn(0, x)": "sqrt(pi/(2*x))*bessely(0 + 1/2, x) + bessely(0, x)",
    "mpmath.gammainc(2, x) + mpmath.fmod(x, y)": "uppergamma(2, x) + mod(x, y)",
    "tf.nn.leaky_relu(x) + F.leaky_relu(x)": "leaky_relu(x, 0.2) + leaky_relu(x)",
    "sinf(x) + fmodf(x, y) + roundf(x)": "sin(x) + fmod(x, y) + round(x)",
    "DEXP(x) + DATAN2(y, x) + POWER(x, 2)": "exp(x) + atan2(y, x) + x^2",
    "F.softplus(x, threshold=1)": "where(x > 1, x, softplus(x))",
    "jax.nn.gelu(x, approximate=False) + jax.nn.gelu(x, approximate=True)": "gelu(x) + gelu_tanh(x)",
    "F.huber_loss(x, y, reduction='mean', delta=2) + F.huber_loss(x, y)": "huber(x, y, 2) + huber(x, y)",
    "sigmoid_focal_loss(x, y, 0.5, 3)": "focal(x, y, gamma=3, alpha=0.5)",
    "sympy.betainc(2, 3, 0, x)": "beta(2, 3)*betainc_regularized(2, 3, 0, x)",
    "step(0, x) + step(x)": "where(x < 0, 0, 1) + heaviside(x)",
    "pnorm(x) + pbeta(x, 2, 3) + pgamma(x, 2)": "ndtr(x) + betainc(2, 3, x) + gammainc(2, 1*x)",
    "np.linalg.norm([x, y])": "sqrt(x^2 + y^2)",
    "if_else(x > 0, x, 0)": "where(x > 0, x, 0)",
    "logBASE(5, x)": "log(x, 5)",
    "scipy.special.kl_div(x, y)": "scipy_kl_div(x, y)",
    # what stands around a formula
    "lambda x: x**3": "x**3",
    "x -> x^2": "x^2",
    "(x, y) => x*y": "x*y",
    "@(x) x^2": "x^2",
    "f(x) := x^2": "x^2",
    "f[x_] := Sin[x]": "sin(x)",
    "def f(x): return x**2": "x**2",
    "return x^2;": "x^2",
    "derivative of x^3": "x^3",
    "d/dx x^2": "x^2",
    "d(x^3)/dx": "x^3",
    "∂/∂y (x*y)": "x*y",
    "diff(sin(x)**2, x)": "sin(x)**2",
    "D[x^3, x]": "x^3",
    "∇(x²+y²)": "x^2 + y^2",
}
# text: (part of the message, part of the way out)
REFUSED = {
    "dnorm(x, log=TRUE)": ("does not take these arguments", "dnorm(x, mean=0, sd=1)"),
    "dexp(x)": ("does not take these arguments", "dexp(x, rate)"),
    "norm.pdf(x, loc=1, foo=2)": ("no argument 'loc'", "norm.pdf(x, loc=0, scale=1)"),
    "gelu(x, approximate='exact')": ("a word is not a number", "takes a number"),
    "clamp(x, min='a')": ("a word is not a number", "min takes a number"),
    "dnorm(x > 0)": ("a condition is not a number", "where"),
    "smoothstep(0, x > 0, x)": ("a condition is not a number", "where"),
    "softplus(x, beta=x > 0)": ("a condition is not a number", "where"),
    "Piecewise((x > 0, x < 1), (x, True))": ("a condition is not a number", "where"),
    "Piecewise((0, x - 1), (x, True))": ("a condition is needed", "x > 0"),
    "clamp(x > 0, min=0)": ("a condition is not a number", "where"),
    "sum(x > 0, i, 1, 3)": ("a condition is not a number", "where"),
    "x*where(And(x, 1), 1, 2)": ("a condition is needed", "x > 0"),
    "hyper([x > 0, 1], [1], x)": ("a condition is not a number", "where"),
    "logsumexp(x > 0, 1)": ("a condition is not a number", "where"),
    "norm([x > 0, 1])": ("a condition is not a number", "where"),
    "sinx": ("one name", "sin(x)"),
    "xsin2x": ("one name", "x*sin(2*x)"),
    "e^-xcosx": ("one name", "x*cos(x)"),
    "tsin(2t)": ("one name", "t*sin(…)"),
    "xe^x": ("one name", "x*e"),
    "x^2y + xy^2": ("one name", "x*y"),
    "f(t) = sin(kt)": ("one name", "k*t"),
    "f(t) = sin(wct)": ("one name", "w*c*t"),
    "f(x, y) = 1/xy": ("two meanings", "/(x*y)"),
    "f(x) = e^xx": ("two meanings", "^(x*x)"),
    "sin x/2": ("needs brackets", "sin(x)/…, or sin(x/…)"),
    "sin x(x+1)": ("needs brackets", "sin(x)*(…), or sin(x*(…))"),
    "sqrt 2x": ("needs brackets", "sqrt(2)*…, or sqrt(2x)"),
    "tan^(-1)(x)": ("two meanings", "arctan(…)"),
    "Tan^-1 x": ("two meanings", "arctan(…)"),
    "f(x)/g(x)": ("not a known function", "--let 'f(x) = …'"),
    "x^2 dx": ("integral", "--wrt x"),
    "x!!": ("two meanings", "(x!)!"),
    "x³√x": ("two meanings", "blank"),
    "0x10*y": ("hexadecimal", "decimals"),
    "6x10^4*t": ("two meanings", "6e4"),
    "X^2 times e^-x": ("word", "alone"),
    "x squared": ("word", "alone"),
    "x = 3; x^2": ("names the formula", "--at x=…"),
    "x^2 + y^2 = 7": ("unexpected '='", "one side minus the other"),
    "=A3^2": ("unexpected '='", "leading ="),
    "dy/dx = 2x": ("a derivative, not a formula", "--wrt x"),
    "d²/dx² x^3": ("an option", "--order 2"),
    "d/dx(x^2) + 1": ("not clear", "--wrt x"),
    "d/dx d/dy x*y": ("options", "--wrt y,x"),
    "diff(x^3, x, 2)": ("options", "--order"),
    "f'(x)": ("unexpected character", "--order"),
    "(1+5%)^t": ("unexpected ')'", "0.05"),
    "x//3": ("unexpected '/'", "floor(x/3)"),
    "std::exp(x)": ("unexpected ':'", "namespace"),
    "$x^2$": ("unexpected character", "LaTeX"),
    "x^2\u2028x^3": ("unexpected character", "a line"),
    "e⁻ˣ²": ("exponent", "^"),
}


@pytest.mark.parametrize("text", READ)
def test_what_has_one_meaning_is_read(text: str) -> None:
    assert [unparse(tree) for tree in parse(text).outputs] == [unparse(tree) for tree in parse(READ[text]).outputs]


@pytest.mark.parametrize("text", REFUSED)
def test_what_would_be_another_formula_is_refused_with_the_reading(text: str) -> None:
    with pytest.raises(DerivError) as caught:
        parse(text)
    message, hint = REFUSED[text]
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.text == text


@pytest.mark.parametrize(
    ("text", "at", "variables"),
    [
        ("x^2y + xy^2", "x=1,y=2", ("x", "y")),
        ("xe^x", "x=1", ("x",)),
        ("KE = ½mv²", "m=3,v=2", ("m", "v")),
        ("a_1x", "a_1=1,x=2", ("a_1", "x")),
        ("xy", "xy=1", ("xy",)),
        ("sinx", "sinx=1", ("sinx",)),
        ("2uv", "u=1,v=2", ("u", "v")),
    ],
)
def test_a_name_is_a_product_of_the_names_that_have_values(text: str, at: str, variables: tuple[str, ...]) -> None:
    assert from_texts([text], Options(at=(at,))).formula.variables == variables


def test_a_formula_may_name_the_variable_that_it_is_differentiated_by() -> None:
    assert from_texts(["∂/∂y (x*y)"], Options()).partials == (("y",),)
    with pytest.raises(DerivError, match="--wrt says otherwise"):
        from_texts(["d/dx x*y"], Options(wrt=(("y",),)))


@pytest.mark.parametrize("name", ["3", "\x1b]0;pwn\x07", "\\input{x}", "<script>", "=cmd|calc", ""])
def test_a_derivative_is_taken_by_a_name(name: str) -> None:
    from derivcli.requests.request import parse_wrt  # noqa: PLC0415

    with pytest.raises(DerivError, match="takes names"):
        parse_wrt([name])


@pytest.mark.parametrize("piece", ["sin ", "x ", "sin^2 ", "x y ", "e^", "(x).sin()", "-sin ", "x^2 "])
def test_a_hundred_thousand_factors_take_no_time(piece: str) -> None:
    try:
        parse(piece * 20_000 + "x")
    except DerivError as error:
        assert error.hint or "brackets" in error.message  # noqa: PT017


def test_every_spelling_of_another_language_is_a_formula() -> None:
    for signature in SPELLINGS:
        head, _, parameters = signature.removesuffix(")").partition("(")
        pieces = [piece.partition("=") for piece in parameters.split(", ")]
        words = [f"{key}={default.partition('|')[0]}" for key, _, default in pieces if is_choice(default)]
        given = [f"t_{i}" for i, (_, _, default) in enumerate(pieces) if not default] + words
        assert parse(f"{head}({', '.join(given)})").outputs, signature
