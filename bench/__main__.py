"""`make bench`: every figure against its target. Prints a table, writes bench/results.json, exits 1 on a miss."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import agi, ami, answer, flow_test, ivr, ledger, store

RESULTS = Path(__file__).parent / "results.json"
BENCHES: tuple[Callable[[], list[dict[str, Any]]], ...] = (
    ami.run,
    agi.run,
    store.run,
    ledger.run,
    flow_test.run,
    ivr.run,
    answer.run,
)


def main() -> int:
    results = [result for bench in BENCHES for result in bench()]
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    table = Table("figure", "value", "unit", "target", "", "command")
    for result in results:
        well = {True: "ok", False: "MISS", None: ""}[result["ok"]]
        target = "" if result["target"] is None else str(result["target"])
        table.add_row(result["name"], f"{result['value']:,}", result["unit"], target, well, result["command"])
    Console().print(table)
    return 1 if any(result["ok"] is False for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
