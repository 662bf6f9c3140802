"""Payment providers, by the name `[payment]` in centre.toml gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import ClassVar, Final

from callcenter.adapters.payments.sandbox import Sandbox
from callcenter.payments import Charge, Charged, PaymentProvider, PaymentUnavailable

Today = Callable[[], date]


class NoProvider:
    """What takes no money, because nobody has said who does."""

    name: ClassVar[str] = "none"

    async def charge(self, charge: Charge) -> Charged:
        raise PaymentUnavailable("no payment provider is set: [payment] in centre.toml")


PROVIDERS: Final[Mapping[str, Callable[[Today], PaymentProvider]]] = {
    "none": lambda today: NoProvider(),
    Sandbox.name: Sandbox,
}


def open_provider(name: str, today: Today) -> PaymentProvider:
    """Return the provider of that name; `today` is the local date, by which cards expire."""
    return PROVIDERS[name](today)


__all__ = ["PROVIDERS", "NoProvider", "Sandbox", "open_provider"]
