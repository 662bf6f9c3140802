"""`python -m bench.speech [development|held-out]`: how well callers are understood, against the targets.

Speaks the set first, if it has not been spoken here yet (a quarter of an hour, once). `scripts/bench-speech` installs
all it needs; docs/speech.md has the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path

import numpy as np

from bench.speech import table
from bench.speech.build import FOLDER, build
from bench.speech.measure import Outcome, measure
from bench.speech.texts import SETS
from bench.speech.voices import VOICES, speaker
from callcenter.adapters.speech.worker import ENGINES, Plan


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.speech", description=__doc__)
    parser.add_argument("set", nargs="?", choices=SETS, default="held-out")
    parser.add_argument("--engine", choices=ENGINES, default=ENGINES[0])
    parser.add_argument("--every", type=int, default=1, help="take only every so-manieth utterance")
    asked = parser.parse_args()
    missing = [voice for voice in VOICES[asked.set] if speaker(voice) is None]
    if missing:
        print(f"not the whole set, for want of voices: {', '.join(missing)}; scripts/bench-speech installs them")
    utterances = build(asked.set)[:: asked.every]
    plan = Plan(engine=asked.engine, intents=asked.engine == ENGINES[0])
    outcomes, cpu_s = asyncio.run(measure(utterances, plan, 1))
    print(f"{asked.set} set, {asked.engine}: {len(utterances)} utterances in each condition")
    print("\n".join(table.lines(outcomes)))
    print(f"recognition, CPU     p50 {np.percentile(cpu_s, 50):.2f} s, p95 {np.percentile(cpu_s, 95):.2f} s")
    keep(outcomes, FOLDER / f"{asked.set}-{asked.engine}.jsonl")


def keep(outcomes: list[Outcome], file: Path) -> None:
    """Write each outcome as a line of JSON, for a closer look at the development set."""
    with file.open("w", encoding="utf-8") as out:
        for one in outcomes:
            row = {
                "menu": one.saying.menu,
                "exit": one.saying.exit,
                "said": one.saying.text,
                "voice": one.voice,
                "condition": one.condition,
                "heard": one.heard.choice,
                "score": one.heard.score,
                "readings": [[r.text, r.confidence, dict(r.intents)] for r in one.readings],
                "ended_s": one.ended_s,
                "reply_s": one.reply_s,
            }
            print(json.dumps(row), file=out)


if __name__ == "__main__":
    main()
