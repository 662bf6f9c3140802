"""What the evaluation prints: shares with their 95 % intervals, against the targets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np

from bench.speech.measure import CONDITIONS, Outcome
from ivr.nodes.confirming import ACCEPT, CONFIRM

Z: Final = 1.96
REPLY_S: Final = 1.5  # p95, from the caller's last sound


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Per condition: on-topic utterances accepted, of those right, off-topic utterances accepted at most."""

    accepted: float
    right: float
    off_topic: float


TARGETS: Final = {
    "clean": Target(accepted=0.80, right=0.97, off_topic=0.03),
    "10 dB": Target(accepted=0.60, right=0.95, off_topic=0.03),
}


def wilson(hits: int, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927).

    >>> tuple(round(bound, 3) for bound in wilson(97, 100))
    (0.915, 0.99)
    """
    if not count:
        return 0.0, 1.0
    share, square = hits / count, Z * Z / count
    middle = (share + square / 2) / (1 + square)
    half = Z * sqrt(share * (1 - share) / count + square / (4 * count)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)


def accepted(outcome: Outcome, score: float = CONFIRM) -> bool:
    """Whether the caller is believed or asked back (from CONFIRM on), or believed at once (ACCEPT)."""
    return bool(outcome.heard.choice) and outcome.heard.score >= score


def lines(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the table."""
    found = []
    for condition in CONDITIONS:
        here = [outcome for outcome in outcomes if outcome.condition == condition]
        target = TARGETS[condition]
        found += [f"{condition}", *_block("accepted (believed or asked back)", here, CONFIRM, target)]
        found += _block("believed at once", here, ACCEPT, None)
    found += _latency(outcomes)
    return [*found, "", *_voices(outcomes)]


def _block(title: str, here: Sequence[Outcome], score: float, target: Target | None) -> list[str]:
    on = [outcome for outcome in here if outcome.saying.exit]
    off = [outcome for outcome in here if not outcome.saying.exit]
    taken = [outcome for outcome in on if accepted(outcome, score)]
    right = [outcome for outcome in taken if outcome.heard.choice == outcome.saying.exit]
    let_in = [outcome for outcome in off if accepted(outcome, score)]
    return [
        f"  {title}",
        _line("on-topic accepted", len(taken), len(on), (">=", target.accepted) if target else None),
        _line("of those right", len(right), len(taken), (">=", target.right) if target else None),
        _line("off-topic accepted", len(let_in), len(off), ("<=", target.off_topic) if target else None),
    ]


def _line(what: str, hits: int, count: int, target: tuple[str, float] | None) -> str:
    share = hits / count if count else 0.0
    low, high = wilson(hits, count)
    line = f"    {what:<20}{hits:>4} of {count:<4}{share:>7.1%}   [{low:.1%} .. {high:.1%}]"
    if target is None:
        return line
    sign, bound = target
    met = share >= bound if sign == ">=" else share <= bound
    return f"{line}   target {sign} {bound:.0%}: {'met' if met else f'MISSED by {abs(share - bound):.1%}'}"


def _latency(outcomes: Sequence[Outcome]) -> list[str]:
    ended = [outcome.ended_s for outcome in outcomes if outcome.ended_s is not None]
    reply = [outcome.reply_s for outcome in outcomes if outcome.reply_s is not None]
    if not reply:
        return ["nobody was heard"]
    met = "met" if np.percentile(reply, 95) <= REPLY_S else "MISSED"
    return [
        "from the caller's last sound",
        f"  end of utterance   p50 {np.percentile(ended, 50):.2f} s, p95 {np.percentile(ended, 95):.2f} s",
        f"  reply              p50 {np.percentile(reply, 50):.2f} s, p95 {np.percentile(reply, 95):.2f} s"
        f"   target p95 <= {REPLY_S} s: {met}",
    ]


def _voices(outcomes: Sequence[Outcome]) -> list[str]:
    """Right answers by voice: who is hard to understand."""

    def count(voice: str, condition: str) -> str:
        said = [o for o in outcomes if o.voice == voice and o.condition == condition and o.saying.exit]
        good: Callable[[Outcome], bool] = lambda o: accepted(o) and o.heard.choice == o.saying.exit  # noqa: E731
        return f"{sum(map(good, said)):>4} of {len(said):<4}"

    voices = dict.fromkeys(outcome.voice for outcome in outcomes)
    head = f"{'accepted and right':<24}" + "".join(f"{condition:<13}" for condition in CONDITIONS)
    return [head, *(f"  {voice:<20}" + "  ".join(count(voice, name) for name in CONDITIONS) for voice in voices)]
