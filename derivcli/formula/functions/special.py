"""The rows of the special functions: error, gamma, zeta, Bessel, Airy, elliptic, hypergeometric."""

from typing import Any

from derivcli.errors import Reason, UnsupportedError
from derivcli.formula.functions.row import Function, order


def torch_gamma(t: Any, x: Any) -> Any:
    return t.exp(t.lgamma(x)) * t.where(x > 0, 1, 1 - 2 * t.remainder(t.floor(x), 2))


def torch_ive(t: Any, n: Any, x: Any) -> Any:
    if order(n) not in (0, 1):
        raise UnsupportedError(Reason.NOT_SUPPORTED, "PyTorch has ive only for orders 0 and 1")
    return t.special.i1e(x) if order(n) else t.special.i0e(x)


def torch_besseli(t: Any, n: Any, x: Any) -> Any:
    if order(n) not in (0, 1):
        raise UnsupportedError(Reason.NOT_SUPPORTED, "PyTorch has besseli only for orders 0 and 1")
    return t.special.i1(x) if order(n) else t.special.i0(x)


def torch_polygamma(t: Any, n: Any, x: Any) -> Any:
    if (x < -1e6).any():  # it would add a term for each whole number on the way to 0
        raise UnsupportedError(Reason.NOT_SUPPORTED, "PyTorch's polygamma does not end so far to the left")
    return t.polygamma(order(n), x)


def ball_lowergamma(f: Any, s: Any, x: Any) -> Any:
    """Arb's upper one where little cancels, else x^s e^-x/s 1F1(1, s+1, x): its own lower one takes seconds at 500."""
    if not (x > 0 and s > 0):
        return x.gamma_lower(s)
    if x > s - 3 * s.sqrt():
        return s.gamma() - x.gamma_upper(s)
    return x**s / s * (-x).exp() * x.hypgeom_1f1(f.arb(1), s + 1)


F = Function
SPECIAL = (
    F("erf", "x", "erf", "erf", "erf", "-2:2"),
    F("erfc", "x", "erfc", "erfc", "erfc", "-2:2"),
    F("erfi", "x", "erfi", None, "erfi", "-2:2"),
    F("erfinv", "x", "erfinv", "erfinv", lambda f, x: x.erfinv(), "-0.9:0.9"),
    F("erfcinv", "x", "erfinv(1 - x)", "erfinv(1 - x)", "erfinv(1 - x)", "0.1:1.9"),
    F("erf2", "x, y", "erf(y) - erf(x)", "erf(y) - erf(x)", "erf(y) - erf(x)", "-2:2, -2:2", "erf/2"),
    F("erfcx", "x", "exp(x**2)*erfc(x)", "special.erfcx", "exp(x**2)*erfc(x)", "-2:2"),
    F("dawson", "x", "sqrt(pi)/2*exp(-x**2)*erfi(x)", None, "sqrt(pi)/2*exp(-x**2)*erfi(x)", "-2:2", "dawsn"),
    F("gamma", "x", "gamma", torch_gamma, "gamma", "0.3:5", "tgamma Gamma"),
    F("lgamma", "x", "loggamma", "lgamma", "log(abs(gamma(x)))", "0.3:5", "loggamma gammaln"),
    F("factorial", "x", "factorial", "gamma(x + 1)", "gamma(x + 1)", "0.3:5"),
    F("binomial", "n, k", "binomial", "gamma(n + 1)/(gamma(k + 1)*gamma(n - k + 1))",
      "gamma(n + 1)/(gamma(k + 1)*gamma(n - k + 1))", "3:5, 1:2", "comb binom"),
    F("digamma", "x", "digamma", "digamma", lambda f, x: x.digamma(), "0.3:5", "psi"),
    F("polygamma", "n, x", "polygamma", torch_polygamma, lambda f, n, x: f.acb(x).polygamma(n),
      "1..3, 0.3:5", "psi/2"),
    F("trigamma", "x", "polygamma(1, x)", "polygamma(1, x)", "polygamma(1, x)", "0.3:5"),
    F("harmonic", "n", "digamma(n + 1) + EulerGamma", "digamma(n + 1) + EulerGamma", "digamma(n + 1) + EulerGamma",
      "0.3:5", doc="harmonic number"),
    F("betaln", "x, y", "lgamma(x) + lgamma(y) - lgamma(x + y)", "lgamma(x) + lgamma(y) - lgamma(x + y)",
      "lgamma(x) + lgamma(y) - lgamma(x + y)", "0.5:3, 0.5:3", "lbeta logbeta", "log of beta"),
    F("beta", "x, y", "beta", "exp(lgamma(x) + lgamma(y) - lgamma(x + y))", "gamma(x)*gamma(y)/gamma(x + y)",
      "0.5:3, 0.5:3", "Beta"),
    F("betainc", "a, b, x", "betainc_regularized(a, b, 0, x)", None,
      lambda f, a, b, x: x.beta_lower(a, b, regularized=True), "0.5:3, 0.5:3, 0.1:0.9", "ibeta",
      "regularised incomplete beta function"),
    F("betainc_regularized", "a, b, x1, x2", "betainc_regularized", None, "betainc(a, b, x2) - betainc(a, b, x1)",
      "2, 3, 0.2, 0.5:0.9", doc="SymPy's, from x1 to x2"),
    F("uppergamma", "s, x", "uppergamma", None, lambda f, s, x: x.gamma_upper(s), "0.5:3, 0.5:3"),
    F("lowergamma", "s, x", "lowergamma", None, ball_lowergamma, "0.5:3, 0.5:3"),
    F("gammainc", "s, x", "lowergamma(s, x)/gamma(s)", "special.gammainc", "lowergamma(s, x)/gamma(s)", "2, 0.5:3",
      "igamma", "regularised lowergamma"),
    F("gammaincc", "s, x", "uppergamma(s, x)/gamma(s)", "special.gammaincc", "uppergamma(s, x)/gamma(s)", "2, 0.5:3",
      "igammac", "regularised uppergamma"),
    F("zeta", "s", "zeta", None, "zeta", "1.5:5"),
    F("hurwitz", "s, a", "zeta", None, lambda f, s, a: s.zeta(a), "1.5:5, 0.5:3", "zeta/2", "Hurwitz zeta"),
    F("polylog", "s, z", "polylog", None, lambda f, s, z: f.acb(z).polylog(s), "1.5:3, -0.9:0.9"),
    F("Ei", "x", "Ei", None, "ei", "0.3:5", "expi"),
    F("expint", "n, x", "expint", None, lambda f, n, x: x.expint(n), "1..3, 0.3:5", "expn"),
    F("E1", "x", "expint(1, x)", None, "expint(1, x)", "0.3:5", "exp1 expint/1"),
    F("li", "x", "li", None, "li", "1.5:5"),
    F("Li", "x", "li(x) - li(2)", None, "li(x) - li(2)", "1.5:5", doc="li(x) - li(2)"),
    F("Si", "x", "Si", None, "si", "0.3:5", "sinint"),
    F("Ci", "x", "Ci", None, "ci", "0.3:5", "cosint"),
    F("Shi", "x", "Shi", None, "shi", "0.3:5"),
    F("Chi", "x", "Chi", None, "chi", "0.3:5"),
    F("fresnels", "x", "fresnels", None, "fresnel_s", "-2:2"),
    F("fresnelc", "x", "fresnelc", None, "fresnel_c", "-2:2"),
    F("besselj", "n, x", "besselj", None, lambda f, n, x: x.bessel_j(n), "0..3, 0.3:5", "jv jn"),
    F("bessely", "n, x", "bessely", None, lambda f, n, x: x.bessel_y(n), "0..3, 0.3:5", "yv yn"),
    F("besseli", "n, x", "besseli", torch_besseli, lambda f, n, x: x.bessel_i(n), "0..1, 0.3:5", "iv"),
    F("besselk", "n, x", "besselk", None, lambda f, n, x: x.bessel_k(n), "0..3, 0.3:5", "kv kn"),
    F("i0", "x", "besseli(0, x)", "special.i0", "besseli(0, x)", "0.3:5", "modified_bessel_i0 besseli0"),
    F("i1", "x", "besseli(1, x)", "special.i1", "besseli(1, x)", "0.3:5", "modified_bessel_i1 besseli1"),
    F("i0e", "x", "exp(-abs(x))*besseli(0, x)", "special.i0e", "exp(-abs(x))*besseli(0, x)", "0.3:5", smooth=False),
    F("i1e", "x", "exp(-abs(x))*besseli(1, x)", "special.i1e", "exp(-abs(x))*besseli(1, x)", "0.3:5", smooth=False),
    F("ive", "n, x", "exp(-abs(x))*besseli(n, x)", torch_ive, "exp(-abs(x))*besseli(n, x)",
      "0..1, 0.3:5", smooth=False),
    F("kve", "n, x", "exp(x)*besselk(n, x)", None, "exp(x)*besselk(n, x)", "0..3, 0.3:5"),
    F("log_i0", "x", "log(besseli(0, x))", "abs(x) + log(i0e(x))", "log(besseli(0, x))", "0.3:5", doc="log(i0(x))"),
    F("j0", "x", "besselj(0, x)", None, "besselj(0, x)", "0.3:5", "bessel_j0 besselj0"),
    F("j1", "x", "besselj(1, x)", None, "besselj(1, x)", "0.3:5", "bessel_j1 besselj1"),
    F("y0", "x", "bessely(0, x)", None, "bessely(0, x)", "0.3:5", "bessel_y0 bessely0"),
    F("y1", "x", "bessely(1, x)", None, "bessely(1, x)", "0.3:5", "bessel_y1 bessely1"),
    F("k0", "x", "besselk(0, x)", None, "besselk(0, x)", "0.3:5", "modified_bessel_k0 besselk0"),
    F("k1", "x", "besselk(1, x)", None, "besselk(1, x)", "0.3:5", "modified_bessel_k1 besselk1"),
    F("airyai", "x", "airyai", None, "airy_ai", "-3:3", "airy_ai Ai"),
    F("airybi", "x", "airybi", None, "airy_bi", "-3:3", "airy_bi Bi"),
    F("airyaiprime", "x", "airyaiprime", None,
      (lambda f, x: x.airy_ai(derivative=1), "airy_ai_prime"), "-3:3"),
    F("airybiprime", "x", "airybiprime", None,
      (lambda f, x: x.airy_bi(derivative=1), "airy_bi_prime"), "-3:3"),
    F("lambertw", "x", "LambertW", None, "lambertw", "0.1:5", "LambertW"),
    F("lambertwk", "x, k", "LambertW", None, lambda f, x, k: f.acb(x).lambertw(int(k.unique_fmpz())),
      "-0.3:-0.1, -1..0", "LambertW/2 lambertw/2", "branch k of Lambert W"),
    F("elliptic_k", "m", "elliptic_k", None, lambda f, m: f.acb(m).elliptic_k(), "-2:0.9", "ellipk ellipticK"),
    F("elliptic_e", "m", "elliptic_e", None, lambda f, m: f.acb(m).elliptic_e(), "-2:0.9", "ellipe ellipticE"),
    F("elliptic_f", "z, m", "elliptic_f", None, lambda f, z, m: f.acb.elliptic_f(z, m), "-1:1, 0.1:0.9", "ellipkinc"),
    F("elliptic_einc", "z, m", "elliptic_e", None, lambda f, z, m: f.acb.elliptic_e_inc(z, m), "-1:1, 0.1:0.9",
      "elliptic_e/2 ellipeinc"),
    F("elliptic_pi", "n, m", "elliptic_pi", None, lambda f, n, m: f.acb.elliptic_pi(n, m), "0.1:0.4, 0.5:0.9",
      "ellipticPi"),
    F("elliptic_piinc", "n, z, m", "elliptic_pi", None, lambda f, n, z, m: f.acb.elliptic_pi_inc(n, z, m),
      "0.1:0.4, 0.2:1, 0.5:0.9", "elliptic_pi/3"),
    F("hyp0f1", "b, z", lambda s, b, z: s.hyper([], [b], z), None, lambda f, b, z: z.hypgeom([], [b]),
      "1.5:3, -0.9:0.9"),
    F("hyp1f1", "a, b, z", lambda s, a, b, z: s.hyper([a], [b], z), None, lambda f, a, b, z: z.hypgeom([a], [b]),
      "0.5:2, 1.5:3, -0.9:0.9"),
    F("hyp2f2", "a, b, c, d, z", lambda s, a, b, c, d, z: s.hyper([a, b], [c, d], z), None,
      lambda f, a, b, c, d, z: z.hypgeom([a, b], [c, d]), "0.5:2, 0.5:2, 2.5:4, 2.5:4, -0.9:0.9"),
    F("hyp2f1", "a, b, c, z", lambda s, a, b, c, z: s.hyper([a, b], [c], z), None,
      lambda f, a, b, c, z: z.hypgeom_2f1(a, b, c), "0.5:2, 0.5:2, 2.5:4, -0.9:0.9", "hypergeom"),
    F("hyp3f2", "a, b, c, d, e, z", lambda s, a, b, c, d, e, z: s.hyper([a, b, c], [d, e], z), None,
      lambda f, a, b, c, d, e, z: z.hypgeom([a, b, c], [d, e]), "0.5:2, 0.5:2, 0.5:2, 2.5:4, 2.5:4, -0.9:0.9"),
)  # fmt: skip
