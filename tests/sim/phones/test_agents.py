"""Agents' phones on real SIPp processes against a small SIP server: registration, login, logout, crash."""

import asyncio

import pytest

from callcenter.errors import ActionRefused, ChannelGone, NotFound
from sim.phones.agents import AgentPhones
from sim.phones.plans import AgentPhone, EndedBy, Keys, Line
from tests.sim.phones.registrar import Registrar

PASSWORDS = {"p11": "one", "p12": "two"}
SOON = (Keys(after_s=0.4, digits="4#"),)
AGENTS = [AgentPhone(agent=u[1:], user=u, password=p, pin="4", keys=SOON) for u, p in PASSWORDS.items()]


def line(server: Registrar) -> Line:
    return Line(name="agents", server_port=server.port, local_ip="127.0.0.6")


async def test_agents_register_log_in_and_stay_until_they_log_out() -> None:
    async with Registrar(PASSWORDS) as server, AgentPhones(AGENTS, line(server)) as agents:
        assert server.registered == {"p11", "p12"}
        assert agents.logged_in() == ()
        await agents.log_in_all()
        assert sorted(agents.logged_in()) == ["11", "12"]
        assert server.dialled == ["*1", "*1"]
        assert [keys.digits for keys in agents.nailed("11").call.keys] == ["4#"]
        ended = await agents.log_out("11")
        assert ended.ended_by is EndedBy.PHONE
        assert agents.logged_in() == ("12",)
        assert len(server.ended) == 1
    assert len(server.ended) == 2


async def test_a_challenge_that_comes_twice_from_a_busy_server_is_not_a_refusal() -> None:
    async with Registrar(PASSWORDS, twice=True) as server, AgentPhones(AGENTS, line(server)) as agents:
        assert server.registered == {"p11", "p12"}
        await agents.log_in_all()
        assert sorted(agents.logged_in()) == ["11", "12"]


async def test_a_proof_that_comes_too_late_is_given_once_more() -> None:
    async with Registrar(PASSWORDS, stale=True) as server, AgentPhones(AGENTS, line(server)):
        assert server.registered == {"p11", "p12"}


async def test_a_wrong_password_is_refused_in_one_line() -> None:
    said = "SIP/2.0 401 Unauthorized, then SIP/2.0 403 Forbidden"
    async with Registrar({"p11": "other"}) as server:
        with pytest.raises(ActionRefused, match=rf"^phone p11: registration refused: {said}$"):
            async with AgentPhones(AGENTS[:1], line(server)):
                pass


async def test_a_login_that_is_not_answered_raises() -> None:
    async with Registrar(PASSWORDS, refuse_calls=486) as server, AgentPhones(AGENTS[:1], line(server)) as agents:
        with pytest.raises(ChannelGone):
            await agents.log_in("11")
        assert agents.logged_in() == ()
        with pytest.raises(NotFound):
            agents.nailed("11")


async def test_a_login_that_is_hung_up_before_the_pin_raises() -> None:
    async with Registrar(PASSWORDS) as server, AgentPhones(AGENTS[:1], line(server)) as agents:
        login = asyncio.create_task(agents.log_in("11"))
        await server.connected["*1"].wait()
        server.hang_up("*1")
        with pytest.raises(ChannelGone):
            await login


async def test_a_phone_code_is_dialled_beside_the_nailed_up_call() -> None:
    async with Registrar(PASSWORDS) as server, AgentPhones(AGENTS[:1], line(server)) as agents:
        await agents.log_in("11")
        code = asyncio.create_task(agents.dial("11", "*3"))
        await server.connected["*3"].wait()
        server.hang_up("*3")
        assert (await code).ended_by is EndedBy.SERVER
        assert agents.logged_in() == ("11",)


async def test_a_crashed_phone_says_nothing_to_the_server() -> None:
    async with Registrar(PASSWORDS) as server, AgentPhones(AGENTS, line(server)) as agents:
        await agents.log_in_all()
        await agents.vanish("12")
        await agents.nailed("12").ended()
        assert agents.logged_in() == ("11",)
        assert server.ended == []


async def test_an_unknown_agent_is_named() -> None:
    async with Registrar(PASSWORDS) as server, AgentPhones([], line(server)) as agents:
        with pytest.raises(NotFound, match="99"):
            await agents.log_in("99")
