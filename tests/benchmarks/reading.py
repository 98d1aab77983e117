"""Reading YAML with the place of every key and value, beside PyYAML's C loader, which keeps no places."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import yaml
from tests.benchmarks.start import thirty_steps

from mlc_compiler.source.read import read

REPEATS = 15


def main() -> None:
    """Print CPU milliseconds for some 2,000 lines and for some 50,000."""
    print(f"{'lines':>8}{'CSafeLoader':>14}{'read':>10}{'ratio':>8}{'aim':>6}")
    for entries in (250, 6_000):
        text = _document(entries)
        loader = _cpu(lambda text=text: yaml.load(text, yaml.CSafeLoader))
        ours = _cpu(lambda text=text: read(text.encode(), "large.yaml"))
        print(f"{text.count(chr(10)):>8}{loader * 1000:>14.1f}{ours * 1000:>10.1f}{ours / loader:>8.2f}{1.6:>6}")


def _document(entries: int) -> str:
    head, _, _ = thirty_steps().partition("features:")
    groups = (
        f"  g{n}:\n    from: orders\n    join: [customer_id]\n    window: {n}d\n    columns:\n"
        "      spent: sum(amount)\n      orders: count(*)\n    refresh: 1d\n"
        for n in range(1, entries)
    )
    return f"{head}features:\n{''.join(groups)}"


def _cpu(work: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATS):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return statistics.median(times)


if __name__ == "__main__":
    main()
