"""Every function of elementary calculus and deep learning, under the names of the libraries that people come from."""

import pytest

from derivcli.formula.functions.table import FUNCTIONS
from derivcli.formula.parser import parse

ONE_ARGUMENT = (  # noqa: SIM905 — to be read
    "sin cos tan sec csc cot asin acos atan asec acsc acot arcsin arccos arctan sinh cosh tanh sech csch coth "
    "asinh acosh atanh asech acsch acoth arcsinh arccosh arctanh exp exp2 expm1 log ln log2 log10 log1p sqrt cbrt "
    "abs Abs sign floor ceil ceiling round trunc frac heaviside Heaviside "
    "erf erfc erfi erfinv gamma lgamma digamma zeta airyai airybi lambertw LambertW Ei Si Ci Shi Chi li fresnels "
    "fresnelc elliptic_k elliptic_e relu leaky_relu elu selu gelu gelu_tanh silu swish mish softplus softsign sigmoid "
    "logsigmoid hardtanh relu6 sinc normpdf normcdf "
    "math.sin math.fabs math.log1p math.gamma math.lgamma math.erf math.exp2 math.cbrt math.radians math.trunc "
    "np.sin np.arcsin np.arctan np.absolute np.sign np.log10 np.square np.reciprocal np.rint np.fix np.sinc np.deg2rad "
    "numpy.exp jnp.tanh torch.relu torch.sigmoid torch.special.erf torch.special.expit torch.special.gammaln "
    "torch.special.ndtr torch.special.log_ndtr torch.special.i0 torch.special.psi torch.special.entr torch.rsqrt "
    "torch.logit torch.frac F.softplus F.gelu F.hardswish F.hardsigmoid F.tanhshrink F.celu F.hardshrink F.softshrink "
    "torch.nn.functional.mish scipy.special.expit special.ellipk scipy.special.expi scipy.special.exp1 "
    "scipy.special.dawsn scipy.special.erfcx norm.pdf scipy.stats.norm.cdf sympy.Abs sp.ceiling sympy.loggamma "
    "sympy.DiracDelta tgamma signum fabs"
).split()
TWO_ARGUMENTS = (  # noqa: SIM905 — to be read
    "log pow root hypot atan2 mod max min polygamma beta besselj bessely besseli besselk uppergamma polylog elliptic_f "
    "elliptic_pi xlogy logaddexp math.log math.pow math.atan2 math.fmod math.hypot math.copysign np.power np.arctan2 "
    "np.mod np.fmod np.maximum np.minimum np.logaddexp2 np.heaviside np.divide torch.maximum torch.remainder "
    "torch.special.xlog1py torch.polygamma scipy.special.jv scipy.special.kv scipy.special.binom special.gammainc "
    "sympy.Max sympy.Mod sympy.expint fmin fdim remainder"
).split()
ONE_ROW = [
    ("arcsin(x)", "asin(x)"),
    ("np.log(x)", "ln(x)"),
    ("log(x, 2)", "math.log(x, 2)"),
    ("np.sinc(x)", "sincpi(x)"),
    ("torch.sinc(x)", "torch.special.sinc(x)"),
    ("psi(1, x)", "polygamma(1, x)"),
    ("np.clip(x, 0, 1)", "clamp(x, min=0, max=1)"),
    ("torch.clamp(x, min=0)", "max(x, 0)"),
    ("F.leaky_relu(x, negative_slope=0.2)", "leaky_relu(x, 0.2)"),
    ("F.hardtanh(x, min_val=-2, max_val=2)", "hardtanh(x, -2, 2)"),
    ("math.pi + math.e + np.e + math.tau + np.euler_gamma", "pi + e + E + tau + EulerGamma"),
    ("hyper([a, b], [c], x)", "hyp2f1(a, b, c, x)"),
    ("torch.logsumexp([x, y])", "np.logaddexp(x, y)"),
    ("jax.nn.gelu(x)", "gelu_tanh(x)"),
    ("sympy.Max(x, y, z)", "max(max(x, y), z)"),
]


@pytest.mark.parametrize("name", ONE_ARGUMENT)
def test_a_function_of_one_argument_is_known(name: str) -> None:
    [tree] = parse(f"{name}(x)").outputs
    assert tree.function in FUNCTIONS
    assert parse(f"{name}(x)").variables == ("x",)


@pytest.mark.parametrize("name", TWO_ARGUMENTS)
def test_a_function_of_two_arguments_is_known(name: str) -> None:
    assert parse(f"{name}(x, y)").variables == ("x", "y")


@pytest.mark.parametrize(("one", "other"), ONE_ROW)
def test_two_names_are_one_row(one: str, other: str) -> None:
    assert parse(one).outputs == parse(other).outputs


def test_different_conventions_are_different_rows() -> None:
    """np.sinc has a pi inside, math.remainder rounds, torch.frac keeps the sign: each under its own module only."""
    for one, other in [("np.sinc(x)", "sinc(x)"), ("math.remainder(x, y)", "np.remainder(x, y)"),
                       ("torch.frac(x)", "frac(x)"), ("jax.nn.gelu(x)", "F.gelu(x)")]:  # fmt: skip
        assert parse(one).outputs != parse(other).outputs


def test_no_alias_has_two_meanings() -> None:
    names = [alias for row in FUNCTIONS.values() for alias in {*row.aliases.split(), row.name}]
    assert sorted(names) == sorted(set(names))
