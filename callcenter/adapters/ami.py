"""Our link to Asterisk's manager interface (AMI): events in order, actions with an answer or an error in time.

    async with Ami(AmiAddress(host="127.0.0.1", user="acd", secret=secret)) as ami:
        await ami.wait_ready()
        async for item in ami.events():
            match item:
                case LinkUp():      # take a snapshot: channels(), QueueStatus
                case LinkDown():    # drop the picture
                case Event():       # item.name, item.text("Uniqueid")

The AMI is a lossy feed: nothing is repeated after a loss, neither their events nor our actions.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
import uuid
from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import Final, Self

from callcenter.adapters import ami_actions
from callcenter.adapters.ami_actions import AmiAction, Extra, Origination, QueueMember
from callcenter.adapters.ami_link import AmiAddress, AmiPolicy, Answer, Pending, Session
from callcenter.adapters.ami_stream import EventStream, Item, LinkDown, LinkUp
from callcenter.adapters.ami_wire import Counts, Event, Headers, Response, check_action
from callcenter.errors import ActionRefused, AsteriskError, Conflict, LoginRefused, NoSuchChannel, Unreachable
from callcenter.tracker import HOLDING

__all__ = [
    "Ami",
    "AmiAction",
    "AmiAddress",
    "AmiPolicy",
    "Event",
    "Extra",
    "LinkDown",
    "LinkUp",
    "Origination",
    "QueueMember",
    "Response",
]

log = logging.getLogger(__name__)

ACTION_TIMEOUT_S: Final = 5.0
# Asterisk's words for a channel that hung up meanwhile, by Hangup, Setvar, Getvar and by Redirect.
NO_CHANNEL: Final = ("No such channel", "Channel does not exist", "ExtraChannel does not exist")


def backoff_s(failures: int, policy: AmiPolicy, rng: random.Random) -> float:
    """Return how long to wait after so many failures in a row (1 is the first): doubling up to a limit, then between
    half and all of it, so that several processes do not come back in step."""
    full = min(policy.backoff_last_s, policy.backoff_first_s * 2.0 ** min(failures - 1, 30))
    return full * rng.uniform(0.5, 1.0)


class _Closed(Unreachable):
    """We closed the link ourselves: the end of the events, not an error to them."""


class Ami:
    """A login that is kept up from `async with` to its end. One consumer of events, any number of actions at once."""

    def __init__(self, address: AmiAddress, policy: AmiPolicy | None = None, rng: random.Random | None = None) -> None:
        check_action("Login", {"Username": address.user, "Secret": address.secret})
        self.address = address
        self.counts = Counts()
        self._policy = policy or AmiPolicy()
        self._rng = rng or random.Random()
        self._stream = EventStream(self._policy.high_water, self.counts)
        self._session: Session | None = None
        self._why = f"{address}: not connected yet"
        self._over: AsteriskError | None = None  # why nothing will come any more
        self._settled = asyncio.Event()  # logged in, or over
        self._task: asyncio.Task[None] | None = None
        self._name = uuid.uuid4().hex[:12]  # panoramisk's ActionIDs are alike in forked processes
        self._numbers = itertools.count(1)

    async def __aenter__(self) -> Self:
        """Begin to connect; `wait_ready` says when that is done."""
        self._task = asyncio.create_task(self._run(), name=str(self.address))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the link and everything that waits for it; nothing connects afterwards."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        self._end(_Closed(f"{self.address}: closed"))

    # ------------------------------------------------------------------------------------------------ the link

    @property
    def ready(self) -> bool:
        """Whether an action would be sent now."""
        return self._session is not None and not self._session.link.lost.done()

    @property
    def backlog(self) -> int:
        """Events that wait for the consumer."""
        return len(self._stream)

    async def wait_ready(self, timeout: float = 10.0) -> None:
        """Return once logged in. Raise LoginRefused, or Unreachable after `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                await self._settled.wait()
        except TimeoutError:
            raise Unreachable(f"not logged in after {timeout:g} s: {self._why}") from None
        if self._over is not None:
            raise self._over

    def reconnect(self) -> None:
        """Give the link up and log in again: LinkDown and LinkUp follow in the stream."""
        if self._session is not None:
            self._session.link.fail("asked to connect again")

    async def _run(self) -> None:
        """Log in, stay, begin again after a loss; until closed, or refused: asking again would only fill logs."""
        failures = 0
        while self._over is None:
            session = Session(self.address, self._stream.put, self.counts)
            try:
                await self._live(session)
            except Unreachable as error:
                self._why = str(error)
                failures = 1 if session.age_s > self._policy.backoff_last_s else failures + 1
                if failures == 1:
                    log.warning("%s; trying again", error)
            except LoginRefused as refused:
                self._end(refused)
            except Exception as error:  # our own fault; nobody shall wait for ever because of it
                log.exception("%s: given up", self.address)
                self._end(Unreachable(f"{self.address}: given up: {error!r}"))
            finally:
                await session.end()
            if self._over is None:
                await asyncio.sleep(backoff_s(failures, self._policy, self._rng))

    async def _live(self, session: Session) -> None:
        """One login from beginning to end; raise Unreachable when it is lost."""
        uptime_s = await session.open(self._policy)
        if uptime_s is None and self._policy.events:
            log.warning("%s: no FullyBooted; does the user have read class system?", self.address)
        log.info("%s: logged in", self.address)
        self._session = session
        self._stream.mark(LinkUp(uptime_s=uptime_s))
        self._settled.set()
        reason = "closed"
        try:
            reason = await session.watch(self._policy)
        finally:
            self._session = None
            self._why = f"{self.address}: link lost: {reason}"
            self._settled.clear()
            self._stream.mark(LinkDown(reason=reason))
        raise Unreachable(self._why)

    def _end(self, why: AsteriskError) -> None:
        self._over = self._over or why
        self._settled.set()
        self._stream.finish(self._over)

    # ---------------------------------------------------------------------------------------------- the events

    async def next_event(self) -> Item:
        """Return the next event or change of the link. Raise LoginRefused if we were refused, Unreachable if closed."""
        return await self._stream.get()

    async def events(self) -> AsyncIterator[Item]:
        """Yield events and changes of the link until closed. Raise LoginRefused if we were refused."""
        while True:
            try:
                item = await self._stream.get()
            except _Closed:
                return
            yield item

    # --------------------------------------------------------------------------------------------- the actions

    async def action(self, name: str, headers: Headers | None = None, timeout: float = ACTION_TIMEOUT_S) -> Response:
        """Have one action done and return Asterisk's response. Sent once or not at all, never later.

        Raise ConfigError before anything is sent if Asterisk would read something else than meant, Unreachable if
        we are not logged in, the link is lost or `timeout` seconds pass (the action may have been done or not),
        ActionRefused with Asterisk's words, NoSuchChannel if the channel is gone.
        """
        (answer,) = await self._exchange([self._pending(name, headers)], timeout)
        return answer.response

    async def action_list(
        self, name: str, headers: Headers | None = None, timeout: float = ACTION_TIMEOUT_S
    ) -> list[Event]:
        """Have one action done that answers with a list, and return its items; they are in `events` as well.

        Raises as `action` does.
        """
        (answer,) = await self._exchange([self._pending(name, headers, as_list=True)], timeout)
        return answer.items

    async def action_batch(self, actions: Sequence[AmiAction], timeout: float = ACTION_TIMEOUT_S) -> list[Response]:
        """Send several actions in one write and return the responses; Asterisk does them in this order.

        Raises as `action` does, for the first that failed; those after it were tried all the same.
        """
        pendings = [self._pending(action.name, action.headers) for action in actions]
        return [answer.response for answer in await self._exchange(pendings, timeout)] if pendings else []

    def _pending(self, name: str, headers: Headers | None, *, as_list: bool = False) -> Pending:
        return Pending(name, headers or {}, action_id=f"{self._name}-{next(self._numbers)}", as_list=as_list)

    async def _exchange(self, pendings: Sequence[Pending], timeout: float) -> list[Answer]:
        if self._session is None:
            raise self._over or Unreachable(self._why)
        if not self._session.link.responses.keys().isdisjoint(pending.id for pending in pendings):
            raise Conflict("an action with this ActionID is still waiting for its answer")
        answers = await self._session.exchange(pendings, timeout)
        for pending, answer in zip(pendings, answers, strict=True):
            if not answer.response.success:
                error = NoSuchChannel if answer.response.message.startswith(NO_CHANNEL) else ActionRefused
                raise error(f"{pending['Action']}: {answer.response.message}")
        return answers

    # ------------------------------------------------------------------------- the verbs; see ami_actions for each

    async def originate(self, call: Origination, timeout: float = ACTION_TIMEOUT_S) -> Response:
        """Start a call. The response only says that Asterisk will try: how it went is the event OriginateResponse,
        matched by the ActionID in the response. Raise Unreachable while the link is in doubt, see `action`."""
        if self._session is not None and self._session.doubtful:
            raise Unreachable(f"{self.address}: the last ping went unanswered")
        return await self._do(ami_actions.originate(call), timeout)

    async def redirect(
        self, channel: str, context: str, exten: str, priority: int = 1, extra: Extra | None = None
    ) -> Response:
        return await self._do(ami_actions.redirect(channel, context, exten, priority, extra))

    async def setvar(self, channel: str | None, name: str, value: str) -> Response:
        return await self._do(ami_actions.setvar(channel, name, value))

    async def getvar(self, channel: str | None, name: str) -> str:
        """Return the value; Asterisk does not tell an unset variable from an empty one."""
        return (await self._do(ami_actions.getvar(channel, name))).text("Value")

    async def hangup(self, channel: str, cause: int = ami_actions.NORMAL_CLEARING) -> Response:
        return await self._do(ami_actions.hangup(channel, cause))

    async def queue_add(self, member: QueueMember) -> Response:
        return await self._do(ami_actions.queue_add(member))

    async def queue_remove(self, queue: str, interface: str) -> Response:
        return await self._do(ami_actions.queue_remove(queue, interface))

    async def queue_pause(self, interface: str, paused: bool, queue: str | None = None, reason: str = "") -> Response:
        return await self._do(ami_actions.queue_pause(interface, paused, queue, reason))

    async def channels(self, timeout: float = ACTION_TIMEOUT_S) -> list[Event]:
        """Return all channels of this Asterisk, one CoreShowChannel event each."""
        return await self.action_list("CoreShowChannels", timeout=timeout)

    async def holding_bridges(self) -> set[str]:
        """Return the ids of the bridges in which legs rest."""
        bridges = await self.action_list("BridgeList")
        return {bridge.text("BridgeUniqueid") for bridge in bridges if bridge.text("BridgeTechnology") == HOLDING}

    async def ping(self, timeout: float = ACTION_TIMEOUT_S) -> Response:
        return await self.action("Ping", timeout=timeout)

    async def core_status(self) -> Response:
        """Return when Asterisk was started and how many calls it has."""
        return await self.action("CoreStatus")

    async def core_settings(self) -> Response:
        """Return Asterisk's version and limits."""
        return await self.action("CoreSettings")

    async def _do(self, action: AmiAction, timeout: float = ACTION_TIMEOUT_S) -> Response:
        return await self.action(action.name, action.headers, timeout)
