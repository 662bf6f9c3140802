"""The desk over HTTP: the API, the screens, how everything is."""

from desk.ports import Check, Desk
from desk.service.app import desk_app

__all__ = ["Check", "Desk", "desk_app"]
