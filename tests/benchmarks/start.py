"""Whole processes beside `python -c pass`: `mlc --version`, `mlc validate` of a spec of thirty steps."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.benchmarks.compiling import ms, seconds
from tests.benchmarks.row import Row, in_text, interleaved, ratios

ROUNDS = 15


def rows(rounds: int = ROUNDS) -> Iterator[Row]:
    """The rows of starting; modules are compiled beforehand."""
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder) / "thirty.yaml"
        spec.write_text(thirty_steps(), encoding="utf-8")
        figures = {
            "python -c pass": ("", ["-c", "pass"]),
            "mlc --version": ("<= 4", ["-m", "mlc_compiler", "--version"]),
            "mlc validate, thirty steps": ("<= 30", ["-m", "mlc_compiler", "validate", str(spec)]),
        }
        works = {name: partial(seconds, [sys.executable, *command]) for name, (_, command) in figures.items()}
        taken = interleaved(works, rounds)
    nothing = taken.pop("python -c pass")
    for name, mine in taken.items():
        yield Row(name, ms(mine), f"python -c pass, {ms(nothing)}", ratios(mine, nothing), figures[name][0])


def main() -> None:
    """Print the rows."""
    print(in_text(rows()))


def thirty_steps() -> str:
    """A spec of a source, some features and trainings, thirty entries in all."""
    features = "\n".join(
        f"  recent{n}: {{from: orders, join: [customer_id], window: {n + 1}d,"
        f" columns: {{spent: sum(amount), orders: count(*)}}}}"
        for n in range(20)
    )
    trainings = "\n".join(
        f"  late{n}: {{examples: orders, features: [recent{n}, recent{n + 1}.spent],"
        " model: sklearn.ensemble.HistGradientBoostingClassifier, grid: {max_leaf_nodes: [15, 31]},"
        " metrics: [roc_auc], select: {maximize: roc_auc}}"
        for n in range(8)
    )
    return f"""mlc: 1
name: thirty
sources:
  orders:
    read: orders.parquet
    columns: {{order_id: int, customer_id: int, amount: float, placed_at: timestamp, paid_at: timestamp}}
    key: [order_id]
    time: placed_at
    known: {{"*": placed_at, paid_at: paid_at}}
features:
{features}
examples:
  orders:
    from: orders
    label: paid_at > placed_at + interval 10 day
    split: {{by: time, test: 30d, validation: 30d}}
training:
{trainings}
"""


if __name__ == "__main__":
    main()
