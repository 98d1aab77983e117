"""Whole processes, as ratios to `python -c pass`: `mlc --version`, `mlc validate` of a spec of thirty steps."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPEATS = 15


def main() -> None:
    """Print the median of each, in milliseconds and as a ratio."""
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder) / "thirty.yaml"
        spec.write_text(thirty_steps())
        start = measured("-c", "pass")
        print(f"{'what':<34}{'ms':>8}{'ratio':>8}{'aim':>6}")
        print(f"{'python -c pass':<34}{start * 1000:>8.1f}{1:>8.1f}")
        for name, aim, arguments in (
            ("mlc --version", 4, ("-m", "mlc_compiler", "--version")),
            ("mlc validate, 30 steps", 30, ("-m", "mlc_compiler", "validate", str(spec))),
        ):
            took = measured(*arguments)
            print(f"{name:<34}{took * 1000:>8.1f}{took / start:>8.1f}{aim:>6}")


def measured(*arguments: str) -> float:
    """The median wall time of a Python process, in seconds; its modules are compiled beforehand."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, *arguments]
    times = []
    for repeat in range(REPEATS + 1):
        begin = time.perf_counter()
        subprocess.run(command, env=environment, check=True, capture_output=True)
        if repeat:
            times.append(time.perf_counter() - begin)
    return statistics.median(times)


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
