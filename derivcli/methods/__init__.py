"""One file per way to differentiate; its docstring is the help, and says formula, cost, error and source.

estimate(problem) → Estimate      values (outputs, partials, points), with errors if it knows them
LIBRARY = "PyTorch"               optional: whose derivatives of functions it puts together, conventions too
ADVISORY = True                   optional: it is called unreliable where it is off, not wrong

For the blocks of a sweep, which have tens of thousands of points:

over_block(problem) → Estimate    optional: the same, where many points call for another way
compiled(problem) → (program, formulas)      optional: the derivatives as one program, found once, run in each block

UnsupportedError, with a `Reason`, says where it does not apply; whatever else is raised is told, and stops no other.
"""
