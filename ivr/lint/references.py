"""Rules about what a flow names: prompts, queues, flows, destinations, mailboxes; and what callers press and say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from callcenter.errors import Issue
from callcenter.spoken import plain
from ivr.flow import Flow
from ivr.lint.known import WARNING, Known, Rule, issue, listed, near
from ivr.nodes import AnyNode, CallerNode, HttpNode, LanguageNode, MenuNode, PaymentNode, SubflowNode
from ivr.nodes.confirming import in_language
from ivr.nodes.http import PLACEHOLDER
from ivr.saying import GRAMMARS
from ivr.saying.currencies import CURRENCIES

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


def _no_provider(flow: Flow, known: Known) -> Iterator[Issue]:
    """Report payments where the centre has nobody who takes money: each would fail."""
    if known.targets is None or known.targets.get("provider") != frozenset():
        return
    for node_id, node in sorted(flow.nodes.items()):
        if isinstance(node, PaymentNode):
            text = f"nobody takes money yet, so each payment fails; name one as provider of {MENDED_BY['provider']}"
            yield issue("unknown-provider", node_id, "", text, WARNING)


def _unknown_address(flow: Flow, known: Known) -> Iterator[Issue]:
    """Report requests that would be refused, as their address is not on the allow-list."""
    if known.not_allowed is None:
        return
    for node_id, node in sorted(flow.nodes.items()):
        why = known.not_allowed(PLACEHOLDER.sub("x", node.url)) if isinstance(node, HttpNode) else ""
        if why:
            yield issue("unknown-address", node_id, "url", why)


def _wrong_argument(flow: Flow, known: Known) -> Iterator[Issue]:
    """Report arguments that the flow run has no parameter for, and parameters without an argument."""
    for node_id, node in sorted(flow.nodes.items()):
        given = getattr(node, "arguments", None)
        for field, name in node.flows_used():
            inner = (known.flows or {}).get(name)
            if inner is None:
                continue
            if given is None:
                if inner.parameters:
                    text = f"flow {name!r} needs {', '.join(inner.parameters)}, and here it is given nothing"
                    yield issue("wrong-argument", node_id, field, text)
                continue
            for extra in sorted(given.keys() - set(inner.parameters)):
                text = f"flow {name!r} has no parameter {extra!r}{listed(inner.parameters)}"
                yield issue("wrong-argument", node_id, f"arguments.{extra}", text)
            for missing in sorted(set(inner.parameters) - given.keys()):
                text = f"flow {name!r} ({field}) needs parameter {missing!r}; give it an expression"
                yield issue("wrong-argument", node_id, f"arguments.{missing}", text)


def _wrong_result(flow: Flow, known: Known) -> Iterator[Issue]:
    """Report results that are taken from a variable which the flow run never has."""
    for node_id, node in sorted(flow.nodes.items()):
        if not isinstance(node, SubflowNode):
            continue
        inner = (known.flows or {}).get(node.flow)
        if inner is None:
            continue
        have = {*inner.parameters, *(name for one in inner.nodes.values() for _, name in one.variables_set())}
        for ours, theirs in node.results.items():
            if theirs not in have:
                text = f"flow {node.flow!r} has no variable {theirs!r}{near(theirs, have) or listed(have)}"
                yield issue("wrong-result", node_id, f"results.{ours}", text)


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
    """Report a phrase that would mean two choices of one menu, as the recogniser compares them, or none at all."""
    for node_id, node in sorted(flow.nodes.items()):
        if not isinstance(node, MenuNode):
            continue
        owner: dict[tuple[str, str], str] = {}
        for name, choice in node.choices.items():
            for language, spoken in choice.phrases.items():
                for phrase in spoken:
                    field, heard = f"choices.{name}.phrases.{language}", plain(phrase)
                    first = owner.setdefault((language, heard), name)
                    if not heard:
                        text = f"{phrase!r} is nothing but fillers, which are not listened to; say more"
                        yield issue("empty-phrase", node_id, field, text, WARNING)
                    elif first != name:
                        text = f"{phrase!r} already means {first!r}; say one of them otherwise"
                        yield issue("duplicate-phrase", node_id, field, text)


def _language_without_flow(flow: Flow, known: Known) -> Iterator[Issue]:
    """Report languages in which the caller may go on and the flow, or one it runs, is not written."""
    for node_id, node in sorted(flow.nodes.items()):
        for field, language in _switched_to(node):
            if language not in flow.languages:
                text = f"the flow is not written in {language!r}; add it to the flow's languages"
                yield issue("unknown-language", node_id, field, text)
        for field, name in node.flows_used():
            inner = (known.flows or {}).get(name)
            for language in flow.languages if inner else ():
                if inner and in_language(dict.fromkeys(inner.languages, True), language) is None:
                    text = f"flow {name!r} is not written in {language!r}, which callers may speak here; add it there"
                    yield issue("unknown-language", node_id, field, text)
        for field, language in _listened_to(node):
            if language not in {*flow.languages, *(one.partition("-")[0] for one in flow.languages)}:
                text = f"nobody speaks {language!r} in this flow; add it to the flow's languages"
                yield issue("unknown-language", node_id, field, text, WARNING)


def _switched_to(node: AnyNode) -> Iterator[tuple[str, str]]:
    """Yield (field, language) in which the call may go on from here."""
    if isinstance(node, LanguageNode):
        yield from ((f"offers.{place}.language", offer.language) for place, offer in enumerate(node.offers))
    elif isinstance(node, CallerNode):
        yield from ((f"languages.{place}", language) for place, language in enumerate(node.languages))


def _listened_to(node: AnyNode) -> Iterator[tuple[str, str]]:
    """Yield (field, language) in which a menu understands what is said."""
    for name, choice in node.choices.items() if isinstance(node, MenuNode) else ():
        yield from ((f"choices.{name}.phrases.{language}", language) for language in choice.phrases)


def _unsayable(flow: Flow, known: Known) -> Iterator[Issue]:
    """Report values that no caller would hear, as there are no words for them."""
    for node_id, node in sorted(flow.nodes.items()):
        for field, saying in node.sayings_used():
            if saying.say == "money" and saying.currency not in CURRENCIES:
                what = f"currency {saying.currency!r} cannot be said" if saying.currency else "money needs a currency"
                yield issue("unsayable", node_id, field, f"{what}{listed(CURRENCIES)}")
            for language in flow.languages:
                if in_language(GRAMMARS, language) is None:
                    text = f"values cannot be said in {language!r}{listed(GRAMMARS)}; say a prompt there instead"
                    yield issue("unsayable", node_id, field, text, WARNING)


RULES: Final[Mapping[str, Rule]] = {
    "missing-prompt": _missing_prompt,
    "unknown-queue": _unknown_queue,
    "unknown-flow": _unknown_flow,
    "unknown-target": _unknown_target,
    "unknown-provider": _no_provider,
    "unknown-address": _unknown_address,
    "wrong-argument": _wrong_argument,
    "wrong-result": _wrong_result,
    "duplicate-key": _duplicate_key,
    "duplicate-phrase": _duplicate_phrase,
    "unknown-language": _language_without_flow,
    "unsayable": _unsayable,
}
