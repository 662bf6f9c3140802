"""What is only ever added: agents' states and who changed what."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, func, select

from callcenter.adapters.store.access import Section
from callcenter.adapters.store.rows import every, insert_once, row_of, select_of
from callcenter.adapters.store.schema import agent_changes, audits
from callcenter.audit import AuditEntry, AuditsOf
from callcenter.records import AgentChange

_LAST = select(func.max(agent_changes.c.seq)).group_by(agent_changes.c.agent)
_LAST_CHANGES = (
    select_of(AgentChange, agent_changes).where(agent_changes.c.seq.in_(_LAST)).order_by(agent_changes.c.agent)
)


class Journal(Section):
    """Logs without update or delete. Entries carry an id of ours, so that a repeated commit adds none."""

    async def log_agent_change(self, change: AgentChange, entry: str = "") -> None:
        """Add an entry; `entry` is its id, for a caller who may do this twice."""
        row = {"id": entry or uuid4().hex, **row_of(change)}
        await self._access.write(lambda db: insert_once(db, agent_changes, row))

    async def agent_changes(self, agent: str | None, since: datetime, until: datetime) -> list[AgentChange]:
        """Return the changes from `since` to before `until`, of one agent or of all, in the order recorded."""
        table = agent_changes
        statement = select_of(AgentChange, table).where(table.c.at >= since, table.c.at < until).order_by(table.c.seq)
        if agent is not None:
            statement = statement.where(table.c.agent == agent)
        return await self._access.read(lambda db: every(db, AgentChange, statement))

    async def last_agent_changes(self) -> list[AgentChange]:
        """Return the last change of each agent ever logged, by agent."""
        return await self._access.read(lambda db: every(db, AgentChange, _LAST_CHANGES))

    async def audit(self, who: str, what: str, detail: str, now: datetime) -> None:
        """Note that `who` did `what`; `detail` is for people and must hold no secret."""
        row = {"id": uuid4().hex, "who": who, "what": what, "detail": detail, "at": now}
        await self._access.write(lambda db: insert_once(db, audits, row))

    async def audit_page(self, of: AuditsOf) -> list[tuple[int, AuditEntry]]:
        """Return the newest entries that `of` asks for, newest first, each with its number."""
        columns = select_of(AuditEntry, audits).add_columns(audits.c.seq)
        statement = columns.order_by(audits.c.seq.desc()).limit(of.limit)
        for column, value in ((audits.c.who, of.who), (audits.c.what, of.what)):
            if value is not None:
                statement = statement.where(column == value)
        if of.since is not None:
            statement = statement.where(audits.c.at >= of.since)
        if of.before is not None:
            statement = statement.where(audits.c.seq < of.before)

        def work(db: Connection) -> list[tuple[int, AuditEntry]]:
            rows = [dict(row._mapping) for row in db.execute(statement)]
            return [(row.pop("seq"), AuditEntry(**row)) for row in rows]

        return await self._access.read(work)

    async def audited_after(self, seq: int | None) -> list[tuple[int, str]]:
        """Return number and kind of the entries numbered above `seq`, in their order; None: of the newest alone."""
        statement = select(audits.c.seq, audits.c.what)
        if seq is None:
            statement = statement.order_by(audits.c.seq.desc()).limit(1)
        else:
            statement = statement.where(audits.c.seq > seq).order_by(audits.c.seq)

        def work(db: Connection) -> list[tuple[int, str]]:
            return [(row.seq, row.what) for row in db.execute(statement)]

        return await self._access.read(work)

    async def audits(self, limit: int = 100) -> list[AuditEntry]:
        """Return the newest `limit` entries, newest first."""
        statement = select_of(AuditEntry, audits).order_by(audits.c.seq.desc()).limit(limit)
        return await self._access.read(lambda db: every(db, AuditEntry, statement))
