"""Reports as people read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from mlc_compiler.explain.changes import Change
from mlc_compiler.explain.report import Ran, Report
from mlc_compiler.explain.search import Draw, Halving
from mlc_compiler.explain.step import About, facts_of

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
    rows = [("", "as written", "as it runs"), ("steps", f"{report.before.steps:,}", f"{report.after.steps:,}")]
    rows.append(("tasks", str(report.before.tasks), str(report.after.tasks)))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for head, *cells in rows:
        numbers = (cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True))
        yield f"  {head.ljust(max(widths[0], 8))}  {'  '.join(numbers)}"


def pass_lines(ran: Ran) -> Iterator[str]:
    """What a pass did, one line a change; steps that were dropped together are on one line."""
    for what, found in groupby(ran.changes, key=lambda change: change.what):
        together = list(found)
        if what == "dropped":
            noun = "a step" if len(together) == 1 else f"{len(together)} steps"
            yield f"dropped {noun} that nothing reads: {listed([change.step for change in together])}"
        else:
            yield from map(change_line, together)


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
            if not change.dropped:
                return f"narrowed `{change.step}` to {left} {'column' if left == 1 else 'columns'}"
            return f"narrowed `{change.step}` to {left} of {whole} columns, without {listed(change.dropped)}"
        case "filtered":
            return f"filtered `{change.step}` to rows where {change.where}"
    return f"dropped `{change.step}`"


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
    yield f"{about.step.name}: {about.step.op}, {about.tasks} {'task' if str(about.tasks) == '1' else 'tasks'}"
    for heading, text in {"in the spec": "\n".join(places), **facts_of(about)}.items():
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
