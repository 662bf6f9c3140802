"""The block list, the do-not-call list and the closure over real HTTP."""

from __future__ import annotations

from callcenter.accounts import Role
from callcenter.messages import CentreChanged
from tests.desk.house import House


async def test_a_caller_is_blocked_and_answered_again(house: House) -> None:
    await house.enter(Role.SUPERVISOR)
    async with house.desk.bus.subscribe(CentreChanged) as messages:
        made = await house.ask("POST", "/blocks", json={"number": "+1 202 555 0100", "reason": "prank calls"})
        assert (made.status, made.plain["number"]) == (201, "+12025550100")
        assert (await anext(messages)) == CentreChanged(what="blocked")
    assert [one["reason"] for one in (await house.ask("GET", "/blocks")).plain["items"]] == ["prank calls"]
    assert (await house.ask("DELETE", "/blocks/%2B12025550100")).status == 204
    assert (await house.ask("DELETE", "/blocks/%2B12025550100")).status == 404
    refused = await house.ask("POST", "/blocks", json={"number": "12"})
    assert refused.status == 400
    assert (await house.ask("POST", "/blocks", json={"number": "123456"})).status == 422


async def test_the_centre_is_closed_with_a_prompt_that_can_be_heard(house: House) -> None:
    await house.enter(Role.SUPERVISOR)
    assert (await house.ask("GET", "/closure")).plain["closed"] is False
    assert (await house.ask("POST", "/closure", json={"prompt": "closed"})).code == "config"
    await house.desk.prompts.speak("en", "closed")
    closed = await house.ask("POST", "/closure", json={"prompt": "closed"})
    assert (closed.plain["closed"], closed.plain["by"]) == (True, "supervisor-1")
    assert closed.plain["troubles"] == ["Asterisk was not told"]
    await house.enter(Role.AGENT)
    assert (await house.ask("GET", "/closure")).plain["prompt"] == "closed"
    await house.enter(Role.SUPERVISOR)
    assert (await house.ask("DELETE", "/closure")).plain["closed"] is False


async def test_a_number_is_never_called_again_until_somebody_takes_it_back(house: House) -> None:
    await house.enter()
    made = await house.ask("POST", "/dnc", json={"number": "+12025550100", "reason": "asked on the phone"})
    assert (made.status, made.plain["campaign"]) == (201, None)
    again = await house.ask("POST", "/dnc", json={"number": "+12025550100"})
    assert again.plain["reason"] == "asked on the phone"
    found = await house.ask("GET", "/dnc?number=%2B12025550100")
    assert [one["number"] for one in found.plain["items"]] == ["+12025550100"]
    assert (await house.ask("POST", "/dnc", json={"number": "+12025550100", "campaign": "none-such"})).status == 404
    assert (await house.ask("DELETE", "/dnc/%2B12025550100")).status == 204
    assert (await house.ask("DELETE", "/dnc/%2B12025550100")).status == 404
    details = [one["detail"] for one in (await house.ask("GET", "/audit?what=dnc")).plain["items"]]
    assert details == ["remove +12025550100", "add +12025550100", "add +12025550100"]
