"""Rules about what a flow names: prompts, queues, flows, destinations, mailboxes; and what callers press and say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from callcenter.errors import Issue
from ivr.flow import Flow
from ivr.lint.known import Known, Rule, issue, listed, near
from ivr.nodes import MenuNode

# How each sort of target is set up.
MENDED_BY: Final[Mapping[str, str]] = {
    "destination": "[[destination]] in centre.toml",
    "mailbox": "[[mailbox]] in centre.toml",
    "provider": "[payment] in centre.toml",
}


def _missing_prompt(flow: Flow, known: Known) -> Iterator[Issue]:
    if known.prompts is None:
        return
    for node_id, node in sorted(flow.nodes.items()):
        for field, key in node.prompts_used():
            named, _, bare = key.rpartition("/")
            for language in (named,) if named else flow.languages:
                have = known.prompts.get(language, frozenset())
                if bare not in have:
                    mend = near(bare, have) or f"; add it to prompts/{language}.yaml"
                    yield issue("missing-prompt", node_id, field, f"prompt {bare!r} is missing in {language}{mend}")


def _unknown_queue(flow: Flow, known: Known) -> Iterator[Issue]:
    if known.queues is None:
        return
    for node_id, node in sorted(flow.nodes.items()):
        for field, name in node.queues_used():
            if name not in known.queues:
                text = f"queue {name!r} does not exist{listed(known.queues)}"
                yield issue("unknown-queue", node_id, field, text)


def _unknown_flow(flow: Flow, known: Known) -> Iterator[Issue]:
    if known.flows is None:
        return
    for node_id, node in sorted(flow.nodes.items()):
        for field, name in node.flows_used():
            if name not in known.flows and name != flow.name:
                text = f"flow {name!r} does not exist{near(name, known.flows) or listed(known.flows)}"
                yield issue("unknown-flow", node_id, field, text)


def _unknown_target(flow: Flow, known: Known) -> Iterator[Issue]:
    if known.targets is None:
        return
    for node_id, node in sorted(flow.nodes.items()):
        for field, sort, name in node.targets_used():
            have = known.targets.get(sort, frozenset())
            if name not in have:
                text = f"{sort} {name!r} does not exist{listed(have)}; they are set up by {MENDED_BY.get(sort, sort)}"
                yield issue(f"unknown-{sort}", node_id, field, text)


def _wrong_argument(flow: Flow, known: Known) -> Iterator[Issue]:
    """Report arguments that the flow run has no parameter for, and parameters without an argument."""
    for node_id, node in sorted(flow.nodes.items()):
        given = getattr(node, "arguments", None)
        if given is None:
            continue
        for field, name in node.flows_used():
            inner = (known.flows or {}).get(name)
            if inner is None:
                continue
            for extra in sorted(given.keys() - set(inner.parameters)):
                text = f"flow {name!r} has no parameter {extra!r}{listed(inner.parameters)}"
                yield issue("wrong-argument", node_id, f"arguments.{extra}", text)
            for missing in sorted(set(inner.parameters) - given.keys()):
                text = f"flow {name!r} ({field}) needs parameter {missing!r}; give it an expression"
                yield issue("wrong-argument", node_id, f"arguments.{missing}", text)


def _duplicate_key(flow: Flow, known: Known) -> Iterator[Issue]:
    for node_id, node in sorted(flow.nodes.items()):
        if not isinstance(node, MenuNode):
            continue
        owner: dict[str, str] = {}
        for name, choice in node.choices.items():
            for key in choice.keys:
                first = owner.setdefault(key, name)
                if first != name:
                    text = f"key {key} already means {first!r}; give one of them another key"
                    yield issue("duplicate-key", node_id, f"choices.{name}.keys", text)


def _duplicate_phrase(flow: Flow, known: Known) -> Iterator[Issue]:
    """Report a phrase that would mean two choices of one menu; case and marks make no difference to a listener."""
    for node_id, node in sorted(flow.nodes.items()):
        if not isinstance(node, MenuNode):
            continue
        owner: dict[tuple[str, str], str] = {}
        for name, choice in node.choices.items():
            phrases: Mapping[str, Any] = getattr(choice, "phrases", {})
            for language, spoken in phrases.items():
                for phrase in spoken:
                    first = owner.setdefault((language, _heard(phrase)), name)
                    if first != name:
                        text = f"{phrase!r} already means {first!r}; say one of them otherwise"
                        yield issue("duplicate-phrase", node_id, f"choices.{name}.phrases.{language}", text)


def _heard(phrase: str) -> str:
    return " ".join("".join(mark if mark.isalnum() else " " for mark in phrase.lower()).split())


def _language_without_flow(flow: Flow, known: Known) -> Iterator[Issue]:
    """Report languages that a node switches to and the flow does not have."""
    for node_id, node in sorted(flow.nodes.items()):
        offered = getattr(node, "offer", None)
        for language in sorted(offered) if isinstance(offered, Mapping) else ():
            if language not in flow.languages:
                text = f"the flow is not written in {language!r}; add it to the flow's languages"
                yield issue("unknown-language", node_id, f"offer.{language}", text)


RULES: Final[Mapping[str, Rule]] = {
    "missing-prompt": _missing_prompt,
    "unknown-queue": _unknown_queue,
    "unknown-flow": _unknown_flow,
    "unknown-target": _unknown_target,
    "wrong-argument": _wrong_argument,
    "duplicate-key": _duplicate_key,
    "duplicate-phrase": _duplicate_phrase,
    "unknown-language": _language_without_flow,
}
