"""placeholder"""

from aiohttp import web

from desk.ports import Desk


def attach(app: web.Application, desk: Desk) -> None:
    """Nothing yet."""
