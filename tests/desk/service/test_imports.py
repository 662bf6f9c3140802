"""Long lists over real HTTP: answered at once, worked off meanwhile."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from callcenter.errors import Conflict, NotFound
from callcenter.outbound import Campaign, CampaignKind
from desk.imports import AT_ONCE, KEPT, Imports, Job, Stage
from tests.desk.house import Answered, House

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
FILE = {"Content-Type": "application/octet-stream"}
SPRING = Campaign(
    name="spring",
    title="",
    kind=CampaignKind.SALES,
    queue="sales",
    trunk="carrier",
    caller_id="+12025550100",
    region="US",
    company="Example Ltd",
    callback="+12025550101",
    created_at=NOW,
)


async def sent(house: House, query: str, text: str) -> Answered:
    return await house.ask("POST", f"/imports?{query}", data=text.encode(), headers=FILE)


async def over(house: House, begun: Answered) -> Any:
    """Ask until the list is taken over."""
    assert begun.status == 202, begun.plain
    async with asyncio.timeout(20):
        while True:
            shown = (await house.ask("GET", f"/imports/{begun.plain['id']}")).plain
            if shown["stage"] in {"done", "failed"}:
                return shown


async def test_a_list_of_leads_is_taken_over_and_asked_about(house: House) -> None:
    await house.enter()
    await house.store.put_campaign(SPRING)
    rows = [f"+1202555{place:04},Ann" for place in range(1200)]
    text = "\n".join(["number,name", *rows, "12,Ben", ""])
    tried = await over(house, await sent(house, "into=leads&campaign=spring&dry_run=true", text))
    assert (tried["leads"]["good"], tried["leads"]["imported"], tried["rows"]) == (1200, None, None)
    done = await over(house, await sent(house, "into=leads&campaign=spring", text))
    assert (done["stage"], done["done"], done["of"]) == ("done", 1200, 1200)
    assert (done["leads"]["imported"], [one["line"] for one in done["leads"]["faults"]]) == (1200, [1202])
    assert len(await house.store.leads("spring", limit=5000)) == 1200


async def test_persons_and_debts_are_too(house: House) -> None:
    await house.enter()
    done = await over(house, await sent(house, "into=persons&region=US", "number,name\n202 555 0143,Ann\n"))
    assert (done["rows"]["new"], done["leads"]) == (1, None)
    text = "number,reference,amount,due\n+12025550143,A-1,120.50,2026-03-31\n"
    assert (await over(house, await sent(house, "into=debts&currency=USD", text)))["rows"]["new"] == 1


async def test_what_is_wrong_is_told_at_once_or_when_it_is_found(house: House) -> None:
    await house.enter()
    await house.store.put_campaign(SPRING)
    assert (await sent(house, "into=leads", "number\n")).status == 400
    assert (await sent(house, "into=leads&campaign=autumn", "number\n")).status == 404
    assert (await sent(house, "into=debts&currency=XXQ", "number\n")).status == 422
    failed = await over(house, await sent(house, "into=leads&campaign=spring", "name\nAnn\n"))
    assert (failed["stage"], failed["leads"]) == ("failed", None)
    assert "number" in failed["fault"]["message"]
    assert (await house.ask("GET", f"/imports/{'0' * 32}")).status == 404


async def test_the_desk_goes_on_while_a_list_is_read(house: House) -> None:
    await house.enter()
    text = "number,name\n" + "".join(f"+1202555{place:04},Ann\n" for place in range(10_000))
    begun = await sent(house, "into=persons&dry_run=true", text)
    stages = set()
    while (shown := (await house.ask("GET", f"/imports/{begun.plain['id']}")).plain)["stage"] == "reading":
        stages.add((shown["done"], shown["of"]))
    assert {of for _, of in stages} == {10_001}
    assert len(stages) > 2  # asked again and again, and each time it was further
    assert (await over(house, begun))["rows"]["good"] == 10_000


def test_only_some_run_at_once_and_they_are_forgotten_an_hour_after_their_end() -> None:
    imports = Imports()
    jobs = [imports.begin(Job(id=str(place), of=1), NOW) for place in range(AT_ONCE)]
    with pytest.raises(Conflict):
        imports.begin(Job(id="more", of=1), NOW)
    jobs[0].end(NOW, outcome="good")
    assert imports.job("0").stage is Stage.DONE
    imports.begin(Job(id="more", of=1), NOW + KEPT - timedelta(seconds=1))
    jobs[1].end(NOW)
    imports.begin(Job(id="late", of=1), NOW + KEPT)
    with pytest.raises(NotFound):
        imports.job("0")
