#!/usr/bin/python3 -I
"""Asks a caller what they want when our own services do not answer, and sets CC_QUEUE.

Asterisk starts it, AGI(fallback.py) in context `fallback`, then runs Queue(${CC_QUEUE}). It needs Python 3.11 or later,
pyst2 and six in that Python's packages (the image has them in /usr/lib/python3/dist-packages), and nothing of ours.

Reads the channel's CC_QUEUE (already chosen: nothing to ask) and CC_DID, and the rendered globals CC_PROMPTS,
CC_LANGUAGE, CC_FALLBACK_KEYS (`1:sales,2:support`), CC_FALLBACK_<digits of CC_DID>, CC_FALLBACK_QUEUE. Whatever goes
wrong, it ends quietly and in time, and the dialplan goes on with the caller.
"""

import os
import re
import signal
from typing import TextIO

from asterisk.agi import AGI, AGIException

TRIES = 2  # the menu, and once more on silence or a wrong key
KEY_WAIT_MS = 6000
LONGEST_S = 90  # for all of it: then the caller goes on to the queue, whatever hangs

_QUEUE = re.compile(r"[a-z0-9_-]{1,64}")
_FOLDER = re.compile(r"/[\w./-]+", re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[_-][A-Za-z]{2,4})?")


class Replies:
    """What Asterisk sends, made safe for pyst2.

    pyst2 reads on for ever when the connection ends inside a reply, and when an error 520 has one line only: the end
    is an EOFError here, and such a line becomes a 510, which pyst2 understands.
    """

    def __init__(self, lines: TextIO) -> None:
        self._lines = lines
        self._usage = False  # inside a block from `520-` to `520 `

    def readline(self) -> str:
        line = self._lines.readline()
        if not line:
            raise EOFError("Asterisk ended the connection")
        if line.startswith("520-"):
            self._usage = True
        elif line.startswith("520"):
            line = line if self._usage else f"510{line[3:]}"
            self._usage = False
        return line


def queue_name(text: str) -> str:
    """Return `text` if it can be a queue's name, else "".

    >>> queue_name("sales"), queue_name("sales,t,,,1")
    ('sales', '')
    """
    return text if _QUEUE.fullmatch(text) else ""


def parse_keys(text: str) -> dict[str, str]:
    """Return which key leads to which queue; what is no key or no queue is left out.

    >>> parse_keys("1:sales,2:support,x:y,3:")
    {'1': 'sales', '2': 'support'}
    """
    pairs = (item.strip().partition(":") for item in text.split(","))
    return {key: name for key, _, name in pairs if len(key) == 1 and key in "0123456789*#" and queue_name(name)}


def default_queue(agi: AGI) -> str:
    """Return the queue of the number dialled, else the one for all numbers, else ""."""
    digits = re.sub(r"[^0-9]", "", agi.get_variable("CC_DID"))
    own = queue_name(agi.get_variable(f"CC_FALLBACK_{digits}")) if digits else ""
    return own or queue_name(agi.get_variable("CC_FALLBACK_QUEUE"))


def ask(agi: AGI, queues: dict[str, str]) -> str:
    """Return the queue the caller chooses by key, or "" for none. Raises AGIException on hangup or a missing prompt."""
    folder, language = agi.get_variable("CC_PROMPTS"), agi.get_variable("CC_LANGUAGE")
    if not queues or not _FOLDER.fullmatch(folder):
        return ""
    menu = f"{folder}/{language if _LANGUAGE.fullmatch(language) else 'en'}/fallback-menu"
    for _ in range(TRIES):
        key = agi.stream_file(menu, "0123456789*#") or agi.wait_for_digit(KEY_WAIT_MS)
        if key in queues:
            return queues[key]
    return ""


def choose(agi: AGI) -> None:
    """Set CC_QUEUE unless it is set; raises AGIException or EOFError when the caller is gone."""
    if queue_name(agi.get_variable("CC_QUEUE")):
        return
    default = default_queue(agi)
    try:
        queue = ask(agi, parse_keys(agi.get_variable("CC_FALLBACK_KEYS")))
    except AGIException:  # -1 is a missing prompt or a hangup: the next command tells
        queue = ""
    agi.set_variable("CC_QUEUE", queue or default)


def main() -> None:
    signal.alarm(LONGEST_S)  # not caught: ends the process
    with (
        open(0, encoding="utf-8", errors="replace", closefd=False) as replies,
        open(1, "w", encoding="utf-8", closefd=False) as commands,
        open(os.devnull, "w", encoding="utf-8") as nowhere,
    ):
        try:
            # pyst2 writes all it reads and sends to stderr, callers' data too, and Asterisk's console would show it.
            choose(AGI(Replies(replies), commands, nowhere))
        except Exception:
            # Nearly always the caller is gone. Nobody reads a traceback here, and the dialplan goes on by itself; a
            # last flush of `commands` would only complain of the broken pipe.
            os._exit(0)


if __name__ == "__main__":
    main()
