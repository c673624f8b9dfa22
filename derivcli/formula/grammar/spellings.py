"""What other languages and libraries call a function that the table has under other arguments.

"softplus(x, beta)": "softplus(beta*x)/beta"        how PyTorch writes it → how it is written with the rows
"tf.leaky_relu(x, alpha=0.2)": …                    under this module only; with a default
"gelu(x, approximate='tanh')": …                    just this word
"mse_loss(x, y, reduction='mean'|'sum')": …         one of these words, or none
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

from lark import Token

from derivcli.errors import Span
from derivcli.formula.rewriting import rebuild
from derivcli.formula.tree import Call, Tree, Variable

SPELLINGS = {
    # PyTorch, JAX, TensorFlow
    "softplus(x, beta)": "softplus(beta*x)/beta",
    "softplus(x, threshold)": "where(x > threshold, x, softplus(x))",
    "softplus(x, beta, threshold)": "where(beta*x > threshold, x, softplus(beta*x)/beta)",
    "gelu(x, approximate='tanh')": "gelu_tanh(x)",
    "gelu(x, approximate='none')": "gelu(x)",
    "jax.nn.gelu(x, approximate=True)": "gelu_tanh(x)",
    "jax.nn.gelu(x, approximate=False)": "gelu(x)",
    "logit(x, eps)": "logit(clamp(x, eps, 1 - eps))",
    "tf.leaky_relu(x, alpha=0.2)": "leaky_relu(x, alpha)",
    "leaky_relu(x, alpha)": "leaky_relu(x, alpha)",
    "huber_loss(input, target, delta=1, reduction='none'|'mean'|'sum')": "huber(input, target, delta)",
    "smooth_l1_loss(input, target, beta=1, reduction='none'|'mean'|'sum')": "smooth_l1(input, target, beta)",
    "mse_loss(input, target, reduction='none'|'mean'|'sum')": "mse(input, target)",
    "binary_cross_entropy(input, target, reduction='none'|'mean'|'sum')": "bce(input, target)",
    "binary_cross_entropy_with_logits(input, target, reduction='none'|'mean'|'sum')": "bce_with_logits(input, target)",
    "kl_div(input, target, reduction='none'|'batchmean'|'mean'|'sum')": "kl_div(input, target)",
    "sigmoid_focal_loss(inputs, targets, alpha=0.25, gamma=2)": "focal(inputs, targets, gamma, alpha)",
    # SciPy and NumPy
    "norm.pdf(x, loc=0, scale=1)": "normpdf((x - loc)/scale)/scale",
    "norm.cdf(x, loc=0, scale=1)": "ndtr((x - loc)/scale)",
    "norm.logpdf(x, loc=0, scale=1)": "-((x - loc)/scale)**2/2 - log(scale) - log(2*pi)/2",
    "norm.logcdf(x, loc=0, scale=1)": "log_ndtr((x - loc)/scale)",
    "norm.sf(x, loc=0, scale=1)": "ndtr((loc - x)/scale)",
    "norm.ppf(q, loc=0, scale=1)": "loc + scale*ndtri(q)",
    "norm.isf(q, loc=0, scale=1)": "loc - scale*ndtri(q)",
    "nan_to_num(x, nan)": "nan_to_num(x)",
    "hypot(x, y, z)": "sqrt(x**2 + y**2 + z**2)",
    "scipy.special.huber(delta, r)": "huber(r, 0, delta)",
    # SymPy and mpmath
    "sympy.jn(n, x)": "sqrt(pi/(2*x))*besselj(n + 1/2, x)",
    "sympy.yn(n, x)": "sqrt(pi/(2*x))*bessely(n + 1/2, x)",
    "mpmath.gammainc(z, a)": "uppergamma(z, a)",
    "mpmath.gammainc(z, a, b)": "uppergamma(z, a) - uppergamma(z, b)",
    "mpmath.gammainc(z)": "gamma(z)",
    "mpmath.gammainc(z, a, regularized=True)": "gammaincc(z, a)",
    "mpmath.fmod(x, y)": "mod(x, y)",
    "sympy.betainc(a, b, x1, x2)": "beta(a, b)*betainc_regularized(a, b, x1, x2)",
    "mpmath.betainc(a, b, x1, x2, regularized=True)": "betainc_regularized(a, b, x1, x2)",
    "mpmath.betainc(a, b, x1, x2)": "beta(a, b)*(betainc(a, b, x2) - betainc(a, b, x1))",
    # R, Julia, Haskell, spreadsheets, shaders
    "dnorm(x)": "normpdf(x)",
    "pnorm(q)": "ndtr(q)",
    "qnorm(p)": "ndtri(p)",
    "dnorm(x, mean=0, sd=1)": "normpdf((x - mean)/sd)/sd",
    "pnorm(q, mean=0, sd=1)": "ndtr((q - mean)/sd)",
    "qnorm(p, mean=0, sd=1)": "mean + sd*ndtri(p)",
    "plogis(q, location=0, scale=1)": "sigmoid((q - location)/scale)",
    "dexp(x, rate)": "where(x < 0, 0, rate*exp(-rate*x))",
    "pgamma(q, shape, rate=1)": "gammainc(shape, rate*q)",
    "pbeta(q, shape1, shape2)": "betainc(shape1, shape2, q)",
    "log1m_exp(x)": "log1mexp(-x)",
    "logbase(b, x)": "log(x, b)",
    "sinpi(x)": "sin(pi*x)",
    "cospi(x)": "cos(pi*x)",
    "tanpi(x)": "tan(pi*x)",
    "sind(x)": "sin(radians(x))",
    "cosd(x)": "cos(radians(x))",
    "tand(x)": "tan(radians(x))",
    "power(x, y)": "x**y",
    "smoothstep(a, b, x)": "clamp((x - a)/(b - a), 0, 1)**2*(3 - 2*clamp((x - a)/(b - a), 0, 1))",
    "inversesqrt(x)": "rsqrt(x)",
    "saturate(x)": "clamp(x, 0, 1)",
    "step(x)": "heaviside(x)",
    "step(edge, x)": "where(x < edge, 0, 1)",
    "math.round(x)": "floor(x + 1/2)",
}
SIGNATURE = re.compile(r"(?P<name>[\w.]+)\((?P<parameters>.*)\)")


class Spelling(NamedTuple):
    """Parameters with their defaults, as texts, and the formula that is meant."""

    parameters: Mapping[str, str]
    text: str


def signatures(name: str) -> list[str]:
    """How a name is called that has spellings: `dnorm(x, mean=0, sd=1)`."""
    return [signature for signature in SPELLINGS if signature.startswith(f"{name}(")]


@cache
def spellings() -> dict[str, list[Spelling]]:
    """By their names, those of a module with it: `tf.leaky_relu`."""
    found: dict[str, list[Spelling]] = {}
    for signature, text in SPELLINGS.items():
        match = SIGNATURE.fullmatch(signature)
        assert match
        parameters = {name: default for name, _, default in (p.partition("=") for p in match["parameters"].split(", "))}
        found.setdefault(match["name"], []).append(Spelling(parameters, text))
    return found


def written_with_rows(name: str, positional: list[Tree], named: Mapping[str, Any], where: Span) -> Tree | None:
    """The tree that a call means by one of the spellings; None where none takes these arguments."""
    for spelling in spellings().get(name, []):
        keys = list(spelling.parameters)
        given = dict(zip(keys, positional, strict=False)) | dict(named)
        fits = len(positional) <= len(keys) and len(given) == len(positional) + len(named) and set(given) <= set(keys)
        if fits and all(_takes(default, given.get(key)) for key, default in spelling.parameters.items()):
            return _filled(spelling, given, where)
    return None


def _takes(default: str, value: Any) -> bool:
    """Whether a parameter takes a value: one with words just these, any other a number."""
    if is_choice(default) and value is None:
        return "|" in default
    if is_choice(default):
        word = value.function if isinstance(value, Call) else str(value).strip("'\"")
        return word.lower() in default.replace("'", "").lower().split("|")
    return not isinstance(value, Token) and (value is not None or bool(default))


def is_choice(default: str) -> bool:
    """Whether a parameter has the words that it takes, not a default."""
    return default.startswith("'") or default in ("True", "False")


def _filled(spelling: Spelling, given: Mapping[str, Any], where: Span) -> Tree:
    from derivcli.formula.parser import parse  # noqa: PLC0415 — which uses this file

    [body] = parse(spelling.text, spelling.parameters).outputs
    defaults = {
        key: parse(text).outputs[0] for key, text in spelling.parameters.items() if text and not is_choice(text)
    }
    values = {**defaults, **given}

    def node_for(_: Tree, new: Tree) -> Tree:
        return values[new.name] if isinstance(new, Variable) else replace(new, span=where)

    return rebuild(body, node_for)
