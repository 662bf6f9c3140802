"""Where callers went in a flow and what became of them: counted in SQL, joined with their calls' outcomes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, case, func, select, type_coerce

from callcenter.adapters.store.access import COUNT_LIMIT_S, Section
from callcenter.adapters.store.rows import every, select_of
from callcenter.adapters.store.schema import calls, survey_answers, visits
from callcenter.care import SATISFIED, Arm, Csat, Passage, PassedBy, Traffic, TrafficOf
from callcenter.records import CallRecord, Outcome

# Text, so that an outcome of a newer program is no error of the whole count.
_OUTCOME = type_coerce(calls.c.outcome, Text).label("outcome")
SCORES = (
    func.count(survey_answers.c.score).label("count"),
    func.coalesce(func.sum(survey_answers.c.score), 0).label("total"),
    func.count(case((survey_answers.c.score >= SATISFIED, 1))).label("satisfied"),
)


class Heatmap(Section):
    """Counts of visits."""

    async def traffic(self, of: TrafficOf) -> list[Traffic]:
        """Count visits by node and exit, in the order of these; a call counts once for each, with its outcome."""
        counts = (
            select(visits.c.node, visits.c.exit, _OUTCOME, func.count(), func.count(visits.c.call_id.distinct()))
            .outerjoin(calls, calls.c.id == visits.c.call_id)
            .where(*_within(of))
            .group_by(visits.c.node, visits.c.exit, calls.c.outcome)
        )
        return await self._access.read(lambda db: _traffic(db.execute(counts)), limit_s=COUNT_LIMIT_S)

    async def calls_through(self, of: PassedBy) -> list[Passage]:
        """Return the newest calls that passed a flow, or a node or exit of it; each once, where it did so first."""
        asked = [*_within(of.calls)]
        if of.node is not None:
            asked.append(visits.c.node == of.node)
        if of.exit is not None:
            asked.append(visits.c.exit == of.exit)
        first = select(visits.c.call_id, func.min(visits.c.seq).label("seq")).where(*asked).group_by(visits.c.call_id)
        there = first.subquery()
        found = (
            select(visits.c.call_id, visits.c.at, visits.c.version)
            .join(there, (visits.c.call_id == there.c.call_id) & (visits.c.seq == there.c.seq))
            .order_by(visits.c.at.desc(), visits.c.call_id.desc())
            .limit(of.limit)
        )
        if of.before is not None:
            at, call_id = of.before
            found = found.where((visits.c.at < at) | ((visits.c.at == at) & (visits.c.call_id < call_id)))

        def work(db: Connection) -> list[Passage]:
            rows = list(db.execute(found))
            records = select_of(CallRecord, calls).where(calls.c.id.in_([row.call_id for row in rows]))
            known = {call.id: call for call in every(db, CallRecord, records)}
            return [
                Passage(call_id=row.call_id, at=row.at, version=row.version, call=known.get(row.call_id))
                for row in rows
            ]

        return await self._access.read(work, limit_s=COUNT_LIMIT_S)

    async def arms(self, of: TrafficOf, split: str) -> list[Arm]:
        """Count the calls that left node `split`, by exit: outcomes and what they answered in surveys."""
        taken = (
            select(visits.c.call_id, visits.c.exit)
            .where(*_within(of), visits.c.node == split, visits.c.exit != "")
            .distinct()
            .cte("taken")
        )
        outcomes = (
            select(taken.c.exit, _OUTCOME, func.count())
            .outerjoin(calls, calls.c.id == taken.c.call_id)
            .group_by(taken.c.exit, calls.c.outcome)
        )
        scores = (
            select(taken.c.exit, *SCORES)
            .join(survey_answers, survey_answers.c.call_id == taken.c.call_id)
            .group_by(taken.c.exit)
        )

        def work(db: Connection) -> list[Arm]:
            ended: dict[str, dict[Outcome | None, int]] = defaultdict(dict)
            for exit_, outcome, count in db.execute(outcomes):
                _add(ended[exit_], outcome, count)
            csat = {row[0]: Csat(count=row[1], total=row[2], satisfied=row[3]) for row in db.execute(scores)}
            return [
                Arm(exit=exit_, calls=sum(counts.values()), outcomes=counts, csat=csat.get(exit_, Csat()))
                for exit_, counts in sorted(ended.items())
            ]

        return await self._access.read(work, limit_s=COUNT_LIMIT_S)


def _within(of: TrafficOf) -> list[ColumnElement[bool]]:
    asked = [visits.c.flow == of.flow, visits.c.at >= of.since, visits.c.at < of.until]
    if of.version is not None:
        asked.append(visits.c.version == of.version)
    if of.through is not None:
        node, exit_ = of.through
        through = visits.alias("through")
        asked.append(
            visits.c.call_id.in_(
                select(through.c.call_id).where(
                    through.c.flow == of.flow,
                    # Bounds the look-up like the count itself.
                    through.c.at >= of.since,
                    through.c.at < of.until,
                    through.c.node == node,
                    through.c.exit == exit_,
                )
            )
        )
    return asked


def _traffic(rows: Iterable[Any]) -> list[Traffic]:
    total: dict[tuple[str, str], int] = defaultdict(int)
    outcomes: dict[tuple[str, str], dict[Outcome | None, int]] = defaultdict(dict)
    for node, exit_, outcome, passed, callers in rows:
        total[node, exit_] += passed
        _add(outcomes[node, exit_], outcome, callers)
    return [
        Traffic(
            node=node,
            exit=exit_,
            visits=total[node, exit_],
            # A call has one outcome, so it is counted in one of these only.
            calls=sum(outcomes[node, exit_].values()),
            outcomes=outcomes[node, exit_],
        )
        for node, exit_ in sorted(total)
    ]


def _add(counts: dict[Outcome | None, int], outcome: str | None, count: int) -> None:
    """Add to the counts; an outcome of a newer program counts as none."""
    known = Outcome(outcome) if outcome in set(Outcome) else None
    counts[known] = counts.get(known, 0) + count
