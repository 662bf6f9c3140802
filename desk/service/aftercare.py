"""What callers leave behind: calls they asked for, messages, answers to surveys."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from callcenter.care import CALLBACK_ENDS, CallbackState, Csat, CsatOf, Voicemail
from callcenter.errors import NotFound
from callcenter.proportions import wilson
from desk.access import SUPERVISORS
from desk.contract import API, Call, Reply, Route
from desk.models.callers import (
    BoxShown,
    CallbacksAsked,
    CallbackShown,
    CancelAsked,
    Scores,
    SurveyReport,
    SurveysAsked,
    VoicemailsAsked,
    VoicemailShown,
)
from desk.models.common import Listing
from desk.service.calling_off import call_off
from desk.service.campaigns import WAV
from desk.service.closing import number_of
from desk.service.traffic import back

CALLBACKS: Final = f"{API}/callbacks"
VOICEMAILS: Final = f"{API}/voicemails"
ONE: Final = VOICEMAILS + "/{voicemail}"


async def callbacks(call: Call) -> Reply:
    asked: CallbacksAsked = call.query
    states = frozenset(CallbackState) - (frozenset() if asked.all else CALLBACK_ENDS)
    number = None if asked.number is None else await number_of(call, asked.number)
    found = await call.desk.store.callbacks(states, queue=asked.queue, number=number, limit=asked.limit)
    return Reply(answer=Listing[CallbackShown](items=[CallbackShown.model_validate(one) for one in found]))


async def cancel(call: Call) -> Reply:
    said: CancelAsked = call.body
    name = call.path["callback"]
    found = await call.desk.store.callback(name)
    if found is None:
        raise NotFound(f"there is no callback {name!r}")
    why = said.reason.strip() or f"cancelled by {call.known.name}"
    await call_off(call.desk.store, found, why, call.known.name)
    return Reply()


async def boxes(call: Call) -> Reply:
    counts = await call.desk.store.voicemail_boxes()
    items = [BoxShown(name=name, messages=count, unheard=new) for name, (count, new) in counts.items()]
    return Reply(answer=Listing[BoxShown](items=items))


async def voicemails(call: Call) -> Reply:
    asked: VoicemailsAsked = call.query
    found = await call.desk.store.voicemails(asked.box, unheard_only=asked.unheard, limit=asked.limit)
    return Reply(answer=Listing[VoicemailShown](items=[VoicemailShown.model_validate(one) for one in found]))


async def listen(call: Call) -> Reply:
    """What somebody said in confidence: who listens is noted."""
    found = await _voicemail(call)
    sound = await call.desk.voicemails.audio(found)
    await call.desk.store.audit(call.known.name, "voicemail", f"listen {found.id}", call.now)
    return Reply(content=sound, content_type=WAV)


async def heard(call: Call) -> Reply:
    found = await _voicemail(call)
    await call.desk.store.voicemail_heard(found.id, call.known.name, call.now)
    return Reply(answer=VoicemailShown.model_validate(await _voicemail(call)))


async def _voicemail(call: Call) -> Voicemail:
    found = await call.desk.store.voicemail(call.path["voicemail"])
    if found is None:
        raise NotFound(f"there is no voicemail {call.path['voicemail']!r}")
    return found


async def surveys(call: Call) -> Reply:
    asked: SurveysAsked = call.query
    of = CsatOf(
        since=call.now - back(asked.since),
        until=call.now + timedelta(seconds=1),
        question=asked.question,
        queue=asked.queue,
        agent=asked.agent,
        flow=asked.flow,
    )
    groups = await call.desk.store.csat_by(of, asked.by)
    items = [_scores(_named(key), csat) for key, csat in groups.items()]
    return Reply(answer=SurveyReport(items=items, total=_scores("all", await call.desk.store.csat(of))))


def _named(key: tuple[Any, ...]) -> str:
    return " ".join(str(part) for part in key if part is not None)


def _scores(of: str, csat: Csat) -> Scores:
    low, high = wilson(csat.satisfied, csat.count)
    return Scores(
        of=of,
        answers=csat.count,
        mean=csat.mean,
        satisfied=csat.satisfied,
        csat=csat.share,
        low=low,
        high=high,
    )


ROUTES: Final = (
    Route(
        method="GET",
        path=CALLBACKS,
        summary="Calls that callers asked for, by due time",
        tag="callers",
        handler=callbacks,
        roles=SUPERVISORS,
        query=CallbacksAsked,
        answer=Listing[CallbackShown],
        errors=(422,),
    ),
    Route(
        method="POST",
        path=CALLBACKS + "/{callback}/cancel",
        summary="Do not call back after all",
        tag="callers",
        handler=cancel,
        roles=SUPERVISORS,
        body=CancelAsked,
        status=204,
        errors=(409,),
    ),
    Route(
        method="GET",
        path=f"{API}/voicemail-boxes",
        summary="How many messages each mailbox holds",
        tag="callers",
        handler=boxes,
        roles=SUPERVISORS,
        answer=Listing[BoxShown],
    ),
    Route(
        method="GET",
        path=VOICEMAILS,
        summary="The messages of a mailbox, newest first",
        tag="callers",
        handler=voicemails,
        roles=SUPERVISORS,
        query=VoicemailsAsked,
        answer=Listing[VoicemailShown],
    ),
    Route(
        method="GET",
        path=f"{ONE}/audio",
        summary="What somebody said; it does not count as heard",
        tag="callers",
        handler=listen,
        roles=SUPERVISORS,
        sends=WAV,
        errors=(422,),
    ),
    Route(
        method="POST",
        path=f"{ONE}/heard",
        summary="Note that you have heard a message; who was first stays",
        tag="callers",
        handler=heard,
        roles=SUPERVISORS,
        answer=VoicemailShown,
    ),
    Route(
        method="GET",
        path=f"{API}/surveys",
        summary="How content callers were, by queue, agent or version of a flow",
        tag="callers",
        handler=surveys,
        roles=SUPERVISORS,
        query=SurveysAsked,
        answer=SurveyReport,
    ),
)
