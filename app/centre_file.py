"""Reads and edits `centre.toml`, keeping the operator's comments and order.

An edit happens under a lock, and the file is replaced only by text that reads back as a valid centre: after any
command it is as before or as meant, never broken.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final

from app.files import locked, read_text, write_atomic
from app.toml_edit import read
from callcenter.centre import Centre, parse
from callcenter.errors import ConfigError

Edit = Callable[[str], str]  # from the text of the file to its new text

STARTER: Final = """\
# The centre: who we are, how we are reached, who answers. Every key is explained in docs/configuration.md.
# `callcenter trunk|number|agent|queue add|list|remove` edits this file and keeps your comments.
# Passwords are not here but in secrets.toml. Apply a change with `callcenter reload`.

[centre]
name = "Call centre"
region = "US"        # country numbers without + are read in
language = "en"      # folder of prompts
time_zone = "UTC"

[sip]
bind = "0.0.0.0"
port = 5060
# Behind NAT: the address others see, and the networks that are on this side of it.
# external_address = "203.0.113.10"
# local_nets = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]
"""


def load(path: Path, flows: Collection[str] | None = None) -> Centre:
    """Return the centre in `path`; raise ConfigError with everything that is wrong and how to mend it.

    `flows`: see `callcenter.centre.parse`.
    """
    text = read_text(path)
    if text is None:
        raise ConfigError(f"{path} does not exist: begin with `callcenter queue add`, or copy one there")
    return parse(read(text, str(path)), flows, str(path))


def edit(path: Path, change: Edit, flows: Collection[str] | None = None) -> Centre:
    """Replace the text of `path` (a starter where there is none) by `change` of it and return the new centre.

    Raise ConfigError, with the file untouched, if what results is not valid; whatever `change` raises passes through.
    """
    with locked(path):
        text = read_text(path)
        before = STARTER if text is None else text
        read(before, str(path))  # a file that is broken already is told so, not edited
        after = change(before)
        centre = parse(read(after, str(path)), flows, str(path))
        if after != text:
            write_atomic(path, after)
        return centre
