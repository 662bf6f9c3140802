"""Browsers' phones: who gets one, and which draft of a flow it may call."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import asdict
from datetime import timedelta
from typing import Final

from callcenter import dialplan
from callcenter.accounts import digest
from callcenter.adapters.bus import Bus
from callcenter.errors import FlowError
from callcenter.messages import PhoneKnown, PhoneWanted
from callcenter.records import FlowTrial, trial_id
from desk.access import ADMIN, LONGEST, PEOPLE
from desk.browser import BrowserPhone, phone_of
from desk.contract import API, Call, Reply, Route
from desk.failures import Refused
from desk.models.common import Problem
from desk.models.phone import CallMe, Dialled, IceServer, Phone
from desk.publishing import checked_name, issues_of
from desk.service.flows import FLOW
from desk.service.shelf import all_flows

KNOWN_S: Final = 4.0  # Asterisk knows a phone within some 50 ms
TO_CALL: Final = timedelta(minutes=5)  # the ivr takes a token for twice as long


async def phone(call: Call) -> Reply:
    desk, secret = call.desk, call.known.session
    if not desk.sip_url:
        raise Refused(503, "no-phones", "this desk has no phones in browsers: CALLCENTER_WS_PORT is 0")
    found = await desk.store.web_session(digest(secret))
    if found is None:
        raise Refused(401, "unauthenticated", "sign in first")
    own, until = phone_of(secret), found[0].began_at + LONGEST
    if not await _made_known(desk.bus, own, int(until.timestamp())):
        raise Refused(503, "phone-not-known", "Asterisk does not know this phone yet: is the acd running?")
    servers = [IceServer.model_validate(asdict(server)) for server in desk.ice.for_phone(own.id, until)]
    return Reply(answer=Phone(uri=own.uri, password=own.password, ice_servers=servers, until=until))


async def _made_known(bus: Bus, own: BrowserPhone, until: int) -> bool:
    """Have the acd tell Asterisk of a phone; return whether it has done so in time."""
    async with bus.subscribe(PhoneKnown) as messages:
        bus.publish(PhoneWanted(phone=own.id, password=own.password, until=until))
        try:
            async with asyncio.timeout(KNOWN_S):
                async for message in messages:
                    if isinstance(message, PhoneKnown) and message.phone == own.id:
                        return True
        except TimeoutError:
            pass
    return False


async def call_me(call: Call) -> Reply:
    said: CallMe = call.body
    name, store = call.path["flow"], call.desk.store
    others = await all_flows(store)
    premises = await call.desk.installation.premises()
    flow, issues = await asyncio.to_thread(issues_of, said.body, name, others, premises)
    errors = [issue for issue in issues if issue.severity == "error"]
    if flow is None or errors:
        raise FlowError(name, errors or issues)
    checked_name(flow, name)
    token = secrets.token_hex(16)
    await store.put_trial(
        FlowTrial(
            token=token, flow=name, body=flow.canonical(), by=call.known.name, caller=said.caller, made_at=call.now
        )
    )
    warnings = [Problem.model_validate(issue) for issue in issues]
    extension = dialplan.TRY_PREFIX + token
    answer = Dialled(extension=extension, trial=trial_id(token), until=call.now + TO_CALL, warnings=warnings)
    return Reply(answer=answer)


ROUTES: Final = (
    Route(
        method="GET",
        path=f"{API}/phone",
        summary="The phone of this session, in the browser",
        tag="phone",
        handler=phone,
        roles=PEOPLE,
        by_token=False,
        answer=Phone,
        errors=(503,),
    ),
    Route(
        method="POST",
        path=f"{FLOW}/call-me",
        summary="Call a draft with the phone of this session",
        tag="trials",
        handler=call_me,
        roles=ADMIN,
        by_token=False,
        body=CallMe,
        answer=Dialled,
        status=201,
        errors=(422,),
    ),
)
