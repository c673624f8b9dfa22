"""THE table of functions, one row each: `operators`, `elementary`, `activations`, `losses` and `special` by their kind.

`row` says what a row is. Importing this module imports no library. Conventions are SymPy's:
https://docs.sympy.org/latest/modules/functions/
"""

from derivcli.formula.functions.activations import ACTIVATIONS
from derivcli.formula.functions.elementary import ELEMENTARY, PIECEWISE
from derivcli.formula.functions.losses import LOSSES
from derivcli.formula.functions.operators import OPERATORS
from derivcli.formula.functions.special import SPECIAL

FUNCTIONS = {row.name: row for row in (*OPERATORS, *ELEMENTARY, *PIECEWISE, *ACTIVATIONS, *LOSSES, *SPECIAL)}
