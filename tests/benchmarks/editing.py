"""What an editor waits for after a key is pressed: findings, completion, hover and tasks, in CPU time.

Of the flights, and of a spec of 2,000 lines whose 250 feature groups are all read by trainings; each from the text on.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks.reading import large
from tests.benchmarks.row import Row, in_text

from mlc_compiler.diagnostics.resolved import resolve
from mlc_compiler.editor.completion import complete
from mlc_compiler.editor.cursor import spot
from mlc_compiler.editor.hover import hover
from mlc_compiler.editor.lens import lenses
from mlc_compiler.editor.session import look
from mlc_compiler.editor.view import View

ROOT = Path(__file__).parents[2]
REPEATS = 9


def rows() -> Iterator[Row]:
    """The rows of editing."""
    flights = ROOT / "examples/flights/pipeline.yaml"
    yield from _of("the flights", flights, flights.read_text(encoding="utf-8"), 100)
    yield from _of("2,000 lines", ROOT / "large.yaml", large_spec(), 300)


def main() -> None:
    """Print the rows."""
    print(in_text(rows()))


def large_spec() -> str:
    """A spec of 2,000 lines whose 250 feature groups are all read by trainings."""
    groups = [", ".join(f"g{n}" for n in range(first, first + 50)) for first in range(1, 251, 50)]
    trainings = "".join(
        f"  t{n}:\n    examples: rows\n    features: [{listed}]\n    model: m:Model\n"
        for n, listed in enumerate(groups)
    )
    label = "paid_at > placed_at + interval 10 day"
    examples = f"examples:\n  rows:\n    from: orders\n    label: {label}\n    split: {{by: time, test: 30d}}\n"
    return f"{large(251)}{examples}training:\n{trainings}"


def _of(name: str, path: Path, text: str, aim: int) -> Iterator[Row]:
    file = str(path)
    view = look(file, {file: text})
    assert [each for each in view.diagnostics if each.severity == "error"] == []
    # The label is half typed, so that the text has to be mended before names can be offered.
    at = text.index("label: ") + len("label: ")
    typed = f"{text[:at]}a{text[text.index(chr(10), at) :]}"
    works: dict[str, Callable[[], object]] = {
        "findings": lambda: _findings(look(file, {file: text})),
        "completion": lambda: _complete(file, typed, at + 1),
        "hover": lambda: hover(look(file, {file: text}), at),
        "tasks": lambda: lenses(look(file, {file: text})),
    }
    for answer, work in works.items():
        yield Row(f"an editor's {answer}, {name}", f"{_cpu(work) * 1000:.0f} ms of CPU", aim=f"{aim} ms")


def _findings(view: View) -> object:
    return resolve(view.diagnostics, view.documents)


def _complete(file: str, text: str, offset: int) -> object:
    found = spot(text, offset, file)
    assert found is not None
    return complete(look(file, {file: found.document.text}), found, offset)


def _cpu(work: Callable[[], object]) -> float:
    work()
    times = []
    for _ in range(REPEATS):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return statistics.median(times)


if __name__ == "__main__":
    main()
