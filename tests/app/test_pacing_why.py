"""`callcenter campaign why`: an answer to "why did it dial 7 at 14:03:22?"."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from app.pacing_why import time_in
from callcenter.adapters.store import Store
from callcenter.errors import ConfigError
from callcenter.outbound import Decision
from tests.app.office import Office

NOW = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)  # 15:00 in New York
NEW_YORK = "America/New_York"
SUM = ("agents free in 10 s: 6.2", "people who will answer: 3.1", "price 4.0 %", "drops 3 of 200", "7 calls")


def kept(office: Office, *ago_s: float, asked: int = 7, placed: int = 7) -> None:
    """A campaign, and decisions made so many seconds ago."""
    office.add()

    async def work(store: Store) -> None:
        now = await store.now()
        floor = {"idle": 2.0, "talk": 10.0, "ringing": 5.0}
        await store.keep_decisions(
            [
                Decision(
                    campaign="spring",
                    cell="main",
                    at=now - timedelta(seconds=seconds),
                    asked=asked,
                    placed=placed,
                    cancelled=0,
                    floor=floor,
                    reasons=SUM,
                )
                for seconds in ago_s
            ]
        )

    office.store(work)


def test_the_decision_that_held_is_told_with_its_floor_and_its_sum(office: Office) -> None:
    kept(office, 5, placed=6)
    said = office("campaign", "why", "spring").splitlines()
    assert said[0].endswith(": asked for 7 calls, 6 went out")
    assert said[1] == "  agents: 2 idle, 10 talk, 0 wrap, 0 away"
    assert said[2] == "  calls:  0 dialing, 5 ringing, 0 amd, 0 waiting"
    assert said[3:] == [f"  {line}" for line in SUM]


def test_those_before_and_after_are_told_beside_it(office: Office) -> None:
    kept(office, 9, 5, 1)
    said = office("campaign", "why", "spring")
    assert said.count("drops 3 of 200") == 4
    table = json.loads(office("campaign", "why", "spring", "--json"))
    assert len(table["around"]) == 3
    assert table["decision"] == table["around"][-1]


def test_where_nothing_is_kept_it_says_so(office: Office) -> None:
    office.add()
    assert office("campaign", "why", "spring").startswith("nothing is kept of a decision at ")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("14:03:22", datetime(2026, 3, 2, 19, 3, 22, 999_999, tzinfo=UTC)),
        ("14:03", datetime(2026, 3, 2, 19, 3, 0, 999_999, tzinfo=UTC)),
        ("16:00", datetime(2026, 3, 1, 21, 0, 0, 999_999, tzinfo=UTC)),
        ("2026-02-28T14:03:22", datetime(2026, 2, 28, 19, 3, 22, tzinfo=UTC)),
        ("2026-02-28T14:03:22Z", datetime(2026, 2, 28, 14, 3, 22, tzinfo=UTC)),
    ],
)
def test_times_are_those_of_the_centre(written: str, meant: datetime) -> None:
    assert time_in(written, NEW_YORK, NOW) == meant


@pytest.mark.parametrize("written", ["soon", "25:00", "12:61", "2026-13-01"])
def test_what_is_no_time_is_told_with_how_to_write_it(written: str) -> None:
    with pytest.raises(ConfigError, match=r"write 14:03:22 or 2026-03-02T14:03:22"):
        time_in(written, NEW_YORK, NOW)
