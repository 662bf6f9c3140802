"""Leads and attempts as people look them up: page by page, none of it changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, tuple_

from callcenter.adapters.store.access import Section
from callcenter.adapters.store.rows import every, select_of
from callcenter.adapters.store.schema import attempts, leads
from callcenter.outbound import Attempt, AttemptsOf, Lead, LeadsOf

_OF_LEAD = (
    select_of(Attempt, attempts)
    .where(attempts.c.campaign == bindparam("of"), attempts.c.lead == bindparam("key"))
    .order_by(attempts.c.reserved_at.desc(), attempts.c.id.desc())
    .limit(bindparam("most"))
)


class LeadLists(Section):
    """Who is to be called, and who was."""

    async def lead_page(self, of: LeadsOf) -> list[Lead]:
        """Return the leads that `of` asks for, those due first."""
        statement = select_of(Lead, leads).where(leads.c.campaign == of.campaign)
        if of.state is not None:
            statement = statement.where(leads.c.state == of.state)
        if of.outcome is not None:
            statement = statement.where(leads.c.last_outcome == of.outcome)
        if of.digits:
            statement = statement.where(leads.c.number.contains(of.digits, autoescape=True))
        if of.after is not None:
            statement = statement.where(tuple_(leads.c.next_at, leads.c.id) > _place(leads, "next_at", of.after))
        statement = statement.order_by(leads.c.next_at, leads.c.id).limit(of.limit)
        return await self._access.read(lambda db: every(db, Lead, statement))

    async def attempts_of_lead(self, lead: Lead, limit: int) -> list[Attempt]:
        """Return the last attempts on a lead, newest first."""
        values = {"of": lead.campaign, "key": lead.id, "most": limit}
        return await self._access.read(lambda db: every(db, Attempt, _OF_LEAD, values))

    async def attempt_page(self, of: AttemptsOf) -> list[tuple[Attempt, str]]:
        """Return the attempts that `of` asks for, newest first, each with the name of its lead, "" if unknown."""
        statement: Select[Any] = (
            select_of(Attempt, attempts)
            .add_columns(leads.c.name.label("lead_name"))
            .select_from(attempts.outerjoin(leads, leads.c.id == attempts.c.lead))
            .where(attempts.c.campaign == of.campaign)
        )
        if of.outcome is not None:
            statement = statement.where(attempts.c.outcome == of.outcome)
        if of.digits:
            statement = statement.where(attempts.c.number.contains(of.digits, autoescape=True))
        if of.before is not None:
            statement = statement.where(
                tuple_(attempts.c.reserved_at, attempts.c.id) < _place(attempts, "reserved_at", of.before)
            )
        statement = statement.order_by(attempts.c.reserved_at.desc(), attempts.c.id.desc()).limit(of.limit)

        def work(db: Connection) -> list[tuple[Attempt, str]]:
            rows = [dict(row._mapping) for row in db.execute(statement)]
            return [(_attempt(row), row["lead_name"] or "") for row in rows]

        return await self._access.read(work)


def _attempt(row: Mapping[str, Any]) -> Attempt:
    return Attempt(**{name: value for name, value in row.items() if name != "lead_name"})


def _place(table: Any, column: str, place: tuple[datetime, int | str]) -> Any:
    """Return where a page ended, as a value that rows compare with."""
    at, key = place
    return tuple_(bindparam(None, at, table.c[column].type), bindparam(None, key, table.c.id.type))
