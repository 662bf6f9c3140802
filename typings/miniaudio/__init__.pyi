from collections.abc import Sequence
from enum import Enum

class MiniaudioError(Exception): ...

class SampleFormat(Enum):
    SIGNED16 = ...

class SoundFileInfo:
    nchannels: int
    sample_rate: int
    num_frames: int

class DecodedSoundFile:
    samples: Sequence[int]

def mp3_get_info(data: bytes) -> SoundFileInfo: ...
def wav_get_info(data: bytes) -> SoundFileInfo: ...
def decode(
    data: bytes, output_format: SampleFormat = ..., nchannels: int = ..., sample_rate: int = ...
) -> DecodedSoundFile: ...
