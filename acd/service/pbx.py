"""The acd's verbs on Asterisk, on top of the AMI adapter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from callcenter import dialplan
from callcenter.adapters import ami_actions
from callcenter.adapters.ami import Ami, Event, Origination, QueueMember
from callcenter.errors import ActionRefused


class Pbx:
    """One Asterisk as the acd uses it. Every verb raises as `Ami.action` does."""

    def __init__(self, ami: Ami) -> None:
        self.ami = ami

    async def connect(self, channel: str, agent: str, agent_channel: str) -> None:
        """Send a caller to a parked agent: two actions in one write, so that one network round trip is enough."""
        whom = {dialplan.VAR_AGENT: agent, dialplan.VAR_AGENT_CHANNEL: agent_channel}
        await self.ami.action_batch(
            [ami_actions.setvars(channel, whom), ami_actions.redirect(channel, dialplan.CONTEXT_CONNECT, "s")]
        )

    async def tell_lost(self, channel: str) -> None:
        await self.ami.setvar(channel, dialplan.VAR_AGENT_LOST, "1")

    async def hang_up(self, channel: str) -> None:
        await self.ami.hangup(channel)

    async def channels(self) -> list[Event]:
        return await self.ami.channels()

    async def holding_bridges(self) -> set[str]:
        """Ids of the bridges in which legs rest."""
        return await self.ami.holding_bridges()

    async def agent_channels(self, agents: Sequence[str]) -> dict[str, str]:
        """The parked channel of each of these agents, "" for those who are not logged in."""
        asked = [ami_actions.getvar(None, dialplan.GLOBAL_AGENT_CHANNEL + agent) for agent in agents]
        answers = await self.ami.action_batch(asked)
        return {agent: answer.text("Value") for agent, answer in zip(agents, answers, strict=True)}

    async def variable(self, channel: str, name: str) -> str:
        return await self.ami.getvar(channel, name)

    async def set_closure(self, prompt: str) -> None:
        """Put `prompt` in front of everything; "" reopens.

        Only the dialplan may write AstDB (see there), so this calls an extension that does and then hangs up.
        """
        await self._write_astdb(f"close-{prompt}" if prompt else "reopen")

    async def _write_astdb(self, exten: str, variables: Mapping[str, str] = MappingProxyType({})) -> None:
        writer = f"Local/{exten}@{dialplan.CONTEXT_ASTDB_SET}/n"
        await self.ami.originate(
            Origination(channel=writer, context=dialplan.CONTEXT_CLOSED, exten="s", ring_s=2, variables=variables)
        )

    async def _read_astdb(self, family: str, key: str) -> str:
        """Return an entry, "" if there is none."""
        try:
            found = await self.ami.action_list("DBGet", {"Family": family, "Key": key})
        except ActionRefused:
            return ""
        return found[0].text("Val") if found else ""

    async def closure_note(self) -> str:
        """What was done by phone and not stored yet, see `dialplan.read_closure_note`; "" if nothing."""
        family, _, key = dialplan.DB_CLOSURE_NOTE.partition("/")
        return await self._read_astdb(family, key)  # no such entry: nobody ever used the code

    async def closure_noted(self) -> None:
        """The store has what the note says: remove it."""
        await self._write_astdb("noted")

    async def give_phone(self, phone: str, password: str, until: int) -> None:
        """Have a browser's phone known to Asterisk; see the dialplan's `phone`."""
        told = {dialplan.VAR_PHONE: phone, dialplan.VAR_PASSWORD: password, dialplan.VAR_UNTIL: str(until)}
        await self._write_astdb("phone", told)

    async def knows_phone(self, phone: str, password: str) -> bool:
        """Whether Asterisk has this phone, with this password. The endpoint is written last."""
        name = dialplan.PHONE_PREFIX + phone
        if not await self._read_astdb(f"{dialplan.DB_PHONES}/endpoint", name):
            return False
        return f'"{password}"' in await self._read_astdb(f"{dialplan.DB_PHONES}/auth", name)

    async def take_phone(self, phone: str) -> None:
        await self._write_astdb(f"forget-{phone}")

    async def phones(self) -> dict[str, int]:
        """Browsers' phones that Asterisk knows, and until when, epoch seconds."""
        try:
            rows = await self.ami.action_list("DBGetTree", {"Family": dialplan.DB_PHONES_UNTIL})
        except ActionRefused:
            return {}
        found = {row.text("Key").rpartition("/")[2]: row.text("Val") for row in rows}
        return {phone: int(until) if until.isdecimal() else 0 for phone, until in found.items() if phone}

    async def add_member(self, queue: str, agent: str, *, paused: bool) -> None:
        interface = member(agent)
        state = f"{dialplan.STATE_PREFIX}{agent}"
        place = QueueMember(queue=queue, interface=interface, name=agent, state_interface=state, paused=paused)
        await self.ami.queue_add(place)

    async def remove_member(self, queue: str, agent: str) -> None:
        await self.ami.queue_remove(queue, member(agent))

    async def pause_member(self, agent: str, *, paused: bool, reason: str = "") -> None:
        await self.ami.queue_pause(member(agent), paused, reason=reason)


def member(agent: str) -> str:
    """Return how app_queue reaches a parked agent.

    >>> member("7")
    'Local/7@agent-member/n'
    """
    return f"Local/{agent}@{dialplan.CONTEXT_MEMBER}/n"
