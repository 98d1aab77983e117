"""What a change means, as people read it in a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from mlc_compiler.diagnostics.visible import visible
from mlc_compiler.diff.difference import Difference
from mlc_compiler.diff.words import NOTE, counted, reason, rerun, subject, total, values, verdict

_KIND = 11
"""The width of the column of kinds."""


def text_lines(title: str, found: Difference) -> Iterator[str]:
    """A difference, line by line.

    Args:
        title: what is compared.
        found: the difference.
    """
    yield visible(f"{title}: {verdict(found)}")
    if not found.changes and not found.runs:
        return
    yield f"  {total(found)}"
    for broken in found.breaking:
        yield visible(f"  {'breaking':<{_KIND}} {'.'.join(map(str, broken.path))}  {broken.message}")
    width = max((len(visible(subject(change))) for change in found.changes), default=0)
    for change in found.changes:
        line = f"  {change.kind:<{_KIND}} {visible(subject(change)):<{width}}  {visible(values(change))}"
        yield line.rstrip()
        tasks = rerun(found, change)
        if tasks:
            yield visible(f"  {'':<{_KIND}}   {tasks}")
    if found.runs:
        yield ""
        yield from _steps(found)
        yield ""
        yield f"  {NOTE}"


def _steps(found: Difference) -> Iterator[str]:
    rows = [(run.fresh.step, counted(run), reason(found, run)) for run in found.runs]
    widths = [max(len(visible(row[column])) for row in rows) for column in (0, 1)]
    for name, count, why in rows:
        yield visible(f"  {name:<{widths[0]}}  {count:<{widths[1]}}  {why}").rstrip()
