"""What the operator's commands do: schema, conf; reload is in `app.taking_over`."""

from __future__ import annotations

from pathlib import Path

from app.centre_file import edit, load
from app.shipped import publish_shipped_flows
from app.taking_over import write_conf
from callcenter.adapters.store import Store
from callcenter.centre import Centre
from callcenter.settings import Settings


async def migrate(settings: Settings) -> str:
    """Bring the schema up to date, take over the centre (if there is one yet) and the shipped flows."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    async with await Store.open(settings.sql_url) as store:
        version = await store.migrate()
        await publish_shipped_flows(store, await store.now())
        if settings.centre_file.exists():
            await store.apply_centre(load(settings.centre_file).records())
    return f"schema {version}"


def render_conf(settings: Settings, to: Path) -> str:
    """Render into `to`; secrets that are missing are generated."""
    changed = write_conf(settings, load_or_begin(settings), to)
    return f"{to}: {len(changed)} files changed"


def load_or_begin(settings: Settings) -> Centre:
    """The centre of this installation; an empty one to begin with, so that a first `make up` comes up."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    if not settings.centre_file.exists():
        edit(settings.centre_file, lambda text: text)
    return load(settings.centre_file)
