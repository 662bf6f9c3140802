"""A campaign's forecast over real HTTP."""

import math
from datetime import timedelta

import pytest

from app import forecasting
from app.centre_file import load
from callcenter.accounts import Role
from callcenter.outbound import Campaign, CampaignKind, Lead
from desk.failures import Refused
from desk.models.forecasts import ForecastAsked
from desk.service.forecasts import asked_of, shown
from dialer.forecast import UNKNOWN
from dialer.outlook import Outlook, Range, Staffing, Team
from sim import pieces
from tests.app.office import CENTRE
from tests.desk.house import House

HALF = Range(low=0.4, mid=0.5, high=0.6)


@pytest.fixture
async def spring(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """A centre with a campaign of 500 leads; pieces of ten minutes, played in this process."""
    monkeypatch.setattr(forecasting, "processors", lambda: 1)
    monkeypatch.setattr(pieces, "SHORTEST_S", 600.0)
    monkeypatch.setattr(pieces, "LONGEST_S", 600.0)
    file = house.desk.setup.settings.centre_file  # type: ignore[attr-defined]
    file.write_text(CENTRE)
    await house.store.apply_centre(load(file).records())
    now = await house.store.now()
    campaign = Campaign(
        name="spring",
        title="Spring",
        kind=CampaignKind.SALES,
        queue="sales",
        trunk="carrier",
        caller_id="+12025550100",
        region="US",
        company="Example Ltd",
        callback="+12025550101",
        created_at=now,
    )
    await house.store.put_campaign(campaign)
    numbers = (f"+1202555{number:04}" for number in range(500))
    leads = [Lead(campaign="spring", number=number, next_at=now, created_at=now) for number in numbers]
    await house.store.add_leads(leads)
    return house


async def test_a_supervisor_sees_what_comes_of_the_day(spring: House) -> None:
    await spring.enter(Role.SUPERVISOR)
    found = (await spring.ask("GET", "/campaigns/spring/forecast?agents=2&agents_to=4&answer_rate=0.3")).plain
    assert (found["campaign"], found["mode"], found["cap"]) == ("spring", "progressive", 0.03)
    assert found["answer_rate"] == {"mean": 0.3, "low": 0.3, "high": 0.3, "source": "given", "seen": 0}
    assert found["handle_s"]["source"] == "assumed"
    assert [team["agents"] for team in found["teams"]] == [2, 3, 4]
    assert found["stock"]["ready"] == 500
    assert found["staffing"]["most_connects"] in {2, 3, 4}
    missing = await spring.ask("GET", "/campaigns/autumn/forecast")
    assert (missing.status, missing.code) == (404, "not-found")


async def test_what_is_asked_wrongly_is_refused(spring: House) -> None:
    await spring.enter(Role.ADMIN)
    for query in ("agents=0", "answer_rate=25", "mode=psychic", "hours=99"):
        assert (await spring.ask("GET", f"/campaigns/spring/forecast?{query}")).status == 400, query
    for query in ("agents=9&agents_to=3", "agents_to=3"):
        assert (await spring.ask("GET", f"/campaigns/spring/forecast?{query}")).status == 422, query


def test_a_question_is_read() -> None:
    asked = asked_of(ForecastAsked(agents=3, agents_to=5, hours=6, handle_s=90, mode="ratio", history=False))
    assert (asked.teams, asked.hours, asked.given.handle_s, asked.mode, asked.history) == (
        (3, 4, 5),
        6,
        90,
        "ratio",
        False,
    )
    assert asked_of(ForecastAsked()).teams == ()
    with pytest.raises(Refused):
        asked_of(ForecastAsked(agents=5, agents_to=3))


async def test_what_lies_beyond_the_horizon_is_null(house: House) -> None:
    team = Team(
        agents=3,
        utilisation=HALF,
        drop_rate=HALF,
        calls_per_hour=HALF,
        connects_per_hour=HALF,
        connects=HALF,
        connects_per_agent_hour=HALF,
        dry_after_h=Range(low=1.0, mid=2.0, high=math.inf),
        runs_dry=0.6,
        keeps_up=0.5,
        used_up_days=None,
    )
    outlook = Outlook(
        campaign="spring",
        mode="ratio",
        cap=0.03,
        start=await house.store.now() + timedelta(hours=1),
        hours=8.0,
        believed=UNKNOWN,
        stock=None,
        teams=(team,),
        staffing=Staffing(keeps_up=None, most_connects=3),
        notes=("no lead is ready",),
    )
    found = shown(outlook).model_dump(mode="json")
    assert found["teams"][0]["dry_after_h"] == {"low": 1.0, "mid": 2.0, "high": None}
    assert found["teams"][0]["used_up_days"] is None
    assert found["stock"] is None
    assert found["answer_rate"]["low"] < 0.25 < found["answer_rate"]["high"]
