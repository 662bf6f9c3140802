"""`callcenter debt import|list`: what callers owe, from the creditor's list."""

from __future__ import annotations

from typing import Annotated

import typer

from app.installation import run
from app.leads_cli import Encoding, File, given_of
from app.person_cli import tell_listed
from app.tabular import Json, show
from app.telephone import home_region, number_of, region_of
from callcenter.errors import ConfigError
from callcenter.money import currency_in, decimal
from desk.service.lists import take_debts

debt_app = typer.Typer(help="Debts: what callers owe.", no_args_is_help=True)


@debt_app.command("import")
def debt_import(
    file: File,
    currency: Annotated[str, typer.Option(help="Of amounts where the list does not say: USD.")] = "",
    region: Annotated[str, typer.Option(help="Country in which numbers without + are read; the centre's.")] = "",
    encoding: Encoding = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    json: Json = False,
) -> None:
    """Take over a list of debts as of now. Columns: number, reference, amount (120.50; 0: paid), currency, due."""
    home = region_of(region) if region else home_region()
    code = _currency(currency) if currency else ""
    given = given_of(file, encoding, dry_run=dry_run)
    done = run(lambda store: take_debts(store, home, code, given))
    tell_listed(done.read, done.new, ("new or changed", "as they were"), json=json)


@debt_app.command("list")
def debt_list(
    number: Annotated[str, typer.Option(help="Those of one number, paid ones too; else all that are owed.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="So many at most, those longest due first.")] = 50,
    json: Json = False,
) -> None:
    """List the debts."""
    known = number_of(number) if number else ""
    found = run(lambda store: store.debts(known) if known else store.owed(limit))
    rows = [
        {
            "reference": one.reference,
            "number": one.number,
            "amount": decimal(one.amount, one.currency),
            "currency": one.currency,
            "due": one.due_on.isoformat(),
            "state": one.state.value,
            "promised": one.promised_on.isoformat() if one.promised_on else None,
        }
        for one in found[:limit]
    ]
    show(rows, as_json=json)


def _currency(text: str) -> str:
    try:
        return currency_in(text)
    except ValueError as error:
        raise ConfigError(f"--currency: {error}") from None
