"""`callcenter voicemail list|export|heard`: messages callers left."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from app.files import STDIN
from app.installation import operator, run, settings
from app.recordings import voicemail_sound
from app.tabular import Json, show
from callcenter.adapters.store import Store
from callcenter.care import Voicemail
from callcenter.errors import ConfigError, NotFound

AUDIT: Final = "voicemail"

voicemail_app = typer.Typer(help="Messages callers left.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="ID", help="As `callcenter voicemail list` shows it.")]


@voicemail_app.command("list")
def voicemail_list(
    box: Annotated[str, typer.Argument(metavar="BOX", help="One mailbox; how much each holds if left out.")] = "",
    unheard: Annotated[bool, typer.Option("--unheard", help="Only what nobody has heard.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="So many at most, newest first.")] = 50,
    json: Json = False,
) -> None:
    """List the mailboxes, or the messages of one."""
    if not box:
        counts = run(lambda store: store.voicemail_boxes())
        rows = [{"box": name, "messages": count, "unheard": new} for name, (count, new) in counts.items()]
        show([row for row in rows if row["unheard"] or not unheard], as_json=json)
        return
    found = run(lambda store: store.voicemails(box, unheard_only=unheard, limit=limit))
    show([_row(one) for one in found], as_json=json)


@voicemail_app.command("export")
def voicemail_export(
    voicemail: Id,
    to: Annotated[Path, typer.Argument(metavar="FILE", help="A new WAV file; - writes to standard output.")],
) -> None:
    """Write a message to a file. It does not count as heard."""

    async def work(store: Store) -> bytes:
        recording = voicemail_sound(settings(), await _existing(store, voicemail))
        await store.audit(operator(), AUDIT, f"export {voicemail}", await store.now())
        return recording

    recording = run(work)
    if to == STDIN:
        sys.stdout.buffer.write(recording)
        sys.stdout.flush()
        return
    try:
        # What somebody said in confidence is for whoever exports it alone.
        with open(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(recording)
    except OSError as error:
        raise ConfigError(f"cannot write {to}: {error.strerror}") from None
    typer.echo(f"{to}: {len(recording)} bytes")


@voicemail_app.command("heard")
def voicemail_heard(voicemail: Id) -> None:
    """Note that you have heard a message."""

    async def work(store: Store) -> tuple[bool, Voicemail]:
        new = await store.voicemail_heard(voicemail, operator(), await store.now())
        return new, await _existing(store, voicemail)

    new, found = run(work)
    at = found.heard_at.isoformat(timespec="seconds") if found.heard_at else ""
    typer.echo(f"{voicemail} is heard" if new else f"{voicemail} was heard already, by {found.heard_by} at {at}")


async def _existing(store: Store, voicemail: str) -> Voicemail:
    found = await store.voicemail(voicemail)
    if found is None:
        raise NotFound(f"there is no voicemail {voicemail!r}: `callcenter voicemail list BOX` shows their ids")
    return found


def _row(voicemail: Voicemail) -> dict[str, object]:
    return {
        "id": voicemail.id,
        "from": voicemail.number,
        "at": voicemail.recorded_at.isoformat(timespec="seconds"),
        "seconds": round(voicemail.length_s),
        "language": voicemail.language,
        "heard_by": voicemail.heard_by,
    }
