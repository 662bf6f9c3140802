"""Any object with the attributes will do; what the contract names, docs/pacing.md tells."""

import inspect
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from callcenter.errors import ConfigError
from dialer.pacing import PACING, Kind, PacingDecision, PacingEvent, PacingSnapshot, make_pacer
from dialer.pacing.contract import Event, Snapshot

DOC = (Path(__file__).parents[3] / "docs" / "pacing.md").read_text()


def table(heading: str) -> list[str]:
    """First column of the table below `heading`, one entry for each name in it."""
    part = DOC.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    cells = re.findall(r"^\| (`[^|]+`) \|", part, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`([a-z_]+)", cell)]


def public(protocol: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(protocol) if not name.startswith("_")}


class Foreign:
    """A floor that knows nothing of ours, and has no `leaving`."""

    t, cap, day_end, max_wait = 5, 0.03, 60, 1
    n_idle, n_talk, n_wrap, n_away = 3, 1, 0, 0
    n_dialing, n_ringing, n_amd, n_waiting = 0, 1, 0, 0
    trunk_free, cps_free = 9, 9

    def __init__(self) -> None:
        self.idle = {10: 1.0, 11: 2.0, 12: 3.0}
        self.talking = {13: 1.0}
        self.wrapping: dict[int, float] = {}
        self.calls = {1: (1.0, 3.0, -1, 0)}

    def peek(self, k: int) -> list[int]:
        return [0] * k


@pytest.mark.parametrize("mode", PACING)
@pytest.mark.parametrize(
    ("more", "originate"),
    [({}, 2), ({"leaving": None}, 2), ({"leaving": []}, 2), ({"leaving": {12: 9.0}}, 1)],
)
def test_a_pacer_asks_for_attributes_only(mode: str, more: dict[str, object], originate: int) -> None:
    pacer, floor = make_pacer(mode), Foreign()
    vars(floor).update(more)
    pacer.start({"cap": 0.03, "max_wait": 1, "ring_timeout": 20, "amd": False, "day_end": 60, "segments": 1})
    pacer.observe(SimpleNamespace(kind="placed", t=1.0, call=1, agent=-1, seg=0))
    pacer.observe(SimpleNamespace(kind="something new", t=1.0, call=1, agent=-1, seg=0))
    assert pacer.decide(floor).originate == originate
    assert isinstance(pacer.wake, frozenset)


@pytest.mark.parametrize("mode", PACING)
def test_a_fresh_pacer_may_take_over_without_a_word(mode: str) -> None:
    assert make_pacer(mode).decide(Foreign()).originate == 2


@pytest.mark.parametrize("mode", ["clairvoyant", "", "PROGRESSIVE"])
def test_a_mode_that_does_not_exist_is_refused_with_those_that_do(mode: str) -> None:
    with pytest.raises(ConfigError, match=f"{mode!r} does not exist: use one of progressive, ratio"):
        make_pacer(mode)


def test_kinds_are_strings() -> None:
    assert Kind.NO_ANSWER == "noanswer"
    assert "idle" in make_pacer("progressive").wake


def test_our_own_event_and_snapshot_have_what_the_contract_names() -> None:
    assert public(Event) <= set(PacingEvent.__dataclass_fields__)
    assert public(Snapshot) | {"leaving"} == set(PacingSnapshot.__dataclass_fields__)


def test_the_document_tells_every_name() -> None:
    assert table("Events") == [kind.value for kind in Kind]
    assert set(table("The snapshot")) == set(PacingSnapshot.__dataclass_fields__)
    assert set(table("The decision")) == set(PacingDecision.__dataclass_fields__)
    assert table("Modes") == list(PACING)
