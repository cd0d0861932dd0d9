"""Types of tensors and shapes, which Keras leaves to its backend."""

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

Tensor = Any
Tensors = Mapping[str, Tensor]
Shape = tuple[int | None, ...]
Inputs = Mapping[str, tuple[NDArray, NDArray]]  # rows of each input, and the row of each sample
