"""A formula as PyTorch code: PyTorch's names, what it lacks written out, conditions by `&`, `|` and `~`."""

from dataclasses import replace
from fractions import Fraction

from derivcli.errors import Reason, UnsupportedError
from derivcli.formula.functions.table import FUNCTIONS
from derivcli.formula.parser import parse
from derivcli.formula.rewriting import fill, rebuild
from derivcli.formula.tree import INFIX, NEG, PREFIX, Call, Number, Tree, Variable, unparse, variables

TORCH_INFIX = INFIX | {"or": (" | ", 4, 5, 5), "and": (" & ", 4, 5, 5)}
TORCH_PREFIX = PREFIX | {"not": ("~", NEG)}
PLAIN_ARGUMENTS = {  # attributes that take plain numbers beside tensors, and which of our callables they are
    "leaky_relu": "nn.functional.leaky_relu",
    "elu": "nn.functional.elu",
    "celu": "nn.functional.celu",
    "hardshrink": "nn.functional.hardshrink",
    "softshrink": "nn.functional.softshrink",
    "threshold": "nn.functional.threshold",
    "hardtanh": "nn.functional.hardtanh",
    "polygamma": "polygamma",
}
WRITTEN_OUT = {  # callables of the table as definitions in the language
    "gelu_tanh": "x/2*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x**3)))",
    "gamma": "exp(lgamma(x))*where(x > 0, 1, 1 - 2*mod(floor(x), 2))",
    "tau": "2*pi",
    "EulerGamma": "0.5772156649015329",
    "GoldenRatio": "1.618033988749895",
    "claimed": "value",
}
BESSEL = {Fraction(0): "special.i0", Fraction(1): "special.i1"}
MAX_INTEGER = 2**53  # from here on integers are written as floats
PLAIN = {"add", "sub", "mul", "neg"}  # of plain numbers: Python's own
CONSTANTS = {"pi": "torch.pi", "e": "torch.e"}
TRUTH = {"true": "torch.tensor(True)", "false": "torch.tensor(False)"}


def to_pytorch(tree: Tree) -> str:
    """The formula as an expression of Python with PyTorch. Raises UnsupportedError for what PyTorch cannot say."""
    names = variables(tree)
    tensor = f"{names[0]}.new_tensor" if names else "torch.tensor"

    def name(_: Tree, node: Tree) -> Tree:
        return _spell(node, tensor) if isinstance(node, Call) else _literal(node)

    return unparse(rebuild(_write_out(tree), name), TORCH_INFIX, TORCH_PREFIX)


def _write_out(tree: Tree) -> Tree:
    """The tree without rows that PyTorch lacks: each as its definition, whose rows may be definitions again."""

    def write_out(_: Tree, node: Tree) -> Tree:
        if not isinstance(node, Call):
            return node
        definition = WRITTEN_OUT.get(node.function) or _definition(node.function)
        if not definition:
            return node
        parameters = [item.partition("=")[0] for item in FUNCTIONS[node.function].parameters.split(", ") if item]
        body = parse(definition, parameters).outputs[0]
        return _write_out(fill(body, dict(zip(parameters, node.args, strict=True))))

    return rebuild(tree, write_out)


def _definition(name: str) -> str:
    """A row as it is written with others, where PyTorch has no function of its own for it; empty, where it has."""
    row = FUNCTIONS[name]
    own = (
        [row.torch] if isinstance(row.torch, str) else [row.sympy] if row.torch and name not in PLAIN_ARGUMENTS else []
    )
    texts = [cell for cell in own if isinstance(cell, str)]
    return next((text for text in texts if not all(part.isidentifier() for part in text.split("."))), "")


def _spell(node: Call, tensor: str) -> Tree:
    """One call, whose arguments are spelled, under PyTorch's name; its plain numbers as tensors where it needs them."""
    if node.function in CONSTANTS or node.function in TRUTH:
        return Variable((CONSTANTS | TRUTH)[node.function])
    if node.function in INFIX or node.function in PREFIX:
        bare = all(map(_is_plain, node.args)) and not _is_plain(node)
        return replace(node, args=(_wrap(node.args[0], tensor), *node.args[1:])) if bare else node
    if node.function in PLAIN_ARGUMENTS:
        x = 1 if node.function == "polygamma" else 0
        args = tuple(_wrap(arg, tensor) if i == x else arg for i, arg in enumerate(node.args))
        return Call(f"torch.{PLAIN_ARGUMENTS[node.function]}", args)
    if node.function == "besseli" and isinstance(node.args[0], Number) and node.args[0].value in BESSEL:
        return Call(f"torch.{BESSEL[node.args[0].value]}", (_wrap(node.args[1], tensor),))
    cell = FUNCTIONS[node.function].torch
    if not isinstance(cell, str):
        raise UnsupportedError(Reason.NOT_SUPPORTED, f"PyTorch has no {node.function}")
    return Call(f"torch.{cell}", tuple(_wrap(arg, tensor) for arg in node.args))


def _literal(leaf: Number | Variable) -> Tree:
    """A number that 64-bit integers do not hold as a float; another leaf as it is."""
    if isinstance(leaf, Variable) or abs(leaf.value.numerator) < MAX_INTEGER > leaf.value.denominator:
        return leaf
    try:
        return Variable(repr(float(leaf.value)))
    except OverflowError:
        raise UnsupportedError(Reason.NOT_SUPPORTED, "a number is beyond float64") from None


def _is_plain(tree: Tree) -> bool:
    """Whether an expression that is spelled is a plain number of Python."""
    if isinstance(tree, Call):
        exact = tree.function in PLAIN or (tree.function == "div" and _is_nonzero(tree.args[1]))
        return exact and all(map(_is_plain, tree.args))
    return isinstance(tree, Number) or tree.name in CONSTANTS.values() or tree.name[0].isdigit()


def _is_nonzero(tree: Tree) -> bool:
    return isinstance(tree, Number) and tree.value != 0


def _wrap(tree: Tree, tensor: str) -> Tree:
    return Call(tensor, (tree,)) if _is_plain(tree) else tree
