"""Utilisation against drops as a picture (SVG): one mark for each pacer and scene, intervals as whiskers. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from sim.compare import Pooled, Spread

WIDTH: Final = 900
HEIGHT: Final = 560
LEFT: Final = 64
RIGHT: Final = 190  # the legend
TOP: Final = 40
BOTTOM: Final = 56
# Told apart by people who confuse red and green (Okabe and Ito, 2008), and by shape as well.
COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
SHAPES: Final = (
    "M-5,0a5,5 0 1,0 10,0a5,5 0 1,0 -10,0",
    "M-5,-5H5V5H-5Z",
    "M0,-6L6,5H-6Z",
    "M0,-6L6,0L0,6L-6,0Z",
    "M0,6L6,-5H-6Z",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """From `low` to `high` (percent) over the pixels from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    def ticks(self) -> Iterator[float]:
        step = next(step for step in (0.5, 1, 2, 5, 10, 20) if (self.high - self.low) / step <= 10)
        tick = math.ceil(self.low / step) * step
        while tick <= self.high + 1e-9:
            yield tick
            tick += step


def chart(cells: Sequence[Pooled], cap: float, title: str) -> str:
    """Return the picture of `cells` as an SVG document; `cap` (a fraction) is the dashed line."""
    drops = [_ends(cell.drop_rate) for cell in cells]
    used = [_ends(cell.utilisation) for cell in cells]
    right = math.ceil(max(high for _, high in [*drops, (0.0, 120 * cap)]))
    low = 10 * math.floor(min(low for low, _ in used) / 10)
    x = Axis(low=0.0, high=float(min(100, max(1, right))), start=LEFT, end=WIDTH - RIGHT)
    y = Axis(low=float(max(0, low)), high=100.0, start=HEIGHT - BOTTOM, end=TOP)
    names = list(dict.fromkeys(cell.cell.pacer for cell in cells))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif"'
        ' font-size="12">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="22" font-size="14">{escape(title)}</text>',
        *_frame(x, y, 100 * cap),
        *(_mark(cell, names.index(cell.cell.pacer), x, y) for cell in cells),
        *_legend(names),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _ends(spread: Spread) -> tuple[float, float]:
    """The ends of an interval, in percent."""
    half = spread.half or 0.0
    return 100 * max(0.0, spread.mean - half), 100 * min(1.0, spread.mean + half)


def _frame(x: Axis, y: Axis, cap: float) -> Iterator[str]:
    for tick in x.ticks():
        at = x.at(tick)
        yield f'<path d="M{at},{y.start}V{y.end}" stroke="#e5e5e5"/>'
        yield f'<text x="{at}" y="{y.start + 18}" text-anchor="middle">{tick:g}</text>'
    for tick in y.ticks():
        at = y.at(tick)
        yield f'<path d="M{x.start},{at}H{x.end}" stroke="#e5e5e5"/>'
        yield f'<text x="{x.start - 8}" y="{at + 4}" text-anchor="end">{tick:g}</text>'
    yield f'<path d="M{x.start},{y.end}V{y.start}H{x.end}" stroke="#333" fill="none"/>'
    at = x.at(cap)
    yield f'<path d="M{at},{y.end}V{y.start}" stroke="#b00" stroke-dasharray="5 4"/>'
    yield f'<text x="{at + 4}" y="{y.end + 12}" fill="#b00">cap {cap:g} %</text>'
    middle = (x.start + x.end) / 2
    yield f'<text x="{middle}" y="{y.start + 40}" text-anchor="middle">drops, % of people who answered</text>'
    half = (y.start + y.end) / 2
    yield f'<text transform="translate(18 {half}) rotate(-90)" text-anchor="middle">utilisation of agents, %</text>'


def _mark(cell: Pooled, which: int, x: Axis, y: Axis) -> str:
    colour, shape = COLOURS[which % len(COLOURS)], SHAPES[which % len(SHAPES)]
    at_x, at_y = x.at(100 * cell.drop_rate.mean), y.at(100 * cell.utilisation.mean)
    (left, right), (low, high) = _ends(cell.drop_rate), _ends(cell.utilisation)
    told = (
        f"{cell.cell.pacer}, {cell.cell.scene}: {100 * cell.utilisation.mean:.1f} % at "
        f"{100 * cell.drop_rate.mean:.2f} % drops, {len(cell.days)} days"
    )
    whiskers = f"M{x.at(left)},{at_y}H{x.at(right)}M{at_x},{y.at(low)}V{y.at(high)}"
    return (
        f'<g fill="{colour}" stroke="{colour}"><title>{escape(told)}</title><path d="{whiskers}" fill="none"/>'
        f'<path d="{shape}" transform="translate({at_x} {at_y})"/>'
        f'<text x="{at_x + 8}" y="{at_y - 6}" stroke="none" font-size="10">{escape(cell.cell.scene)}</text></g>'
    )


def _legend(names: Sequence[str]) -> Iterator[str]:
    for row, name in enumerate(names):
        colour, shape = COLOURS[row % len(COLOURS)], SHAPES[row % len(SHAPES)]
        at_x, at_y = WIDTH - RIGHT + 24, TOP + 14 + 20 * row
        yield f'<path d="{shape}" transform="translate({at_x} {at_y})" fill="{colour}"/>'
        yield f'<text x="{at_x + 12}" y="{at_y + 4}">{escape(name)}</text>'
