"""`callcenter agent add|list|show|pin|remove`: people who take calls, their phones and PINs."""

from __future__ import annotations

import secrets as random_source
from functools import partial
from typing import Annotated

import typer

from app import secrets_file
from app.installation import APPLY, ask_secret, centre, change, settings, sip_server
from app.secrets_file import change as change_secrets
from app.secrets_file import new_digits
from app.tabular import Json, show
from app.toml_edit import add_entry, remove_entry, set_value
from callcenter import dialplan
from callcenter.centre import AgentEntry, Centre
from callcenter.errors import ConfigError, NotFound
from callcenter.pins import SALT_BYTES, check_pin, hash_pin

PIN_DIGITS = 6

agent_app = typer.Typer(help="People who take calls.", no_args_is_help=True)

Stdin = Annotated[bool, typer.Option("--stdin", help="Read the PIN from standard input instead of asking.")]


@agent_app.command("add")
def agent_add(
    agent: Annotated[str, typer.Argument(metavar="ID", help="Digits, as the agent dials them.")],
    name: Annotated[str, typer.Option(help="What people call this agent.")],
    phone: Annotated[str, typer.Option(help="SIP user of the agent's phone, digits.")],
    queue: Annotated[list[str] | None, typer.Option(help="Queue the agent serves; may be repeated.")] = None,
    skill: Annotated[list[str] | None, typer.Option(help="NAME or NAME=LEVEL (1 to 10); may be repeated.")] = None,
    stdin: Stdin = False,
) -> None:
    """Add an agent; asks for a PIN or makes one, and tells how the phone registers."""
    pin, made = _new_pin(stdin)
    values = {"id": agent, "name": name, "phone": phone, "queues": queue or [], "skills": _skills(skill or [])}
    after = change(partial(add_entry, table="agent", values={**values, "pin_hash": _hash(pin)}))
    typer.echo(f"agent {agent} ({name}) added")
    _tell(after, _agent(after, agent), password=True)
    login = f"dial {dialplan.CODE_LOGIN} and enter the PIN"
    typer.echo(f"  log in     {login}" + (f" {pin}" if made else ""))
    typer.echo(f"{APPLY} `callcenter agent show {agent} --password` tells the password again; the PIN nobody can.")
    for warning in after.emergency_warnings():
        typer.echo(f"note: {warning}")


@agent_app.command("list")
def agent_list(json: Json = False) -> None:
    """List the agents."""
    show([_row(agent) for agent in centre().agents], as_json=json)


@agent_app.command("show")
def agent_show(
    agent: Annotated[str, typer.Argument(metavar="ID")],
    password: Annotated[bool, typer.Option("--password", help="The phone's password as well.")] = False,
) -> None:
    """Show an agent and how the phone registers."""
    found = centre()
    entry = _agent(found, agent)
    typer.echo(f"agent {agent} ({entry.name})")
    for label, value in (("queues", entry.queues), ("skills", [f"{k}={v}" for k, v in entry.skills.items()])):
        typer.echo(f"  {label:<10} {' '.join(value) or '-'}")
    typer.echo(f"  {'PIN':<10} {'set' if entry.pin_hash else 'none: cannot log in'}")
    _tell(found, entry, password=password)


@agent_app.command("pin")
def agent_pin(agent: Annotated[str, typer.Argument(metavar="ID")], stdin: Stdin = False) -> None:
    """Give an agent a new PIN; asks for it or makes one."""
    _agent(centre(), agent)
    pin, made = _new_pin(stdin)
    change(partial(set_value, table="agent", where=("id", agent), item=("pin_hash", _hash(pin))))
    typer.echo(f"PIN of agent {agent} changed" + (f" to {pin}" if made else "") + f". {APPLY}")


@agent_app.command("remove")
def agent_remove(agent: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Remove an agent and the phone's password."""
    phone = _agent(centre(), agent).phone
    change(partial(remove_entry, table="agent", where=("id", agent)))
    change_secrets(settings().data_dir, secrets_file.without_phone(phone))
    typer.echo(f"agent {agent} removed. {APPLY}")


def _tell(of: Centre, agent: AgentEntry, *, password: bool) -> None:
    """Print how the agent's phone registers."""
    word = secrets_file.phone_password(settings().data_dir, agent.phone) if password else "hidden; give --password"
    tls = f", TLS {of.sip.tls_port}" if of.sip.tls_port else ""
    typer.echo(f"  SIP user   {agent.phone}")
    typer.echo(f"  password   {word}")
    typer.echo(f"  server     {sip_server(of)} port {of.sip.port} (UDP or TCP{tls})")


def _agent(of: Centre, agent: str) -> AgentEntry:
    found = next((entry for entry in of.agents if entry.id == agent), None)
    if found is None:
        raise NotFound(f'there is no agent "{agent}"')
    return found


def _row(agent: AgentEntry) -> dict[str, object]:
    row = agent.model_dump(mode="json", exclude={"pin_hash"})
    return {**row, "pin": agent.pin_hash is not None}


def _skills(written: list[str]) -> dict[str, int]:
    skills: dict[str, int] = {}
    for one in written:
        name, equals, level = one.partition("=")
        if equals and not level.isdecimal():
            raise ConfigError(f"--skill {one}: write NAME=LEVEL with a level from 1 to 10")
        skills[name] = int(level) if equals else 5
    return skills


def _new_pin(from_stdin: bool) -> tuple[str, bool]:
    """The PIN and whether it was made here."""
    typed = ask_secret("PIN", from_stdin=from_stdin, empty="nothing: one is made")
    if typed:
        check_pin(typed)
        return typed, False
    while True:
        pin = new_digits(PIN_DIGITS)
        try:
            check_pin(pin)
        except ConfigError:
            continue
        return pin, True


def _hash(pin: str) -> str:
    return hash_pin(pin, random_source.token_bytes(SALT_BYTES))
