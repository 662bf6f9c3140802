"""Text to speech at build time. An engine is anything with a name and a voice.

Kokoro (`tts_kokoro`) speaks best and has to be installed; espeak-ng is the one always at hand.
"""

from __future__ import annotations

import subprocess
import tempfile
import wave
from pathlib import Path
from typing import Final, Protocol

from callcenter.adapters.prompt_audio import AudioError, Sound
from callcenter.adapters.tts_kokoro import kokoro
from callcenter.errors import ConfigError, MachineError

WORDS_PER_MINUTE: Final = 155  # calm; espeak's own 175 is hurried on a telephone
TIMEOUT_S: Final = 60.0


class Voice(Protocol):
    """Speaks text. `name` says engine, voice and settings: prompts are rendered anew when it changes."""

    @property
    def name(self) -> str: ...

    def speak(self, text: str, pace: float = 1.0) -> Sound:
        """Return `text` spoken, `pace` times as fast as usual; raise MachineError without the engine, AudioError."""
        ...


class EspeakNg:
    """espeak-ng (Debian package of that name): robotic, small, every language. The same text gives the same sound."""

    def __init__(self, voice: str, words_per_minute: int = WORDS_PER_MINUTE) -> None:
        self._voice, self._speed = voice, words_per_minute

    @property
    def name(self) -> str:
        return f"espeak-ng {self._voice} {self._speed}"

    def speak(self, text: str, pace: float = 1.0) -> Sound:
        with tempfile.TemporaryDirectory() as folder:
            # To a file: on a pipe espeak-ng writes a header with a made-up length. From stdin: a text may begin with -.
            file = Path(folder) / "speech.wav"
            speed = str(round(self._speed * pace))
            command = ["espeak-ng", "-v", self._voice, "-s", speed, "-w", str(file), "--stdin"]
            try:
                subprocess.run(command, input=text.encode(), capture_output=True, check=True, timeout=TIMEOUT_S)
            except FileNotFoundError:
                raise MachineError("espeak-ng is not installed: apt-get install espeak-ng") from None
            except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
                said = (error.stderr or b"").decode(errors="replace").strip().splitlines()
                raise AudioError(f"espeak-ng failed: {said[-1] if said else error}") from None
            with wave.open(str(file)) as speech:
                return Sound(rate_hz=speech.getframerate(), samples=speech.readframes(speech.getnframes()))


# Voices by language of the catalogue; a language without one is an error of the build.
ESPEAK_VOICES: Final = {"en": "en-us", "es": "es-419", "fr": "fr-fr"}


def default_voice(language: str) -> Voice:
    """Return the best voice there is here for `language`; raise ConfigError for a language without one."""
    return kokoro(language) or plain_voice(language)


def plain_voice(language: str) -> Voice:
    """Return espeak-ng's voice of `language`; raise ConfigError for a language without one."""
    voice = ESPEAK_VOICES.get(language)
    if voice is None:
        raise ConfigError(f"no voice is known for language {language!r}; there are {', '.join(sorted(ESPEAK_VOICES))}")
    return EspeakNg(voice)
