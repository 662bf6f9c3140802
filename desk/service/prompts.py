"""Prompts: listed, heard, recorded, uploaded, worded anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from callcenter.errors import Conflict, FlowError, NotFound
from desk.access import ADMIN, SUPERVISORS
from desk.contract import API, Call, Reply, Route
from desk.models.prompts import NewText, PreviewAsked, PromptList, PromptShown
from desk.publishing import files_of
from desk.recordings import PromptState
from desk.service.shelf import all_flows

PROMPTS: Final = f"{API}/prompts"
PROMPT: Final = PROMPTS + "/{language}/{prompt}"
WAV: Final = "audio/wav"
ANY: Final = "application/octet-stream"
AUDIT: Final = "prompts"


async def prompts(call: Call) -> Reply:
    language, used = call.path["language"], await _used(call)
    states = await call.desk.prompts.all(language)
    languages = sorted((await call.desk.installation.premises()).catalogues)
    items = [_shown(one, used) for one in states]
    return Reply(answer=PromptList(items=items, language=language, languages=languages))


async def audio(call: Call) -> Reply:
    found = await call.desk.prompts.audio(call.path["language"], call.path["prompt"])
    return Reply(content=found, content_type=WAV)


async def record(call: Call) -> Reply:
    made = await call.desk.prompts.record(call.path["language"], call.path["prompt"], call.raw)
    return await _said(call, made, "recorded")


async def speak(call: Call) -> Reply:
    made = await call.desk.prompts.speak(call.path["language"], call.path["prompt"])
    return await _said(call, made, "spoken by the voice")


async def write(call: Call) -> Reply:
    said: NewText = call.body
    made = await call.desk.prompts.write(call.path["language"], call.path["prompt"], said.text)
    return await _said(call, made, "worded anew")


async def remove(call: Call) -> Reply:
    language, key = call.path["language"], call.path["prompt"]
    users = (await _used(call)).get(key, [])
    if users:
        raise Conflict(f"prompt {key} is still said by {', '.join(users)}")
    await call.desk.prompts.remove(language, key)
    await call.desk.store.audit(call.known.name, AUDIT, f"{language}/{key} removed", call.now)
    return Reply()


async def preview(call: Call) -> Reply:
    said: PreviewAsked = call.body
    if said.language not in (await call.desk.installation.premises()).catalogues:
        raise NotFound(f"there are no prompts in {said.language!r}")
    return Reply(content=await call.desk.prompts.preview(said.language, said.text), content_type=WAV)


async def _said(call: Call, made: PromptState, what: str) -> Reply:
    detail = f"{call.path['language']}/{made.key} {what}"
    await call.desk.store.audit(call.known.name, AUDIT, detail, call.now)
    return Reply(answer=_shown(made, await _used(call)))


def _shown(state: PromptState, used: Mapping[str, list[str]]) -> PromptShown:
    return PromptShown.model_validate(state).model_copy(update={"used_by": used.get(state.key, [])})


async def _used(call: Call) -> dict[str, list[str]]:
    """Return which flows say each prompt, in what is live and in drafts."""
    flows = list((await all_flows(call.desk.store)).values())
    for draft in await call.desk.store.drafts():
        try:
            flows.append(files_of(draft).flow)
        except FlowError:
            continue  # a draft may be anything
    found: defaultdict[str, set[str]] = defaultdict(set)
    for flow in flows:
        for node in flow.nodes.values():
            for _, key in node.prompts_used():
                found[key.rpartition("/")[2]].add(flow.name)
    return {key: sorted(users) for key, users in found.items()}


ROUTES: Final = (
    Route(
        method="GET",
        path=PROMPTS + "/{language}",
        summary="The prompts of a language: texts, and what is known of their audio",
        tag="prompts",
        handler=prompts,
        roles=SUPERVISORS,
        answer=PromptList,
        errors=(404, 422),
    ),
    Route(
        method="GET",
        path=f"{PROMPT}/audio",
        summary="A prompt as callers hear it",
        tag="prompts",
        handler=audio,
        roles=SUPERVISORS,
        sends=WAV,
        errors=(404, 422),
    ),
    Route(
        method="PUT",
        path=f"{PROMPT}/audio",
        summary="Take in a recording (WAV or MP3): brought to the telephone's rate, trimmed, levelled",
        tag="prompts",
        handler=record,
        roles=ADMIN,
        takes=ANY,
        answer=PromptShown,
        errors=(404, 422),
    ),
    Route(
        method="DELETE",
        path=f"{PROMPT}/audio",
        summary="Let the voice speak it, in the place of a recording",
        tag="prompts",
        handler=speak,
        roles=ADMIN,
        answer=PromptShown,
        errors=(404, 422),
    ),
    Route(
        method="PUT",
        path=f"{PROMPT}/text",
        summary="Word a prompt anew, or begin a new one; the voice speaks it",
        tag="prompts",
        handler=write,
        roles=ADMIN,
        body=NewText,
        answer=PromptShown,
        errors=(404, 422),
    ),
    Route(
        method="DELETE",
        path=PROMPT,
        summary="Remove a prompt that no flow says",
        tag="prompts",
        handler=remove,
        roles=ADMIN,
        status=204,
        errors=(404, 409, 422),
    ),
    Route(
        method="POST",
        path=f"{PROMPTS}/preview",
        summary="A text as the voice would speak it",
        tag="prompts",
        handler=preview,
        roles=SUPERVISORS,
        body=PreviewAsked,
        sends=WAV,
        errors=(404, 422),
    ),
)
