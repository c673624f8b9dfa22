"""The arrays that pass between the layers: float64 numbers, masks and indices."""

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]


Indices = np.ndarray[Any, np.dtype[np.int64]]


Mask = np.ndarray[Any, np.dtype[np.bool_]]
