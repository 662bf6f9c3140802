from typing import Any

import numpy as np
import numpy.typing as npt

class Kokoro:
    @classmethod
    def from_session(cls, session: Any, voices_path: str) -> Kokoro: ...
    def create(
        self, text: str, voice: str, speed: float = ..., lang: str = ...
    ) -> tuple[npt.NDArray[np.float32], int]: ...
