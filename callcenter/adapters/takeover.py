"""After each login to AMI: what is up in Asterisk is taken over, again and again until that is done."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from callcenter.errors import AsteriskError, StoreError, Unreachable

RETRY_S: Final = 1.0


async def taken_over(once: Callable[[], Awaitable[None]], log: logging.Logger, retry_s: float = RETRY_S) -> bool:
    """Do `once` until it succeeds. False: the link to Asterisk is lost again, LinkDown is next, then another LinkUp.

    Whatever else goes wrong, a fault of ours too, is logged and tried again `retry_s` later: without a picture nobody
    is connected and nobody is called.
    """
    while True:
        try:
            await once()
        except Unreachable as error:
            log.warning("what is up is not taken over: %s", error)
            return False
        except (AsteriskError, StoreError) as error:
            log.error("what is up cannot be taken over, again in %s s: %s", retry_s, error)
        except Exception:
            log.exception("what is up cannot be taken over, again in %s s: a fault of ours", retry_s)
        else:
            return True
        await asyncio.sleep(retry_s)
