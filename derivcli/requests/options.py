"""How a request is answered: the options of the command line and of Python, and what holds where none is given."""

import math
from dataclasses import dataclass
from enum import StrEnum

from derivcli.errors import RequestError
from derivcli.formula.program import MultiIndex
from derivcli.requests.shapes import Shape

METHODS = ("symbolic", "autograd", "finite-difference")  # unless others are named
MIN_TIMEOUT = 1e-3  # seconds
TIMEOUT = 10.0  # seconds for each method, and for the enclosure that judges them


class Scheme(StrEnum):
    """Which textbook difference quotient."""

    FORWARD = "forward"
    BACKWARD = "backward"
    CENTRAL = "central"


class Dtype(StrEnum):
    """The floats in which PyTorch computes."""

    FLOAT64 = "float64"
    FLOAT32 = "float32"
    FLOAT16 = "float16"
    BFLOAT16 = "bfloat16"

    @property
    def bits(self) -> int:
        """Of the significand, the hidden one included."""
        return {"float64": 53, "float32": 24, "float16": 11, "bfloat16": 8}[self]

    @property
    def range(self) -> tuple[float, float]:
        """The smallest normal number, below which digits are lost, and the largest one."""
        exponent = {"float64": 1023, "float32": 127, "float16": 15, "bfloat16": 127}[self]
        return 2.0 ** (1 - exponent), (2 - 2.0 ** (1 - self.bits)) * 2.0**exponent

    @property
    def rtol(self) -> float:
        """How near is near, where nothing else was said."""
        return {"float64": 1e-6, "float32": 1e-3, "float16": 3e-2, "bfloat16": 1e-1}[self]


@dataclass(frozen=True, slots=True)
class Step:
    """A textbook difference quotient: its step h and its scheme."""

    h: float
    scheme: Scheme = Scheme.CENTRAL


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How near is near: by the rule of `judge.verdict`, or with `plain` |v - ref| <= atol + rtol |ref|, as allclose."""

    rtol: float | None = None  # None: what the dtype can give
    atol: float = 0.0
    plain: bool = False

    def relative(self, dtype: Dtype) -> float:
        """The relative part, for floats of a dtype."""
        return dtype.rtol if self.rtol is None else self.rtol


@dataclass(frozen=True, slots=True)
class Options:
    """How to answer, and what holds for every request that does not say otherwise."""

    at: tuple[str, ...] = ()
    paired: bool = False
    wrt: tuple[MultiIndex, ...] = ()
    order: int = 1
    shape: Shape = Shape.PARTIALS
    direction: str = ""  # derivatives along it, instead of partials
    cotangent: str = ""  # J^T w: the gradient of w·f
    hvp: str = ""  # the Hessian times this vector
    expect: str = ""
    methods: tuple[str, ...] = METHODS
    tolerance: Tolerance = Tolerance()
    step: Step | None = None
    samples: int = 0  # how many points are drawn from a box
    seed: int = 0
    timeout: float = TIMEOUT
    lets: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    strict: bool = False
    times: bool = False  # json says how long each method took
    dtype: Dtype = Dtype.FLOAT64
    device: str = "cpu"  # where PyTorch differentiates
    at_rounded: bool = False  # the reference at the point as the dtype has it, not as it was typed
    certify: int | None = 1_000  # points of a sweep that the reference judges; None: all
    worst: int = 10  # points of a sweep that are listed
    jobs: int = 0  # threads of a sweep; 0: one for each core

    def __post_init__(self) -> None:
        """Take a dtype as text, too. Raises RequestError for one that is unknown."""
        if self.dtype not in list(Dtype):
            raise RequestError(f"unknown dtype '{self.dtype}'", hint=f"known: {', '.join(Dtype)}")
        object.__setattr__(self, "dtype", Dtype(self.dtype))  # as in every frozen dataclass
        if not self.timeout >= MIN_TIMEOUT:  # nor is NaN
            raise RequestError(f"a limit of {self.timeout:g} s means nothing", hint=f"{MIN_TIMEOUT:g} s or more")
        for name, value in (("rtol", self.tolerance.rtol), ("atol", self.tolerance.atol)):
            if value is not None and not 0 <= value < math.inf:
                raise RequestError(f"{name} = {value:g} is no tolerance", hint="0 or more, such as 1e-6")
        if self.hvp and self.direction:
            raise RequestError("--hvp and --direction exclude each other", hint="one vector, one of them")
