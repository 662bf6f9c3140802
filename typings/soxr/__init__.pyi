from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

_Wave = TypeVar("_Wave", bound=npt.NDArray[np.floating[Any] | np.signedinteger[Any]])

def resample(x: _Wave, in_rate: float, out_rate: float, quality: str = ...) -> _Wave: ...
