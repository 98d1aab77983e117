"""Reports as people read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from textwrap import wrap

from mlc_compiler.explain.changes import Change
from mlc_compiler.explain.report import Ran, Report, Totals
from mlc_compiler.explain.search import Draw, Halving
from mlc_compiler.explain.step import About, details_of
from mlc_compiler.explain.work import Work, duration
from mlc_compiler.graph.size import task_count

_MOST = 6
"""How many names of a list are written out."""


def report_lines(report: Report) -> Iterator[str]:
    """A report, line by line."""
    yield f"{report.name} at -O{report.level}"
    yield ""
    for ran in report.passes:
        said = list(pass_lines(ran)) or ["nothing to do"]
        yield f"  {ran.name:<10}{said[0]}"
        yield from (f"  {'':<10}{line}" for line in said[1:])
    if not report.passes:
        yield "  no pass ran: the graph is as written"
    searches = [*map(halving_line, report.halvings), *map(draw_line, report.draws)]
    for number, line in enumerate(searches):
        yield f"  {'' if number else 'search':<10}{line}"
    yield ""
    before, after = report.before, report.after
    rows = [
        ("", "as written", "as it runs"),
        ("steps", f"{before.steps:,}", f"{after.steps:,}"),
        ("tasks", str(before.tasks), str(after.tasks)),
        *_starts(before, after),
        ("work", duration(before.work.seconds), duration(after.work.seconds)),
        ("critical path", duration(before.work.path_seconds), duration(after.work.path_seconds)),
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for head, *cells in rows:
        numbers = (cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True))
        yield f"  {head.ljust(widths[0])}  {'  '.join(numbers)}"
    yield ""
    yield from work_lines(after.work)


def _starts(before: Totals, after: Totals) -> Iterator[tuple[str, str, str]]:
    """What an engine starts, where it starts a process for each tile."""
    if before.starts is not None and after.starts is not None:
        yield "starts", f"{before.starts:,}", f"{after.starts:,}"


def work_lines(found: Work) -> Iterator[str]:
    """What the estimates are made of."""
    for number, line in enumerate(wrap(" -> ".join(found.path), 100, break_long_words=False)):
        yield f"  {'' if number else 'critical path':<13}  {line}"
    told = {
        "measured": "measured by an earlier run",
        "declared": "declared by the environment",
        "default": "by default for their operation",
    }
    sources = ", ".join(f"{count:,} {told.get(source, source)}" for source, count in found.sources)
    yield f"  {'durations':<13}  {sources}"
    if found.assumed:
        yield f"  {'counts':<13}  {', '.join(found.assumed)}: only a run can tell, taken as {found.assumption}"


def pass_lines(ran: Ran) -> Iterator[str]:
    """What a pass did, one line a change; steps that were dropped together are on one line."""
    for what, found in groupby(ran.changes, key=lambda change: change.what):
        together = list(found)
        if what == "dropped":
            noun = "a step" if len(together) == 1 else f"{len(together)} steps"
            yield f"dropped {noun} that nothing reads: {listed([change.step for change in together])}"
        else:
            yield from (change_line(change) for change in together if not _idle(change))


def _idle(change: Change) -> bool:
    """Whether a change saves nothing: what ran once runs once."""
    return change.what == "hoisted" and str(change.before) == str(change.after)


def change_line(change: Change) -> str:
    """One change in a sentence."""
    match change.what:
        case "merged":
            return f"merged `{change.step}` into `{change.into}`, which computes the same"
        case "hoisted":
            names = ", ".join(name.removeprefix("$") for name in change.out_of)
            out_of = f"{change.settings:,} settings ({names})" if (change.settings or 1) > 1 else names
            return f"hoisted `{change.step}` out of {out_of}: {change.before} -> {change.after} executions"
        case "narrowed":
            left, whole = len(change.columns), len(change.columns) + len(change.dropped)
            if not left:
                return f"narrowed `{change.step}` to its rows: nothing reads its columns"
            if not change.dropped:
                return f"narrowed `{change.step}` to {left} {'column' if left == 1 else 'columns'}"
            return f"narrowed `{change.step}` to {left} of {whole} columns, without {listed(change.dropped)}"
        case "fused":
            return f"fused `{change.step}` into the tasks of `{change.into}`: {_takes(change)}"
        case "tiled":
            found = f"in {change.tiles:,} tiles" if change.each is None else f"{change.each:,} to a tile"
            return f"tiled `{change.step}`: {change.after} tasks, {_takes(change)}, {found}"
        case "filtered":
            return f"filtered `{change.step}` to rows where {change.where}"
        case "unfiltered":
            every = f"kept every row of `{change.step}` for {listed(change.because_of)}"
            return f"{every}, not only those where {change.where}"
    return f"dropped `{change.step}`"


def _takes(change: Change) -> str:
    """How long a task takes, and who says so."""
    if change.estimate is None:
        return "of unknown duration"
    return f"{duration(change.estimate.seconds)} each ({change.estimate.source})"


def halving_line(halving: Halving) -> str:
    """What a halving saves."""
    settings = " -> ".join(str(rung.settings).removeprefix("<=") for rung in halving.rungs)
    return (
        f"halving of `{halving.training}`: {settings} settings with "
        f"{' -> '.join(f'{rung.amount:,}' for rung in halving.rungs)} {halving.resource}: "
        f"{halving.spent} in all instead of {halving.full}"
    )


def draw_line(draw: Draw) -> str:
    """What a random search saves."""
    whole = "a continuous range" if draw.of is None else f"{draw.of:,} settings"
    return f"random search of `{draw.training}`: {draw.drawn:,} draws of {whole}"


def step_lines(about: About, places: Sequence[str]) -> Iterator[str]:
    """A step, line by line."""
    yield f"{about.step.name}: {about.step.op}, {task_count(about.tasks)}"
    for heading, text in {"in the spec": "\n".join(places), **details_of(about)}.items():
        first, *rest = text.split("\n")
        yield f"  {heading:<16}{first}".rstrip()
        yield from (f"  {'':<16}{line}" for line in rest)
    yield from (f"  {'':<16}{name}" for name in about.reruns[1 : _MOST + 1])
    if len(about.reruns) > _MOST + 1:
        yield f"  {'':<16}and {len(about.reruns) - _MOST - 1:,} more"


def listed(names: Sequence[str]) -> str:
    """Some names, and how many more there are."""
    more = len(names) - _MOST
    shown = ", ".join(f"`{name}`" for name in (names if more <= 1 else names[:_MOST]))
    return shown if more <= 1 else f"{shown} and {more:,} more"
