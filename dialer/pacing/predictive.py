"""Predictive: places calls while the risk of one more is worth its price. Pure; no parameters to tune.

It foretells when agents will be free (dialer.pacing.releases) and which calls in flight a person will answer
(dialer.pacing.answers), works out the risk that one more person would find no agent (dialer.pacing.outlook, .risk),
and places calls up to the price that spends the budget of drops evenly (dialer.pacing.price). With nothing to risk it
is progressive, and so it is with a single agent.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

from callcenter.outbound import MIN_RING
from dialer.pacing.answers import Answers
from dialer.pacing.contract import MAKES_ROOM, Event, PacingDecision, Snapshot, calls_in_flight, ready_agents
from dialer.pacing.grid import Floats, Grid
from dialer.pacing.limits import within_limits
from dialer.pacing.outlook import Forecast, Outlook
from dialer.pacing.price import Budget, Price, Standing
from dialer.pacing.releases import Releases
from dialer.pacing.risk import Dialing, Search

STEP_S: Final = 0.5  # width of a bin of the time ahead
LONG_STEP_S: Final = 1.0  # where calls ring for long
LONG_RING_S: Final = 40.0
AFTER_RING_S: Final = 10.0  # dialing and AMD: the time ahead reaches so far beyond the ring timeout
REFRESH_S: Final = 10.0  # tables of agents and of calls are worked out in turn, or when they are out of date
SOONEST_REFRESH_S: Final = 2.0
# From so many agents on one decision in so many seconds is enough: more only cost.
PAUSES: Final = ((600, 1.4), (200, 0.9), (60, 0.45))
CHORES_LATE_S: Final = 3.0  # so long a large team's tables may wait for a moment in which nothing is decided
MOST_AT_ONCE: Final = 1_000  # calls of one decision
MIN_RING_S: Final = MIN_RING.total_seconds()
CANCEL_SLACK_S: Final = 0.05
LEAST_CANCEL_RISK: Final = 0.01
TRUSTED_DOUBT: Final = 0.03  # with more of it forecasts are careful on purpose, and not to be held against what comes
LOST_SLACK: Final = 3.0  # talks whose event may still be on its way, and the same for each agent
LOST_SLACK_SHARE: Final = 0.02


# What arithmetic on a floor that cannot be may raise: then one call per ready agent, and the reason is told.
FORECAST_FAILS: Final = (ArithmeticError, LookupError, TypeError, ValueError)


class Predictive:
    """The pacer "predictive"."""

    wake: frozenset[str] = MAKES_ROOM

    def __init__(self) -> None:
        self.start({})

    def start(self, info: Mapping[str, Any], /) -> None:
        ring_s = min(120.0, max(15.0, float(info.get("ring_timeout", 22.0))))
        step = STEP_S if ring_s <= LONG_RING_S else LONG_STEP_S
        grid = Grid(step, int((ring_s + AFTER_RING_S) / step))
        self._answers = Answers(grid, ring_s, int(info.get("segments") or 1))
        self._releases = Releases(grid, float(info.get("max_wait", 2.0)))
        self._forecast = Forecast(grid, self._releases, self._answers)
        self._price = Price(info)
        self._refreshed_at = self._decided_at = -1e18
        self._agents_next = True
        self._told: tuple[str, ...] = ()

    def observe(self, event: Event, /) -> None:
        self._answers.log.take(event)

    def decide(self, snapshot: Snapshot, /) -> PacingDecision:
        agents = snapshot.n_idle + snapshot.n_talk + snapshot.n_wrap
        pause = next((pause_s for team, pause_s in PAUSES if agents >= team), 0.0)
        at_leisure = 0.0 <= snapshot.t - self._decided_at < pause
        try:
            if at_leisure:
                self._do_chores(snapshot)
                return PacingDecision(originate=0, reasons=("decided a moment ago:", *self._told))
            self._decided_at = snapshot.t
            decision = self._decide(snapshot, agents, CHORES_LATE_S if pause else 0.0)
        except FORECAST_FAILS as error:  # better a dialer that is slow than one that stands still or is bold
            safe = ready_agents(snapshot) - calls_in_flight(snapshot)
            decision = within_limits(safe, snapshot, (f"progressive: no forecast ({type(error).__name__}: {error})",))
        self._told = decision.reasons
        return decision

    def _do_chores(self, snapshot: Snapshot) -> None:
        """Use a moment in which nothing is decided for what takes time: so no decision takes long."""
        if not self._refresh_if_due(snapshot, 0.0):
            self._answers.learn(snapshot.t)

    def _decide(self, snapshot: Snapshot, agents: int, late_s: float) -> PacingDecision:
        leaving: AbstractSet[Any] = frozenset(getattr(snapshot, "leaving", None) or ())
        by_bin = self._releases.look(snapshot, leaving)
        self._answers.look(snapshot.t, snapshot.calls)
        self._refresh_if_due(snapshot, late_s)
        ready, flying = ready_agents(snapshot), calls_in_flight(snapshot)
        safe = max(0, ready - flying)
        if agents <= 1:
            return within_limits(safe, snapshot, (f"{agents} agents: progressive", f"{flying} calls in flight"))
        surprise = max(0.0, self._price.correction - 1.0)
        outlook = self._forecast.look_ahead(by_bin, ready, snapshot.n_waiting, surprise)
        shortage = outlook.shortage()
        budget = self._price.budget(self._stand(snapshot, outlook, shortage, agents))
        most = int(max(0.0, min(snapshot.trunk_free, snapshot.cps_free, MOST_AT_ONCE)))
        dialing = Search(outlook, shortage, snapshot.peek).calls_below(budget.price, most if budget.price > 0.0 else 0)
        reasons = _reasons(outlook, budget, dialing, (ready, safe))
        decision = within_limits(max(safe, dialing.calls), snapshot, reasons)
        self._account(decision.originate, dialing, outlook, budget)
        return self._cancelling(decision, snapshot, float(self._forecast.when_old @ shortage), budget)

    def _cancelling(self, decision: PacingDecision, snapshot: Snapshot, risk: float, budget: Budget) -> PacingDecision:
        """End the calls that have rung long enough if whoever answers them now would probably find no agent."""
        if risk <= max(budget.price, LEAST_CANCEL_RISK):
            return decision
        since = snapshot.t - MIN_RING_S - CANCEL_SLACK_S
        old = [call for call, (_, ringing, answered, _) in snapshot.calls.items() if answered < 0.0 <= ringing <= since]
        if not old:
            return decision
        for call in old:
            self._answers.log.cancel(call)
        why = f"{len(old)} calls that rang {MIN_RING_S:g} s are ended: {100 * risk:.1f} % risk of no agent"
        return PacingDecision(originate=decision.originate, cancel=tuple(old), reasons=(*decision.reasons, why))

    def _refresh_if_due(self, snapshot: Snapshot, late_s: float) -> bool:
        """Work out the tables of agents or those of calls, in turn; at once if what is known has changed. Return
        whether there was anything to do. What is due may wait `late_s`."""
        age = snapshot.t - self._refreshed_at
        if 0.0 <= age <= SOONEST_REFRESH_S + late_s:
            return False
        old = age < 0.0 or age > REFRESH_S + late_s
        agents_due = self._releases.stale or (old and self._agents_next)
        calls_due = self._answers.stale or (old and not self._agents_next)
        if not (agents_due or calls_due):
            return False
        if agents_due and (self._agents_next or not calls_due):
            self._releases.refresh()
            self._forecast.renew_agents()
        else:
            self._answers.refresh()
            self._forecast.renew_calls()
            self._answers.log.forget(snapshot.t, snapshot.calls)
        self._refreshed_at = snapshot.t
        self._agents_next = not self._agents_next
        return True

    def _stand(self, snapshot: Snapshot, outlook: Outlook, shortage: Floats, agents: int) -> Standing:
        lives = outlook.sums[4]
        live, drops = self._counted(agents)
        coming = float(lives[0] * shortage[0] + (lives[1:] - lives[:-1]) @ shortage[1:])
        coming += max(0.0, snapshot.n_waiting - snapshot.n_idle - float(outlook.sums[3, 0]))
        return Standing(
            t=snapshot.t,
            cap=snapshot.cap,
            day_end=snapshot.day_end,
            live=live,
            drops=drops,
            lives_coming=float(lives[-1]),
            drops_coming=coming,
            burst=0.5 * max(0.0, float(outlook.sums[1, -1])) ** 0.5,
            agents=agents,
            engaged=snapshot.n_talk + snapshot.n_wrap + calls_in_flight(snapshot),
        )

    def _counted(self, agents: int) -> tuple[int, float]:
        """Return the people who answered and the drops among them, heard of or not.

        Talks begun are known from the snapshots. If fewer of them were told by events, events were lost, and drops
        will have been lost alike.
        """
        log, begun = self._answers.log, self._releases.connected
        lost = max(0.0, begun - log.connects - LOST_SLACK - LOST_SLACK_SHARE * agents)
        drops = log.drops * begun / max(1.0, begun - min(lost, 0.8 * begun))
        return max(log.lives, int(begun + drops)), drops

    def _account(self, placed: int, dialing: Dialing, outlook: Outlook, budget: Budget) -> None:
        if placed and self._answers.shape_doubt < TRUSTED_DOUBT:
            lives = placed * float(outlook.fresh[:, 4, -1].mean())
            risk = 0.5 * (dialing.first + dialing.last) if dialing.calls else 0.0
            self._price.placed(lives, risk, budget)


def _reasons(outlook: Outlook, budget: Budget, dialing: Dialing, counts: tuple[int, int]) -> tuple[str, ...]:
    ready, safe = counts
    soon = min(9, outlook.sums.shape[1] - 1)
    return (
        f"agents free in 10 s: {outlook.sums[3, soon] + ready:.1f}",
        f"people who will answer: {outlook.lives_coming:.1f}",
        f"risk of one more call {100 * dialing.first:.1f} %, price {100 * budget.price:.1f} %",
        f"drops {budget.drops:g} of {budget.live}, target {100 * budget.target:.2f} % by {budget.why}",
        f"{max(safe, dialing.calls)} calls",
    )
