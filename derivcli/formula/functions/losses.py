"""The rows of losses, each of one prediction and one target, by PyTorch's own kernels where it has them."""

from collections.abc import Callable
from typing import Any

from derivcli.formula.functions.row import Function, plain


def torch_loss(name: str, **options: str) -> Callable[..., Any]:
    """PyTorch's loss without reduction; what is left of the arguments is plain numbers, by their names there."""

    def cell(t: Any, x: Any, y: Any, *others: Any) -> Any:
        x, y = t.broadcast_tensors(x, y)
        named = {name: plain(value) for name, value in zip(options.values(), others, strict=True)}
        return getattr(t.nn.functional, name)(x, y, reduction="none", **named)

    return cell


F = Function
HUBER = "where(abs(x - y) <= delta, (x - y)**2/2, delta*(abs(x - y) - delta/2))"
SMOOTH_L1 = "where(abs(x - y) < beta, (x - y)**2/(2*beta), abs(x - y) - beta/2)"
BCE = "-(xlogy(y, x) + xlogy(1 - y, 1 - x))"
KL = "xlogy(y, y) - y*x"
FOCAL = "-alpha*y*sigmoid(-x)**gamma*logsigmoid(x) - (1 - alpha)*(1 - y)*sigmoid(x)**gamma*logsigmoid(-x)"
LOSSES = (
    F("huber", "x, y=0, delta=1", HUBER, torch_loss("huber_loss", delta="delta"), HUBER, "-3:-1.2, 0.2:1, 1",
      "huber_loss", "quadratic up to delta, linear beyond", smooth=False),
    F("smooth_l1", "x, y=0, beta=1", SMOOTH_L1, torch_loss("smooth_l1_loss", beta="beta"), SMOOTH_L1,
      "-3:-1.2, 0.2:1, 1", "smooth_l1_loss", "huber/beta", smooth=False),
    F("mse", "x, y", "(x - y)**2", torch_loss("mse_loss"), "(x - y)**2", "-3:3, -3:3", "mse_loss squared_error",
      "squared error"),
    F("bce", "x, y", BCE, torch_loss("binary_cross_entropy"), BCE, "0.1:0.9, 0.1:0.9", "binary_cross_entropy",
      "cross entropy of a probability x and a target y"),
    F("bce_with_logits", "x, y", "log(1 + exp(x)) - x*y", torch_loss("binary_cross_entropy_with_logits"),
      "log(1 + exp(x)) - x*y", "-3:3, 0.1:0.9",
      "binary_cross_entropy_with_logits sigmoid_cross_entropy_with_logits sigmoid_binary_cross_entropy",
      "cross entropy of a logit x and a target y"),
    F("kl_div", "x, y", KL, torch_loss("kl_div"), KL, "-3:-0.2, 0.1:0.9",
      doc="PyTorch's: y (log y - x), x a logarithm"),
    F("scipy_kl_div", "x, y", "xlogy(x, x/y) - x + y", "xlogy(x, x/y) - x + y", "xlogy(x, x/y) - x + y",
      "0.1:0.9, 0.1:0.9", "scipy.special.kl_div", "SciPy's kl_div: x log(x/y) - x + y"),
    F("hinge", "x, y=1", "max(1 - x*y, 0)", "relu(1 - x*y)", "max(1 - x*y, 0)", "-3:-0.2, 1", "hinge_loss",
      "max(1 - x y, 0), the target y = 1 or -1", smooth=False),
    F("focal", "x, y, gamma=2, alpha=1/4", FOCAL, FOCAL, FOCAL, "-3:3, 0.1:0.9, 1:3, 0.2:0.8",
      "focal_loss", "focal loss of a logit x and a target y"),
)  # fmt: skip
