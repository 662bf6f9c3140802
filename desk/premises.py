"""What an installation has, as far as flows may name it: prompts, and what centre.toml says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from callcenter.allowlist import AllowList
from callcenter.centre import Centre
from callcenter.integrations import NO_PROVIDER
from callcenter.outgoing import NotAllowed
from ivr import lint
from ivr.flow import Flow
from ivr.prompts import Catalogue
from ivr.testing.voice import Voice


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    """`catalogues`: the prompts by language. `centre` None: there is no centre.toml, queues and so on are not known."""

    catalogues: Mapping[str, Catalogue]
    centre: Centre | None = None

    def known(self, flows: Mapping[str, Flow]) -> lint.Known:
        """Return what flows may name here, `flows` among it."""
        prompts = {language: catalogue.keys for language, catalogue in self.catalogues.items()}
        if self.centre is None:
            return lint.Known(prompts=prompts, flows=flows)
        return lint.Known(
            prompts=prompts,
            flows=flows,
            queues=frozenset(queue.name for queue in self.centre.queues),
            targets={
                "destination": frozenset(destination.name for destination in self.centre.destinations),
                "mailbox": frozenset(box.name for box in self.centre.mailboxes),
                "provider": frozenset({self.centre.payment.provider} - {NO_PROVIDER}),
            },
            not_allowed=partial(_not_allowed, self.centre.http.allow_list()),
        )

    def voice(self) -> Voice:
        """Return what is heard of each prompt."""
        return Voice(self.catalogues)


def _not_allowed(allowed: AllowList, url: str) -> str:
    """Return why a flow may not go to `url`, "" if it may."""
    try:
        allowed.find(url)
    except NotAllowed as error:
        return str(error)
    return ""
