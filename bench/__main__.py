"""`make bench`: every figure against its target. Prints a table, writes bench/results.json, exits 1 on a miss."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import agi, ami, answer, flow_test, ivr, ledger, store

RESULTS = Path(__file__).parent / "results.json"
BENCHES = (ami, agi, store, ledger, flow_test, ivr, answer)


def main() -> int:
    results = [(figure, f"python -m {bench.__name__}") for bench in BENCHES for figure in bench.run()]
    told = [asdict(figure) | {"command": command} for figure, command in results]
    RESULTS.write_text(json.dumps(told, indent=2) + "\n")
    table = Table("figure", "value", "unit", "target", "", "command")
    for figure, command in results:
        well = {True: "ok", False: "MISS", None: ""}[figure.ok]
        target = "" if figure.target is None else str(figure.target)
        table.add_row(figure.name, f"{figure.value:,}", figure.unit, target, well, command)
    Console().print(table)
    return 1 if any(figure.ok is False for figure, _ in results) else 0


if __name__ == "__main__":
    sys.exit(main())
