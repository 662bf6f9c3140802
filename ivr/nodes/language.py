"""language: let the caller choose the language of the call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from ivr.commands import Collect
from ivr.happenings import Digits, Happening
from ivr.nodes.node import Node, Step
from ivr.nodes.words import Fields, Key, Language, PromptKey, Seconds, Tries
from ivr.session import Session, Wait


class Offer(Fields):
    """A language and the key that takes it. `prompt` is said in that language. An offer alone needs neither."""

    language: Annotated[Language, Field(description="The language, such as es.")]
    key: Annotated[Key | None, Field(description="The key that takes it.")] = None
    prompt: Annotated[PromptKey, Field(description="Said in that language, and names the key.")] = "choose-language"


class LanguageNode(Node):
    """Offer languages, each in its own words, and go on in the one that is chosen, by `next`.

    One offer alone is no question: the call goes on in that language. Whoever chooses none after `tries` leaves by
    `failed`, if that is connected, and stays in the language they were in.
    """

    waits_for: ClassVar[frozenset[Wait]] = frozenset({Wait.KEYS})

    kind: Literal["language"] = "language"
    v: Literal[1] = 1
    offers: Annotated[tuple[Offer, ...], Field(min_length=1, max_length=9, description="In the order they are said.")]
    timeout_s: Annotated[Seconds, Field(description="How long after the offers nothing may come.")] = 5.0
    tries: Annotated[Tries, Field(description="How often they are said.")] = 2

    @model_validator(mode="after")
    def _are_different(self) -> Self:
        if len(self.offers) > 1 and any(offer.key is None for offer in self.offers):
            raise ValueError("several offers need a key each")
        for field in ("language", "key"):
            values = [getattr(offer, field) for offer in self.offers]
            if twice := next((value for value in values if values.count(value) > 1), None):
                raise ValueError(f"{field} {twice} is offered twice")
        return self

    def optional_exits(self) -> Mapping[str, str]:
        return {"failed": "next"}

    def prompts_used(self) -> Iterator[tuple[str, str]]:
        if len(self.offers) > 1:
            yield from (
                (f"offers.{place}.prompt", _in(offer.language, offer.prompt)) for place, offer in enumerate(self.offers)
            )

    def enter(self, session: Session, now: datetime) -> Step:
        if len(self.offers) == 1:
            return Step(session=session.but(language=self.offers[0].language), exit="next")
        return Step(session=session.but(wait=Wait.KEYS), commands=(self._question(session),))

    def hear(self, session: Session, happening: Happening, now: datetime) -> Step:
        pressed = happening.keys[:1] if isinstance(happening, Digits) else ""
        for offer in self.offers:
            if pressed == offer.key:
                return Step(session=session.but(language=offer.language), exit="next", why=offer.language)
        tried = session.but(tries=session.tries + 1)
        why = f"no language chosen, try {tried.tries} of {self.tries}"
        if tried.tries >= self.tries:
            return Step(session=tried, exit="failed", why=why)
        return Step(session=tried, commands=(self._question(tried),), why=why)

    def _question(self, session: Session) -> Collect:
        return Collect(
            prompts=tuple(_in(offer.language, offer.prompt) for offer in self.offers),
            language=session.language,
            max_digits=1,
            timeout_s=self.timeout_s,
            inter_digit_s=self.timeout_s,
        )


def _in(language: str, prompt: str) -> str:
    return prompt if "/" in prompt else f"{language}/{prompt}"
