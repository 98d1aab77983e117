"""Look-ups that can find nothing, or that have no moment to look from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from mlc_compiler.check.facts import Examples, Group, Lookup, Source
from mlc_compiler.check.findings import Findings
from mlc_compiler.check.time.guarantees import order_of
from mlc_compiler.check.time.known import column_terms, known_place, row_terms, say_known, say_length
from mlc_compiler.check.time.lineage import upstream
from mlc_compiler.check.time.order import Order
from mlc_compiler.check.time.terms import Point, Term
from mlc_compiler.diagnostics.diagnostic import Related
from mlc_compiler.expression.tree import Name


def check_lookup(
    examples: Examples, group: Group, sources: Mapping[str, Source], findings: Findings, *, utc: bool
) -> None:
    """Findings about the rows that a feature group looks up for some examples."""
    if group.lookup is None:
        return
    source = sources[group.lookup.source]
    if examples.at is None:
        if sources[examples.source].time is None:
            _without_moment(examples, group, findings)
    elif source.time is None:
        if not is_static(source, sources):
            _not_static(examples, group, source, findings)
    else:
        _never_known(group, group.lookup, source, sources, findings, utc=utc)
        _shorter_than_refresh(group, findings)


def is_static(source: Source, sources: Mapping[str, Source]) -> bool:
    """Whether a source's values never change: it says so, or its SQL reads only such sources."""
    found: dict[str, bool] = {}
    for each in upstream(source, sources):
        found[each.name] = each.static or (each.query is not None and all(found[t] for t in each.inputs.values()))
    return found[source.name]


def _not_static(examples: Examples, group: Group, source: Source, findings: Findings) -> None:
    findings.add(
        "MLC432",
        f"`{source.name}` has no `time`, and is looked up for examples that have a moment",
        group.place.child("from"),
        why=f"nobody knows whether its rows were the same at the `$at` of each of `{examples.name}`",
        help="if its values never change in a way that matters, say `static: true` there; else give it its `time`",
        related=(
            Related(source.place.key(), f"source `{source.name}`"),
            Related(examples.place.key(), f"examples `{examples.name}`"),
        ),
    )


def _without_moment(examples: Examples, group: Group, findings: Findings) -> None:
    assert group.lookup is not None
    written = {"window": group.lookup.window != (None, 0), "refresh": group.lookup.refresh is not None}
    for key in (key for key, there in written.items() if there):
        findings.add(
            "MLC434",
            f"`{key}` is relative to `$at`, and `{examples.name}` has no moment",
            group.place.child(key),
            help=f"leave it out, or give source `{examples.source}` its `time`",
            related=(Related(examples.place.key(), f"examples `{examples.name}`"),),
        )


class _Delay(NamedTuple):
    """A row is known to a feature at least `micros` after its time, since `column` (None: the row itself) is."""

    micros: int
    term: Term
    column: str | None


def _never_known(
    group: Group, lookup: Lookup, source: Source, sources: Mapping[str, Source], findings: Findings, *, utc: bool
) -> None:
    """Findings where the rows of a window are known only after their time, and that is after `$at`."""
    order = order_of(source, sources, utc=utc)
    start, end = lookup.window
    shared = [theirs for _, theirs in lookup.join]
    if lookup.where is not None:
        shared += lookup.where.expression.columns
    late: dict[str, _Delay] = {}
    for name, typed in group.expressions.items():
        delay = _delay(source, [*shared, *typed.expression.columns], order)
        # Only rows of `time <= $at - delay` can take part.
        if delay is not None and ((start is not None and start > -delay.micros) or (end > 0 and delay.micros >= 0)):
            late[name] = delay
    if len(late) == len(group.expressions) and len(set(late.values())) == 1:
        _refuse_window(group, source, None, next(iter(late.values())), findings)
        return
    for name, delay in late.items():
        _refuse_window(group, source, name, delay, findings)


def _delay(source: Source, columns: list[str], order: Order) -> _Delay | None:
    """How long after its time a row is known at least, with the columns that are read in it."""
    assert source.time is not None
    time = Term(Point(Name((source.time,))))
    known: list[tuple[Term, str | None]] = [(term, None) for term in row_terms(source)]
    known += [(term, column) for column in (source.time, *columns) for term in column_terms(source, column)]
    found = [(-order.most(time, term), term, column) for term, column in known if not term.never]
    least, term, column = max(found, key=lambda each: each[0], default=(-math.inf, time, None))
    return None if math.isinf(least) else _Delay(int(least), term, column)


def _refuse_window(group: Group, source: Source, name: str | None, delay: _Delay, findings: Findings) -> None:
    assert group.lookup is not None
    start, end = group.lookup.window
    what = f"a row of `{source.name}`" if delay.column is None else f"`{delay.column}`"
    when = (
        f"{say_length(delay.micros)} after the row's `time`" if delay.micros > 0 else "no earlier than its row's `time`"
    )
    place = group.place.child("window") if name is None else group.place.child("columns", name)
    known = say_known(source.row_known if delay.column is None else source.known[delay.column], delay.term)
    if start is not None and start > -delay.micros:
        message = f"no row of this window is known at `$at`: {what} is known {when}"
        help_ = f"let the window start before `-{say_length(delay.micros)}`" if delay.micros > 0 else "look back"
    else:
        message = f"the window reaches {say_length(end)} beyond `$at`: {what} is known {when}"
        help_ = "let the window end at `0d`"
    findings.add(
        "MLC430",
        message,
        place,
        why="rows of the future take part only where they are known beforehand, as those of a timetable are",
        help=f"{help_}; if {what} is known earlier, say so under `known` of `{source.name}`",
        related=[
            *([Related(group.place.child("window"), "the window")] if name is not None else []),
            Related(known_place(source, delay.column), known),
        ],
    )


def _shorter_than_refresh(group: Group, findings: Findings) -> None:
    assert group.lookup is not None
    (start, end), refresh = group.lookup.window, group.lookup.refresh
    if refresh is not None and start is not None and end - start < refresh:
        findings.add(
            "MLC433",
            f"a window of {say_length(end - start)}, looked at every {say_length(refresh)}, passes rows over",
            group.place.child("refresh"),
            why="the value at `$at` is the one of the last step of `refresh` before it",
            help=f"lengthen the window to {say_length(refresh)}, or shorten `refresh`",
            related=[Related(group.place.child("window"), "the window")],
            warning=True,
        )
