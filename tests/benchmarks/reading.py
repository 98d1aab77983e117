"""Reading YAML with the place of every key and value, beside PyYAML's C loader, which keeps no places."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

import yaml
from tests.benchmarks.compiling import ms
from tests.benchmarks.row import Row, in_text, interleaved, ratios
from tests.benchmarks.start import thirty_steps

from mlc_compiler.source.read import read

ROUNDS = 15


def rows() -> Iterator[Row]:
    """The rows of reading some 2,000 lines and some 50,000: times of the processor."""
    for entries in (250, 6_000):
        text = large(entries)
        works = {
            "ours": partial(_cpu, lambda text=text: read(text.encode(), "large.yaml")),
            "theirs": partial(_cpu, lambda text=text: yaml.load(text, yaml.CSafeLoader)),
        }
        taken = interleaved(works, ROUNDS)
        figure = f"reading YAML with places, {text.count(chr(10)):,} lines"
        beside = f"CSafeLoader, {ms(taken['theirs'])}"
        yield Row(figure, ms(taken["ours"]), beside, ratios(taken["ours"], taken["theirs"]), "<= 1.6")


def main() -> None:
    """Print the rows."""
    print(in_text(rows()))


def large(entries: int) -> str:
    """A spec of a source and so many feature groups, eight lines each."""
    head, _, _ = thirty_steps().partition("features:")
    groups = (
        f"  g{n}:\n    from: orders\n    join: [customer_id]\n    window: {n}d\n    columns:\n"
        "      spent: sum(amount)\n      orders: count(*)\n    refresh: 1d\n"
        for n in range(1, entries)
    )
    return f"{head}features:\n{''.join(groups)}"


def _cpu(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


if __name__ == "__main__":
    main()
