"""`callcenter trunk|number|queue add|list|remove`: edits centre.toml, keeps passwords in secrets.toml.

Each edit leaves a valid centre.toml or the one from before. Nothing reaches Asterisk until `callcenter reload`.
Passwords never come from the command line, where every user of the machine could read them.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import typer

from app import secrets_file
from app.installation import APPLY, add_number, ask_secret, centre, change, settings
from app.secrets_file import change as change_secrets
from app.tabular import Json, show
from app.toml_edit import add_entry, read, remove_entry
from callcenter.centre import Centre, Trunk, TrunkKind
from callcenter.errors import ConfigError, Conflict, NotFound
from callcenter.numbers import to_e164
from callcenter.records import LIVE

queue_app = typer.Typer(help="Queues of callers.", no_args_is_help=True)
number_app = typer.Typer(help="Numbers people dial.", no_args_is_help=True)
trunk_app = typer.Typer(help="Lines to the telephone network.", no_args_is_help=True)

Stdin = Annotated[bool, typer.Option("--stdin", help="Read the password from standard input instead of asking.")]


@queue_app.command("add")
def queue_add(
    name: str,
    title: Annotated[str, typer.Option(help="What people call it.")] = "",
    key: Annotated[str, typer.Option(help="Key that chooses it while our services are down.")] = "",
    wrap_up: Annotated[int | None, typer.Option(help="Seconds an agent has after a call.")] = None,
    max_wait: Annotated[int | None, typer.Option(help="Seconds a caller waits at most.")] = None,
    service_level: Annotated[int | None, typer.Option(help="Seconds within which a call counts as in time.")] = None,
) -> None:
    """Add a queue."""
    values: dict[str, Any] = {"name": name, "title": title, "key": key}
    values |= {"wrap_up_s": wrap_up, "max_wait_s": max_wait, "service_level_s": service_level}
    change(partial(add_entry, table="queue", values=values))
    typer.echo(f"queue {name} added. {APPLY}")


@queue_app.command("list")
def queue_list(json: Json = False) -> None:
    """List the queues."""
    show([queue.model_dump(mode="json") for queue in centre().queues], as_json=json)


@queue_app.command("remove")
def queue_remove(name: str) -> None:
    """Remove a queue that nobody refers to."""
    users = centre().users_of_queue(name)
    if users:
        raise Conflict(f"queue {name} is still used by {', '.join(users)}: change or remove them first")
    change(partial(remove_entry, table="queue", where=("name", name)))
    typer.echo(f"queue {name} removed. {APPLY}")


@number_app.command("add")
def number_add(
    number: Annotated[str, typer.Argument(help="As +12025550100, or as dialled at home.")],
    flow: Annotated[str, typer.Option(help="Flow its callers enter.")],
    queue: Annotated[str, typer.Option(help="Queue they wait in while our services are down.")],
    alias: Annotated[str, typer.Option(help="Which version of the flow: live, staging or a name of your own.")] = LIVE,
) -> None:
    """Add a number (DID) that leads here."""
    did = _e164(number)
    values = {"did": did, "flow": flow, "fallback_queue": queue, **({"alias": alias} if alias != LIVE else {})}
    add_number(partial(add_entry, table="number", values=values))
    typer.echo(f"number {did} added. {APPLY}")


@number_app.command("list")
def number_list(json: Json = False) -> None:
    """List the numbers."""
    show([number.model_dump(mode="json") for number in centre().numbers], as_json=json)


@number_app.command("remove")
def number_remove(number: str) -> None:
    """Remove a number."""
    did, region = _e164(number), centre().identity.region

    def remove(text: str) -> str:
        # In the file it may be written in another way.
        written = [str(entry["did"]) for entry in read(text, "centre.toml").get("number", [])]
        same = next((one for one in written if to_e164(one, region) == did), did)
        return remove_entry(text, "number", ("did", same))

    change(remove)
    typer.echo(f"number {did} removed. {APPLY}")


@trunk_app.command("add")
def trunk_add(  # noqa: PLR0913, PLR0917 - one parameter per option
    name: str,
    register: Annotated[str, typer.Option(help="USER@HOST or USER@HOST:PORT: log in at the carrier.")] = "",
    ip: Annotated[str, typer.Option(help="ADDRESS,…: the carrier calls from these and is called at the first.")] = "",
    match: Annotated[str, typer.Option(help="ADDRESS,…: further addresses its calls come from.")] = "",
    caller_id: Annotated[str, typer.Option(help="Number shown on calls we place without one.")] = "",
    emergency: Annotated[bool, typer.Option(help="Carries calls to emergency numbers.")] = False,
    channels: Annotated[int | None, typer.Option(help="Calls at a time the carrier allows us.")] = None,
    calls_per_second: Annotated[float | None, typer.Option(help="New calls per second it allows us.")] = None,
    qualify: Annotated[int | None, typer.Option(help="Seconds between OPTIONS; 0: it answers none.")] = None,
    stdin: Stdin = False,
) -> None:
    """Add a line to the telephone network; asks for the password if it registers."""
    values = {"name": name, **_carrier(register, ip, match), "caller_id": caller_id, "emergency": emergency or None}
    values |= {"channels": channels, "calls_per_second": calls_per_second, "qualify_s": qualify}
    if register:
        if any(trunk.name == name for trunk in _trunks()):
            raise Conflict(f"there is a trunk {name} already")
        password = ask_secret("Password at the carrier", from_stdin=stdin, empty="")
        change_secrets(settings().data_dir, secrets_file.set_trunk(name, password))
    change(partial(add_entry, table="trunk", values=values))
    typer.echo(f"trunk {name} added. {APPLY}")


@trunk_app.command("password")
def trunk_password(name: str, stdin: Stdin = False) -> None:
    """Change the password at the carrier."""
    trunk = _trunk(centre(), name)
    if trunk.kind is not TrunkKind.REGISTER:
        raise ConfigError(f"trunk {name} has no password: it is known by its addresses")
    password = ask_secret("Password at the carrier", from_stdin=stdin, empty="")
    change_secrets(settings().data_dir, secrets_file.set_trunk(trunk.secret_name, password))
    typer.echo(f"password of trunk {name} changed. {APPLY}")


@trunk_app.command("list")
def trunk_list(json: Json = False) -> None:
    """List the trunks."""
    rows = [trunk.model_dump(mode="json", exclude={"secret"}) for trunk in centre().trunks]
    show(rows if json else [_short(row) for row in rows], as_json=json)


@trunk_app.command("remove")
def trunk_remove(name: str) -> None:
    """Remove a trunk and its password."""
    secret = _trunk(centre(), name).secret_name
    left = change(partial(remove_entry, table="trunk", where=("name", name)))
    if all(trunk.secret_name != secret for trunk in left.trunks):
        change_secrets(settings().data_dir, secrets_file.without_trunk(secret))
    typer.echo(f"trunk {name} removed. {APPLY}")
    for warning in left.emergency_warnings():
        typer.echo(f"note: {warning}")


def _carrier(register: str, ip: str, match: str) -> dict[str, Any]:
    """The keys that say where a trunk leads."""
    matches = [one.strip() for one in match.split(",") if one.strip()]
    if bool(register) == bool(ip):
        raise ConfigError("give either --register USER@HOST or --ip ADDRESS")
    if ip:
        peers = [one.strip() for one in ip.split(",") if one.strip()] + matches
        return {"kind": "ip", "host": peers[0], "match": peers if len(peers) > 1 else []}
    user, at, server = register.rpartition("@")
    if not at or not user:
        raise ConfigError(f"--register {register}: write USER@HOST or USER@HOST:PORT")
    host, colon, port = server.rpartition(":") if server.count(":") == 1 else (server, "", "")
    if colon and not port.isdecimal():
        raise ConfigError(f"--register {register}: {port!r} is no port")
    return {
        "kind": "register",
        "host": host,
        "port": int(port) if colon else None,
        "username": user,
        "match": [host, *matches] if matches else [],
    }


def _trunks() -> tuple[Trunk, ...]:
    """The trunks there are; none before the first edit made a centre.toml."""
    return centre().trunks if settings().centre_file.exists() else ()


def _trunk(of: Centre, name: str) -> Trunk:
    found = next((trunk for trunk in of.trunks if trunk.name == name), None)
    if found is None:
        raise NotFound(f'there is no trunk "{name}"')
    return found


def _short(row: dict[str, Any]) -> dict[str, Any]:
    return {key: row[key] for key in ("name", "kind", "host", "port", "username", "match", "caller_id", "emergency")}


def _e164(number: str) -> str:
    # Before the first edit there is no centre.toml; the starter's region is that of the example.
    region = centre().identity.region if settings().centre_file.exists() else "US"
    did = to_e164(number, region)
    if did is None:
        raise ConfigError(f"{number!r} is no telephone number in {region}: write it as +12025550100")
    return did
