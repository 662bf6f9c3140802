"""Prompts that were changed here and are shipped anew: seen, heard, decided."""

from __future__ import annotations

from typing import Final

from desk.access import ADMIN, SUPERVISORS
from desk.contract import Call, Reply, Route
from desk.models.prompts import ConflictList, Decided
from desk.service.prompts import AUDIT, PROMPT, PROMPTS, WAV

WHAT: Final = {"ours": "kept, though the shipped one has changed", "shipped": "put back as it is shipped"}


async def conflicts(call: Call) -> Reply:
    return await _told(call)


async def shipped_audio(call: Call) -> Reply:
    found = await call.desk.prompts.shipped_audio(call.path["language"], call.path["prompt"])
    return Reply(content=found, content_type=WAV)


async def decide(call: Call) -> Reply:
    said: Decided = call.body
    language, key = call.path["language"], call.path["prompt"]
    await call.desk.prompts.settle(language, key, take_shipped=said.take == "shipped", seen=said.mark)
    await call.desk.store.audit(call.known.name, AUDIT, f"{language}/{key} {WHAT[said.take]}", call.now)
    return await _told(call)


async def _told(call: Call) -> Reply:
    return Reply(answer=ConflictList.model_validate(await call.desk.prompts.conflicts()))


ROUTES: Final = (
    Route(
        method="GET",
        path=f"{PROMPTS}/conflicts",
        summary="Prompts that were changed here and are shipped anew by this version, in all languages",
        tag="prompts",
        handler=conflicts,
        roles=SUPERVISORS,
        answer=ConflictList,
        errors=(422,),
    ),
    Route(
        method="GET",
        path=f"{PROMPT}/shipped",
        summary="A prompt as it is shipped, to be heard",
        tag="prompts",
        handler=shipped_audio,
        roles=SUPERVISORS,
        sends=WAV,
        errors=(404,),
    ),
    Route(
        method="POST",
        path=f"{PROMPT}/conflict",
        summary="Decide between the own prompt and the shipped one; answers what is left to decide",
        tag="prompts",
        handler=decide,
        roles=ADMIN,
        body=Decided,
        answer=ConflictList,
        errors=(404, 409, 422),
    ),
)
