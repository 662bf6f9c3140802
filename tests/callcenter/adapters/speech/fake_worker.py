"""A recognition worker that understands nothing: it behaves as its plan's engine says, to try those who use it.

echo: the text is the sound, read as ASCII. slow: the same after 0.3 s. dies: at the first utterance. hangs: there too.
late: dies at the first, then echo. garbage: says what no worker says. broken: cannot begin. wrong: cannot answer.
"""

import json
import sys
import time
from pathlib import Path

from callcenter.adapters.speech import frames

plan = json.loads(sys.argv[1])
engine, marks = plan["engine"], Path(plan["model_dir"]) if plan["model_dir"] else None
out = sys.stdout.buffer


def say(header: dict[str, object]) -> None:
    out.write(frames.pack(header))
    out.flush()


def answer(request: dict[str, object], sound: bytes) -> None:
    if engine == "dies" or (engine == "late" and marks is not None and not marks.exists()):
        if marks is not None:
            marks.touch()
        sys.exit(3)
    if engine == "hangs":
        time.sleep(60)
    if engine == "slow":
        time.sleep(0.3)
    if engine == "wrong":
        say({"id": request["id"], "cpu_s": 0.0, "error": "ValueError: no such thing"})
        return
    taught = f" taught {len(lessons)}" if lessons else ""
    text = sound.rstrip(b"\0").decode() + taught
    say({"id": request["id"], "cpu_s": 0.01, "readings": [{"text": text, "confidence": 0.9, "intents": {}}]})


lessons: list[object] = []
if engine == "broken":
    say({"failed": "no model"})
    sys.exit(1)
if engine == "garbage":
    out.write(b"hello world, this is no frame\n")
    out.flush()
say({"ready": {"engine": engine, "languages": ["en"], "intents": plan["intents"]}})
stdin = sys.stdin.buffer
while len(head := stdin.read(frames.LENGTHS.size)) == frames.LENGTHS.size:
    header, body = frames.lengths(head)
    request, sound = frames.header(stdin.read(header)), stdin.read(body)
    if request["do"] == "recognise":
        answer(request, sound)
    else:
        if request["do"] == "learn":
            lessons.append(request["phrases"])
        say({"id": request["id"], "cpu_s": 0.0})
