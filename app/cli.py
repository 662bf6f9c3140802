"""The `callcenter` command: the only one. No traceback reaches a user; what went wrong is one line."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from app.lazy import LazyGroup, Table
from callcenter.errors import CallCenterError, FlowError

INTERRUPTED: Final = 130  # what a shell reports for Ctrl-C

COMMANDS: Final[Table] = {
    "close": ("app.closing_cli:close", "Close at once: every caller hears a recorded message, until `reopen`."),
    "reopen": ("app.closing_cli:reopen", "Open again after `close`."),
    "status": (
        "app.status_cli:status",
        "Say what the services say of themselves, how long ago, and what the campaigns do.",
    ),
    "demo": (
        "app.demo_cli:demo",
        "Show a whole call centre with simulated phones. Exit 0 only if calls reached agents and none was lost.",
    ),
    "migrate": ("app.operate_cli:migrate", "Bring the database schema up to date."),
    "render": ("app.operate_cli:render", "Write what of Asterisk's configuration depends on the installation."),
    "reload": ("app.operate_cli:reload", "Take centre.toml over: into Asterisk, the store, and the running services."),
    "up": (
        "app.up_cli:up",
        "Run all services in this process, beside an Asterisk that systemd or somebody else runs.",
    ),
    "check": ("app.operate_cli:check", "Say what is wrong with this installation, each line ok or how to mend it."),
    "logs": ("app.plain_cli:logs", "Show what the processes say."),
    "version": ("app.plain_cli:version", "Print the version."),
    "ivr": ("app.serve.ivr:ivr_app", "The IVR (FastAGI)."),
    "acd": ("app.serve.acd:acd_app", "Agents, queues and matching."),
    "dialer": ("app.serve.dialer:dialer_app", "Campaigns' calls."),
    "desk": ("app.serve.desk:desk_app", "The desk over HTTP."),
    "flow": ("app.flow_cli:flow_app", "Flows: what callers experience."),
    "prompts": ("app.prompts_cli:prompts_app", "What is said to callers and agents."),
    "secret": ("app.secret_cli:secret_app", "Passwords and keys of other systems."),
    "person": ("app.person_cli:person_app", "Persons: who calls from which number."),
    "debt": ("app.debt_cli:debt_app", "Debts: what callers owe."),
    "voicemail": ("app.voicemail_cli:voicemail_app", "Messages callers left."),
    "callback": ("app.callback_cli:callback_app", "Calls that callers asked for."),
    "survey": ("app.survey_cli:survey_app", "What callers thought of it."),
    "user": ("app.user_cli:user_app", "People who sign in at the desk."),
    "token": ("app.user_cli:token_app", "Tokens that let programs use the desk's API."),
    "queue": ("app.setup_cli:queue_app", "Queues of callers."),
    "number": ("app.setup_cli:number_app", "Numbers people dial."),
    "agent": ("app.agent_cli:agent_app", "People who take calls."),
    "trunk": ("app.setup_cli:trunk_app", "Lines to the telephone network."),
    "campaign": ("app.campaign_cli:campaign_app", "Campaigns: whom we call."),
    "sim": ("app.sim_cli:sim_app", "The simulator: pacers in days that never were."),
    "leads": ("app.leads_cli:leads_app", "Leads: the people a campaign calls."),
    "dnc": ("app.dnc_cli:dnc_app", "The do-not-call list."),
    "block": ("app.closing_cli:block_app", "Callers who are not answered."),
}

app = LazyGroup("callcenter", help="Call centre on Asterisk: IVR, agents, queues.", table=COMMANDS)


def main() -> None:
    """Run the command; exit 1 with one line for what went wrong."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:  # a bug of ours is one line for the user, the rest for us
        first = next(leaves(error))
        if isinstance(first, CallCenterError):
            sys.exit(f"callcenter: {told(first)}")
        sys.exit(f"callcenter: internal error: {first!r} ({report(error)})")


def told(error: CallCenterError) -> str:
    """Return an error as a terminal shows it: the issues of a flow one a line."""
    if isinstance(error, FlowError) and len(error.issues) > 1:
        return "\n  ".join((f"flow {error.flow!r} is refused:", *map(str, error.issues)))
    return str(error)


def leaves(error: BaseException) -> Iterator[BaseException]:
    """Yield the errors inside groups of groups, in order."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from leaves(inner)
    else:
        yield error


def report(error: BaseException) -> str:
    """Write what a developer needs to a file and say where it is, or why it could not be written."""
    path = Path(os.environ.get("CALLCENTER_DATA_DIR", "var")) / "internal-error.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(traceback.format_exception(error)))
    except OSError as trouble:
        return f"details could not be written to {path}: {trouble.strerror}"
    return f"details: {path}"


if __name__ == "__main__":
    main()
