"""Simulated agents' phones: they register, log in by phone code and PIN, and stay on the nailed-up call.

Each agent is a SIPp process of its own (it costs 1.2 % of a CPU), so one can crash without the others. On the
nailed-up call an agent speaks a tone of its own: whoever is connected to the agent hears who it is.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from callcenter.errors import AsteriskError, ChannelGone, NotFound
from sim.phones.phone import Leg, Phone
from sim.phones.plans import AgentPhone, Line, PhoneCall, agents_by_tone
from sim.phones.rtp import Mouths

REGISTRATION_S: Final = 600


class AgentPhones:
    """`async with AgentPhones(agents, server_port=…)`: their phones, registered; nobody has logged in yet.

    - `line`: server and local address, shared by all phones; its name and user are replaced by each agent's.
    - `tones`: Hz → agent id, to be given to `Callers`.
    Leaving hangs up (which logs out) and ends all processes, also after an exception.
    """

    def __init__(self, agents: Sequence[AgentPhone], line: Line, *, log_dir: Path | None = None) -> None:
        self.agents = {phone.agent: phone for phone in agents}
        self.tones = agents_by_tone(agents)
        self._hz = {agent: hz for hz, agent in self.tones.items()}
        self._line, self._log_dir = line, log_dir
        self._mouths = Mouths()
        self._phones: dict[str, Phone] = {}
        self._nailed: dict[str, Leg] = {}
        self._stack = AsyncExitStack()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> AgentPhones:
        try:
            for agent in self.agents.values():
                line = Line(
                    name=agent.user,
                    server_ip=self._line.server_ip,
                    server_port=self._line.server_port,
                    local_ip=self._line.local_ip,
                    user=agent.user,
                    password=agent.password,
                )
                phone = Phone(line, log_dir=self._log_dir, mouths=self._mouths)
                self._phones[agent.agent] = await self._stack.enter_async_context(phone)
            await asyncio.gather(*(phone.enrol(REGISTRATION_S) for phone in self._phones.values()))
        except BaseException:
            await self._stack.aclose()
            raise
        self._tasks = [asyncio.create_task(self._mouths.run()), asyncio.create_task(self._stay_registered())]
        return self

    async def __aexit__(self, *exc: object) -> None:
        await asyncio.gather(*(phone.hang_up_all() for phone in self._phones.values()))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._stack.aclose()

    def phone(self, agent: str) -> Phone:
        """Return an agent's phone; raise NotFound for an unknown agent."""
        try:
            return self._phones[agent]
        except KeyError:
            raise NotFound(f"no simulated phone of agent {agent!r}") from None

    async def log_in(self, agent: str) -> Leg:
        """Dial the login code, press PIN and #; return the nailed-up call.

        Raises ChannelGone if it is refused or ends before the keys are pressed. Whether the PIN was right shows only
        later: a wrong one ends the call.
        """
        phone, plan = self.phone(agent), self.agents[agent]
        leg = phone.dial(plan.login_code, record=False)
        await leg.answered()
        answered = asyncio.get_running_loop().time()
        for keys in plan.login_keys:
            due = answered + keys.after_s
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
            await leg.press(keys.digits)
        if leg.call.ended_at:
            raise ChannelGone(f"agent {agent}: the call to {plan.login_code} has ended")
        leg.speak(self._hz[agent])
        self._nailed[agent] = leg
        return leg

    async def log_in_all(self) -> None:
        """Log in everybody at once; raise the first refusal."""
        await asyncio.gather(*(self.log_in(agent) for agent in self.agents))

    async def log_out(self, agent: str) -> PhoneCall:
        """Hang up the nailed-up call; returns when the server agreed."""
        leg = self.nailed(agent)
        await leg.hang_up()
        await leg.done.wait()
        return leg.call

    async def dial(self, agent: str, code: str) -> PhoneCall:
        """Call a phone code (pause, ready, …) beside the nailed-up call and wait until the server ends that call."""
        return await self.phone(agent).dial(code).ended()

    async def vanish(self, agent: str) -> None:
        """Crash the agent's phone: the process is killed, nobody is told."""
        await self.phone(agent).vanish()

    def nailed(self, agent: str) -> Leg:
        """Return the nailed-up call; raise NotFound if the agent never logged in."""
        try:
            return self._nailed[agent]
        except KeyError:
            raise NotFound(f"agent {agent!r} has not logged in") from None

    def logged_in(self) -> tuple[str, ...]:
        """Agents whose nailed-up call is alive."""
        return tuple(agent for agent, leg in self._nailed.items() if leg.call.ended_at is None)

    async def _stay_registered(self) -> None:
        while True:
            await asyncio.sleep(REGISTRATION_S / 2)
            for phone in self._phones.values():
                if phone.pid is not None:
                    with contextlib.suppress(AsteriskError):  # the server is away; the next round tries again
                        await phone.enrol(REGISTRATION_S)
