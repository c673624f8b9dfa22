"""A name as people write it → a row of the table: aliases, module prefixes, suggestions; and what the row takes.

`np.sin`, `torch.special.erf`, `F.softplus`, `arcsin`, `Abs` and `ln` are names of the rows that they mean.
"""

import difflib
import re
import unicodedata
from fractions import Fraction
from functools import cache, lru_cache

from derivcli.formula.forms import FORMS
from derivcli.formula.functions.table import FUNCTIONS
from derivcli.formula.grammar.spellings import signatures, spellings
from derivcli.formula.tree import Call, Number, Tree

MODULES = {
    "np": "np", "numpy": "np", "jnp": "np", "jax.numpy": "np", "cupy": "np",
    "math": "math", "cmath": "math", "std": "math", "Math": "math",
    "torch": "torch", "torch.special": "torch.special", "torch.nn.functional": "F", "nn.functional": "F", "F": "F",
    "jax.nn": "jax.nn", "tf": "tf", "tf.math": "tf", "tf.nn": "tf", "nn": "F", "lax": "np", "jax.lax": "np",
    "jax.scipy.special": "scipy.special", "jsp.special": "scipy.special",
    "np.linalg": "np", "numpy.linalg": "np", "jnp.linalg": "np", "torch.linalg": "torch", "LA": "np",
    "sympy": "sympy", "sp": "sympy", "sy": "sympy", "mpmath": "mpmath", "mp": "mpmath",
    "scipy.special": "scipy.special", "special": "scipy.special", "sc": "scipy.special",
    "norm": "norm", "stats.norm": "norm", "scipy.stats.norm": "norm",
}  # fmt: skip
MATH_H = {
    "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "exp",
    "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "pow", "fabs", "hypot", "erf", "erfc", "floor",
    "ceil", "round", "trunc", "fmod", "fmin", "fmax", "copysign", "tgamma", "lgamma", "fma", "fdim", "abs", "sign",
}  # fmt: skip
TEXTBOOK = {
    "sin", "cos", "tan", "sec", "csc", "cot", "asin", "acos", "atan", "asec", "acsc", "acot", "sinh", "cosh", "tanh",
    "sech", "csch", "coth", "asinh", "acosh", "atanh", "asech", "acsch", "acoth", "exp", "log", "log2", "log10",
    "sqrt", "cbrt", "abs", "sign",
}  # fmt: skip
GREEK = {
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "lamda", "mu",
    "nu", "xi", "omicron", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega", "Gamma", "Delta", "Theta",
    "Lambda", "Xi", "Sigma", "Phi", "Psi", "Omega", "hbar",
}  # fmt: skip


@cache
def aliases() -> dict[str, str]:
    """Every name of every row: plain, with an arity (`log/2`), or with a module (`np.sinc`)."""
    return {alias: row.name for row in FUNCTIONS.values() for alias in (*row.aliases.split(), row.name)}


@lru_cache(4096)
def bare(name: str) -> str | None:
    """The name without its module prefix; None where the prefix is not a module that we know."""
    module, _, last = name.rpartition(".")
    return last if not module or module in MODULES else None


@lru_cache(4096)
def row_name(name: str, arity: int) -> str | None:
    """The row that a name means with this many arguments, or None."""
    module, _, last = name.rpartition(".")
    known = aliases()
    spellings = (f"{MODULES.get(module, module)}.{last}", f"{last}/{arity}", last)
    return next((known[spelling] for spelling in spellings if spelling in known), None)


def is_spelt(name: str) -> bool:
    """Whether another language has a function of this name."""
    return bare(name) in spellings() or in_module(name) in spellings()


@lru_cache(4096)
def function(name: str) -> str | None:
    """The function that a name means in any spelling, as its rows know it: `Sin`, `EXP`, `log₁₀`, `log_2`; or None."""
    plain = re.sub(r"^log_(?=\d)", "log", unicodedata.normalize("NFKC", name))
    if is_function(plain) or logarithm_base(plain) or is_spelt(plain):
        return plain
    typed = re.fullmatch(r"(?P<c>\w{3,})[fl]|D(?P<fortran>[A-Z][A-Z0-9]{2,})", plain)
    if typed and (inner := typed["c"] or typed["fortran"].lower()) in MATH_H:
        return inner
    lower = plain.lower()
    if is_spelt(lower):
        return lower
    told_by_letters = plain.isalpha() and (len(plain) > 2 or is_textbook(lower))
    return lower if told_by_letters and lower not in GREEK and is_function(lower) else None


def logarithm_base(name: str) -> int | None:
    """5 for `log5`, which no row is called; or None."""
    match = re.fullmatch(r"log(\d{1,3})", name)
    return int(match[1]) if match and not is_function(name) and int(match[1]) > 1 else None


@lru_cache(4096)
def is_textbook(name: str) -> bool:
    """Whether textbooks leave out the brackets after this function, as in `sin 2x`."""
    return row_name(name, 1) in TEXTBOOK


@cache
def stuck_functions() -> frozenset[str]:
    """The names that people glue to an argument, as in `sinx` and `lnx`."""
    return frozenset(name for name in aliases() if is_textbook(name) and (len(name) > 2 or name in ("ln", "lg", "tg")))


def other_signatures(name: str) -> list[str]:
    """How the function is called in other languages, or in its module: `dnorm(x, mean=0, sd=1)`."""
    return [*signatures(in_module(name)), *signatures((bare(name) or "").lower())] if is_spelt(name) else []


def in_module(name: str) -> str:
    """`tf.nn.leaky_relu` as `tf.leaky_relu`: its module under one name."""
    module, _, last = name.rpartition(".")
    return f"{MODULES.get(module, module)}.{last}"


def _any_row(name: str) -> str | None:
    """A row that the name may mean, whatever the number of arguments."""
    return row_name(name, -1) if bare(name) is not None else None


@lru_cache(4096)
def is_function(name: str) -> bool:
    """Whether the name, prefix and all, is a function (and not a constant)."""
    row = _any_row(name)
    return bare(name) in FORMS or (row is not None and bool(FUNCTIONS[row].parameters))


@lru_cache(4096)
def constant_row(name: str) -> str | None:
    """The row of a constant such as `pi` or `math.e`, or None."""
    row = _any_row(name)
    return row if row is not None and not FUNCTIONS[row].parameters else None


def nearest(name: str, others: tuple[str, ...] = ()) -> str | None:
    """The known name that is spelt most like this one."""
    known = [alias for alias in aliases() if alias.isidentifier()] + [*FORMS, *others]
    candidates = [each for each in known if len(each) > 2 or len(name) <= 2]
    close = difflib.get_close_matches(name, candidates, 8, 0.65)
    return max(close, key=lambda other: (_likeness(name, other), -abs(len(name) - len(other))), default=None)


def _likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other).ratio()


def arities(name: str) -> list[int]:
    """How many arguments the rows take that are called so."""
    last = bare(name)
    rows = {row_name(name, n) for n in (-1, *range(1, 6))} - {None} if last else set()
    return sorted({FUNCTIONS[row].arity for row in rows if row})


@cache
def signature(row: str) -> dict[str, Tree | None]:
    """The parameters of a row, each with its default where it may be left out."""
    items = FUNCTIONS[row].parameters.split(", ") if FUNCTIONS[row].parameters else []
    parts = [item.partition("=") for item in items]
    return {name: _default(text) if text else None for name, _, text in parts}


def _default(text: str) -> Tree:
    value = Number(Fraction(text.removeprefix("-")))
    return Call("neg", (value,)) if text.startswith("-") else value
