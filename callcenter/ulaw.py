"""G.711 µ-law (ITU-T G.711): what telephones carry and what prompts are stored in. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]  # -1..1

BIAS: Final = 0x84
CLIP: Final = 32635


def _decode_table() -> Samples:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = (((code & 0x0F) << 3) + BIAS << ((code & 0x70) >> 4)) - BIAS
    return (np.where(code & 0x80, -magnitude, magnitude) / 32768.0).astype(np.float32)


DECODED: Final = _decode_table()


def decode(data: bytes) -> Samples:
    """Return the samples of µ-law bytes.

    >>> decode(b"\\xff\\x00").tolist()
    [0.0, -0.9803466796875]
    """
    return DECODED[np.frombuffer(data, dtype=np.uint8)]


def encode(samples: Samples) -> bytes:
    """Return µ-law bytes of samples in -1..1 (clipped)."""
    pcm = np.clip(np.round(samples * 32768.0), -CLIP, CLIP).astype(np.int32)
    sign = np.where(pcm < 0, 0x80, 0)
    magnitude = np.abs(pcm) + BIAS
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    return bytes((~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8))
