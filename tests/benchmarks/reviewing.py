"""What a pull request waits for, in CPU time: a thousand specs checked at once, and a spec of 2,000 lines compared."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from tests.benchmarks.compiling import ms
from tests.benchmarks.editing import ROOT, large_spec
from tests.benchmarks.row import Row, in_text, interleaved

ROUNDS = 3
SPECS = 1_000
_READ = """
import pathlib, sys, yaml
for path in pathlib.Path(sys.argv[1]).glob("*.yaml"):
    yaml.load(path.read_bytes(), yaml.CSafeLoader)
"""


def rows(rounds: int = ROUNDS, specs: int = SPECS) -> Iterator[Row]:
    """The rows of reviewing.

    Args:
        rounds: how often everything is measured.
        specs: how many variants of the flights are checked at once.
    """
    with tempfile.TemporaryDirectory() as folder:
        many, none, large = (Path(folder) / name for name in ("many", "none", "large"))
        for each in (many, none, large):
            each.mkdir()
        flights = (ROOT / "examples/flights/pipeline.yaml").read_text(encoding="utf-8")
        for number in range(specs):
            (many / f"s{number}.yaml").write_text(_variant(flights, number), encoding="utf-8")
        (none / "one.yaml").write_text("mlc: 1\nname: one\n", encoding="utf-8")
        text = large_spec()
        (large / "base.yaml").write_text(text, encoding="utf-8")
        (large / "head.yaml").write_text(text.replace("window: 7d", "window: 8d", 1), encoding="utf-8")
        mlc = [sys.executable, "-m", "mlc_compiler"]
        works = {
            "many": [*mlc, "validate", str(many)],
            "one": [*mlc, "validate", str(none)],
            "read": [sys.executable, "-c", _READ, str(many)],
            "import": [sys.executable, "-c", _READ, str(large / "nothing")],
            "validate": [*mlc, "validate", str(large / "base.yaml")],
            "diff": [*mlc, "diff", str(large / "base.yaml"), str(large / "head.yaml")],
        }
        taken = interleaved({name: partial(cpu, command) for name, command in works.items()}, rounds)
    checking, reading = (_beyond(taken[most], taken[start]) for most, start in (("many", "one"), ("read", "import")))
    yield Row(
        f"validate {specs:,} specs",
        f"{ms(taken['many'])} CPU",
        f"CSafeLoader, {ms(reading)}, but for one start each",
        [one / other for one, other in zip(checking, reading, strict=True)],
        "<= 15",
    )
    yield Row("validate 2,000 lines", f"{ms(taken['validate'])} CPU")
    yield Row("diff 2,000 lines", f"{ms(taken['diff'])} CPU")


def main() -> None:
    """Print the rows."""
    print(in_text(rows()))


def cpu(command: Sequence[str]) -> float:
    """Seconds of the processor that a command and its children take."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(command, env=environment, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _beyond(taken: Sequence[float], start: Sequence[float]) -> list[float]:
    return [one - other for one, other in zip(taken, start, strict=True)]


def _variant(text: str, number: int) -> str:
    """One of many specs that differ in name, windows, grid and label."""
    changes = {
        "name: flight-delays": f"name: flights-{number}",
        "window: 14d": f"window: {number % 90 + 1}d",
        "[0.03, 0.1, 0.3]": f"[0.03, 0.1, 0.{number + 200}]",
        "label: arr_delay > 15": f"label: arr_delay > {number}",
    }
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


if __name__ == "__main__":
    main()
