"""When the truth about an example is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from mlc_compiler.check.facts import Group, Known, Outcome, Source, Spine, Typed
from mlc_compiler.check.findings import Findings
from mlc_compiler.check.time.known import column_terms, known_place, row_terms, say_known
from mlc_compiler.check.time.moment import Moment, moment_of
from mlc_compiler.check.time.reading import features_of, key_features, key_reads, own_reads, reached, reads_of_feature
from mlc_compiler.check.time.terms import Point, Term, Terms, known_terms
from mlc_compiler.diagnostics.diagnostic import Related
from mlc_compiler.expression.duration import MICROS
from mlc_compiler.expression.tree import Name
from mlc_compiler.source.place import Place


class LabelTime(NamedTuple):
    """When a label is known.

    Attributes:
        known: the greatest of these is its known time; of an outcome, that of what finds its rows (the keys of its
            join), which counts besides the end of its window and the rows themselves.
        horizon: the known time minus `$at` in microseconds, where it is a constant. A date's last day counts as
            24 hours, however long it is.
    """

    known: Known
    horizon: int | None


def label_time(
    source: Source,
    at: Typed | Spine | None,
    label: Typed | Outcome | None,
    place: Place,
    groups: Mapping[str, Group],
    sources: Mapping[str, Source],
    findings: Findings,
) -> LabelTime:
    """When the label of the examples at `place` is known; findings where it is known at `$at`, or looks back."""
    if label is None or at is None:
        if isinstance(label, Outcome) and source.time is None:
            _without_moment(source, place, findings)
        return LabelTime((), None)
    moment = moment_of(source, at, place, sources, utc=False)
    if isinstance(label, Outcome):
        return _of_outcome(source, moment, label, place, groups, sources, findings)
    columns = dict.fromkeys(read.column for read in own_reads(label, ""))
    for group, column in reached(features_of(label), groups):
        columns |= dict.fromkeys(read.column for read in reads_of_feature(group, column))
    known = _known(source, list(columns))
    late = _late(source, known, moment)
    if not late:
        _refuse_known(source, moment, label, known, place, findings)
        return LabelTime(known, None)
    return LabelTime(known, None if moment.regular else _constant(late, moment.terms))


def _known(source: Source, columns: list[str]) -> Known:
    """The known times of columns of the example's own row, each once."""
    return tuple(dict.fromkeys(time for column in columns for time in source.known.get(column, source.row_known)))


def _late(source: Source, known: Known, moment: Moment) -> Terms:
    """Known times without those that have come by `$at`, as the row's own have, which is proved elsewhere."""
    row = row_terms(source)
    own = (term for term in known_terms(known) if term not in row)
    return tuple(term for term in own if moment.order.at_most((term,), moment.terms).kind != "proved")


def _of_outcome(
    source: Source,
    moment: Moment,
    label: Outcome,
    place: Place,
    groups: Mapping[str, Group],
    sources: Mapping[str, Source],
    findings: Findings,
) -> LabelTime:
    here = place.child("label")
    start, end = label.lookup.window
    if end <= 0 or start is None or start < 0:
        findings.add(
            "MLC421",
            "the label's window does not go forward" if end <= 0 else "the label's window starts before `$at`",
            here.child("window"),
            why="what happened before `$at` is known then: it is no truth to be predicted",
            help="write a window from `0d` on, such as `0d..30d`, and put what lies before it into a feature",
            related=[Related(moment.place, moment.text)],
        )
        return LabelTime((), None)
    columns = dict.fromkeys(read.column for read in key_reads(label.lookup, here, ""))
    for group, column in reached(key_features(label.lookup), groups):
        columns |= dict.fromkeys(read.column for read in reads_of_feature(group, column))
    known = _known(source, list(columns))
    delay = delay_of(label, sources[label.lookup.source])
    constant = delay is not None and not _late(source, known, moment)
    return LabelTime(known, end + max(0, delay) if constant and delay is not None else None)


def delay_of(label: Outcome, source: Source) -> int | None:
    """How long after its time a row of the window is known, in microseconds, where that is a constant."""
    if source.time is None:
        return None
    columns = [source.time, *label.value.expression.columns, *(theirs for _, theirs in label.lookup.join)]
    columns += label.lookup.where.expression.columns if label.lookup.where is not None else ()
    terms = (*row_terms(source), *(term for column in columns for term in column_terms(source, column)))
    return _constant(terms, (Term(Point(Name((source.time,)))),))


def _constant(times: Terms, since: Terms) -> int | None:
    """How much later the greatest of some times is, where all are measured from the same."""
    if not times or len(since) != 1 or any(time.point.base != since[0].point.base for time in times):
        return None
    days = (time.point.days - since[0].point.days for time in times)
    return max(day * MICROS["d"] + time.micros - since[0].micros for day, time in zip(days, times, strict=True))


def _refuse_known(source: Source, moment: Moment, label: Typed, known: Known, place: Place, findings: Findings) -> None:
    reads = list(dict.fromkeys(read.column for read in own_reads(label, "")))
    related = [Related(known_place(source, reads[0]), f"when `{reads[0]}` is known")] if reads else []
    when = f": it is {say_known(known, None)}" if known else ""
    said = f"`{reads[0]}`" if reads else "what the label reads"
    findings.add(
        "MLC420",
        f"the label is no later than `$at`{when}",
        place.child("label"),
        why=f"{moment.text}: a truth that is known at the moment of prediction needs no prediction",
        help=f"say under `known` of `{source.name}` when {said} becomes known"
        + (f", such as `{reads[0]}: COLUMN`" if reads else ""),
        related=[*related, Related(moment.place, moment.text)],
    )


def _without_moment(source: Source, place: Place, findings: Findings) -> None:
    findings.add(
        "MLC422",
        "a label over a window, and the examples have no moment",
        place.child("label"),
        why="the window is relative to `$at`",
        help=f"give source `{source.name}` its `time`, or write the label over the example's own row",
        related=[Related(source.place.key(), f"source `{source.name}`")],
    )
