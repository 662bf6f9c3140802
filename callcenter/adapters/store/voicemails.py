"""What callers leave behind: voicemails, answers to surveys, consents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, func, select, update

from callcenter.adapters.store.access import COUNT_LIMIT_S, Section
from callcenter.adapters.store.notices import add_notices
from callcenter.adapters.store.rows import every, insert_once, one, row_of, select_of, upsert
from callcenter.adapters.store.schema import calls, consents, survey_answers, voicemails
from callcenter.adapters.store.traffic import SCORES
from callcenter.care import Consent, Csat, CsatOf, Notice, SurveyAnswer, Voicemail
from callcenter.errors import NotFound

_VOICEMAIL = select_of(Voicemail, voicemails).where(voicemails.c.id == bindparam("key"))
_IN_BOX = (
    select_of(Voicemail, voicemails)
    .where(voicemails.c.box == bindparam("of"))
    .order_by(voicemails.c.recorded_at.desc(), voicemails.c.id)
    .limit(bindparam("most"))
)
_UNHEARD = _IN_BOX.where(voicemails.c.heard_at.is_(None))
_BOXES = (
    select(voicemails.c.box, func.count(), func.count(voicemails.c.heard_at))
    .group_by(voicemails.c.box)
    .order_by(voicemails.c.box)
)
_HEARD = update(voicemails).where(voicemails.c.id == bindparam("key"), voicemails.c.heard_at.is_(None))

_ANSWERS = (
    select_of(SurveyAnswer, survey_answers)
    .where(survey_answers.c.call_id == bindparam("key"))
    .order_by(survey_answers.c.at, survey_answers.c.question)
)
_AGENT = func.coalesce(survey_answers.c.agent, calls.c.agent)
_QUEUE = func.coalesce(survey_answers.c.queue, calls.c.queue)
CSAT_BY: Final = {
    "queue": (_QUEUE,),
    "agent": (_AGENT,),
    "version": (survey_answers.c.flow, survey_answers.c.version),
}
# A comment is recorded after the score was pressed: the one does not take back the other.
_KNOWN: Final = frozenset({"score", "comment", "agent", "queue"})
_FIRST: Final = frozenset({"flow", "version", "at"})

_CONSENTS = select_of(Consent, consents).order_by(consents.c.at, consents.c.kind)
_OF_CALL = _CONSENTS.where(consents.c.call_id == bindparam("key"))
_OF_NUMBER = _CONSENTS.where(consents.c.number == bindparam("key"))


class Voicemails(Section):
    """Voicemails."""

    async def put_voicemail(self, voicemail: Voicemail, notices: Sequence[Notice] = ()) -> bool:
        """Keep a voicemail, with notices of it; return whether it is new. One that is there stays as it is."""

        def work(db: Connection) -> bool:
            new = insert_once(db, voicemails, row_of(voicemail))
            if new:
                add_notices(db, notices)
            return new

        return await self._happened(work)

    async def voicemail(self, voicemail: str) -> Voicemail | None:
        return await self._access.read(lambda db: one(db, Voicemail, _VOICEMAIL, {"key": voicemail}))

    async def voicemails(self, box: str, *, unheard_only: bool = False, limit: int = 1000) -> list[Voicemail]:
        """Return at most `limit` voicemails of a box, newest first."""
        asked = _UNHEARD if unheard_only else _IN_BOX
        return await self._access.read(lambda db: every(db, Voicemail, asked, {"of": box, "most": limit}))

    async def voicemail_boxes(self) -> dict[str, tuple[int, int]]:
        """Return the boxes with voicemails: how many each has, and how many of them nobody has heard."""

        def work(db: Connection) -> dict[str, tuple[int, int]]:
            return {box: (count, count - heard) for box, count, heard in db.execute(_BOXES)}

        return await self._access.read(work)

    async def voicemail_heard(self, voicemail: str, by: str, now: datetime) -> bool:
        """Note who heard a voicemail first; return whether that is new. Raises NotFound."""
        values = {"key": voicemail, "heard_at": now, "heard_by": by}

        def work(db: Connection) -> bool:
            if db.execute(_HEARD, values).rowcount == 1:
                return True
            if one(db, Voicemail, _VOICEMAIL, {"key": voicemail}) is None:
                raise NotFound(f"no voicemail {voicemail!r}")
            return False

        return await self._happened(work)


class Surveys(Section):
    """Answers to surveys."""

    async def put_answer(self, answer: SurveyAnswer, notices: Sequence[Notice] = ()) -> None:
        """Keep an answer, or what is new about it, with notices of it; what is None leaves what is known."""

        def work(db: Connection) -> None:
            upsert(db, survey_answers, row_of(answer), keep=_FIRST, fill=_KNOWN)
            add_notices(db, notices)

        await self._access.write(work)

    async def answers(self, call_id: str) -> list[SurveyAnswer]:
        """Return what a caller answered, in the order of the answers."""
        return await self._access.read(lambda db: every(db, SurveyAnswer, _ANSWERS, {"key": call_id}))

    async def csat(self, of: CsatOf) -> Csat:
        """Count scores. Agent and queue are the answer's; where it has none, those of the call's record."""
        asked = _scores(of, joined=of.agent is not None or of.queue is not None)
        return await self._access.read(lambda db: Csat(**db.execute(asked).one()._mapping), limit_s=COUNT_LIMIT_S)

    async def csat_by(self, of: CsatOf, by: str) -> dict[tuple[Any, ...], Csat]:
        """Count scores in groups: by "queue" or "agent" (None: none was reached), or by "version": flow, version."""
        columns = CSAT_BY[by]
        asked = _scores(of, *columns).group_by(*columns).order_by(*columns)

        def work(db: Connection) -> dict[tuple[Any, ...], Csat]:
            rows = [tuple(row) for row in db.execute(asked)]
            return {row[:-3]: Csat(count=row[-3], total=row[-2], satisfied=row[-1]) for row in rows}

        return await self._access.read(work)


def _scores(of: CsatOf, *columns: Any, joined: bool = True) -> Select[Any]:
    """Counts of scores under `columns`; `joined`: with the calls' records."""
    table = survey_answers.c
    asked = select(*columns, *SCORES).where(table.at >= of.since, table.at < of.until, table.score.is_not(None))
    if joined:
        asked = asked.select_from(survey_answers).outerjoin(calls, calls.c.id == table.call_id)
    wanted = [
        (table.question, of.question),
        (table.flow, of.flow),
        (table.version, of.version),
        (_AGENT, of.agent),
        (_QUEUE, of.queue),
    ]
    return asked.where(*(column == value for column, value in wanted if value is not None))


class Consents(Section):
    """What callers were told and agreed to. Entries are only ever added."""

    async def put_consent(self, consent: Consent) -> bool:
        """Keep a consent; return whether it is new."""
        return await self._happened(lambda db: insert_once(db, consents, row_of(consent)))

    async def consents(self, *, call_id: str | None = None, number: str | None = None) -> list[Consent]:
        """Return the consents of a call or of a number, oldest first."""
        if (call_id is None) == (number is None):
            raise ValueError("consents are asked for by call or by number")
        asked, key = (_OF_NUMBER, number) if call_id is None else (_OF_CALL, call_id)
        return await self._access.read(lambda db: every(db, Consent, asked, {"key": key}))
