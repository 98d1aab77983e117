"""Examples: rows, moments, labels, parts, and the feature groups evaluated for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from mlc_compiler.check.entries import Entries
from mlc_compiler.check.facts import Examples, Outcome, Source, Spine, Task, Typed
from mlc_compiler.check.features import Groups, lookup_facts, lookup_value, read_groups, with_read
from mlc_compiler.check.findings import Findings, plain
from mlc_compiler.check.time.label import label_time
from mlc_compiler.check.time.split import check_split
from mlc_compiler.expression.scope import Scope
from mlc_compiler.expression.types import Type
from mlc_compiler.source.place import Place
from mlc_compiler.spec.examples import Examples as ExamplesSpec
from mlc_compiler.spec.examples import ExpressionSplit, RandomSplit
from mlc_compiler.spec.examples import Spine as SpineSpec
from mlc_compiler.spec.values import Piece

_TASKS: Mapping[str, Task] = {
    "bool": "binary",
    "string": "classes",
    "int": "number",
    "float": "number",
    "decimal": "number",
}


def check_examples(
    entries: Entries,
    sources: Mapping[str, Source],
    parameters: Mapping[str, Type],
    used: Mapping[str, Iterable[tuple[str, Place]]],
    served: Mapping[str, Iterable[tuple[str, Place]]],
    findings: Findings,
) -> dict[str, Examples]:
    """The facts of the examples that are sound.

    Args:
        entries: the spec's files.
        sources: the facts of the sources.
        parameters: the types of the run's parameters.
        used: by examples, the feature groups that trainings read, and where they say so.
        served: by examples, those that trainings on other examples read, for servings to compute; and where.
        findings: gets what is wrong.
    """
    known = {name: (spec, file) for name, spec, file in entries.features()}
    broken = entries.broken("features")
    facts: dict[str, Examples] = {}
    for name, spec in entries.spec.examples.items():
        place = entries.main.place("examples", name)
        source = sources.get(spec.from_)
        if source is None:
            continue
        timed = source.time is not None or spec.at is not None
        groups = Groups(known, broken, sources, source.columns, timed, parameters, findings)
        for group, where in used.get(name, ()):
            groups.get(group, where)
        _serve(groups, name, served.get(name, ()))
        facts[name] = _examples(name, spec, source, groups, place)
    return facts


def _serve(groups: Groups, examples: str, served: Iterable[tuple[str, Place]]) -> None:
    """Groups that were made for other examples: what these lack is their serving's trouble, not the group's."""
    for group, where in served:
        trial = replace(groups, findings=Findings(), found=dict(groups.found))
        if trial.get(group, where) is not None and not trial.findings.items:
            groups.get(group, where)
        elif group in groups.known:
            first = next((found.message for found in trial.findings.items.values()), "")
            groups.findings.add(
                "MLC601",
                f"feature group `{group}` cannot be computed for examples `{examples}`",
                where,
                why=first,
                help="predict the training's examples, or others from a source that has the same columns",
            )


def _examples(name: str, spec: ExamplesSpec, source: Source, groups: Groups, place: Place) -> Examples:
    findings = groups.findings
    at = _moment(spec, source, groups, place)
    where = None
    if spec.where is not None:
        here = place.child("where")
        where = findings.typed(spec.where, here, groups.scope(spec.where, here), expect="bool")
    label = _label(spec, groups, place)
    weight = None
    if spec.weight is not None:
        here = place.child("weight")
        weight = findings.typed(spec.weight, here, groups.scope(spec.weight, here), expect="int float decimal")
    part = None
    if isinstance(spec.split, ExpressionSplit):
        here = place.child("split", "by")
        part = findings.typed(spec.split.by, here, groups.scope(spec.split.by, here), expect="string")
    if isinstance(spec.split, RandomSplit) and spec.split.group is not None:
        groups.input_type(spec.split.group, place.child("split", "group"))
    found = {group: facts for group, facts in groups.found.items() if facts is not None}
    timing = label_time(source, at, label, place, found, groups.sources, findings)
    outcome_groups = [mine.rpartition(".")[0] for mine, _ in label.lookup.join] if isinstance(label, Outcome) else []
    own_label = label if isinstance(label, Typed) else None
    late = {*read_groups([own_label, weight, part]), *filter(None, outcome_groups)}
    return Examples(
        name=name,
        place=place,
        source=source.name,
        at=at,
        where=where,
        label=label,
        task=_task(label, place, findings),
        weight=weight,
        part=part,
        label_known=timing.known,
        horizon=timing.horizon,
        gap=check_split(spec.split, at, timing.horizon, part, place.child("split"), findings, timed=groups.timed),
        groups=found,
        split=spec.split,
        early=with_read(read_groups([where]), found),
        late=with_read(late, found),
    )


def _moment(spec: ExamplesSpec, source: Source, groups: Groups, place: Place) -> Typed | Spine | None:
    findings = groups.findings
    if isinstance(spec.at, SpineSpec):
        by = spec.at.by or source.key
        for position, column in enumerate(by):
            if column not in source.columns:
                here = place.child("at", "by", position)
                findings.unknown(f"column of source `{source.name}`", column, source.columns, here, code="MLC204")
        if not by:
            findings.add(
                "MLC205",
                f"`every` needs to know what an entity is, and source `{source.name}` has no `key`",
                place.child("at"),
                help="write `by: [COLUMN]`, or give the source its `key`",
            )
        every = spec.at.every if isinstance(spec.at.every, str) else spec.at.every.micros
        return Spine(every, spec.at.from_, spec.at.until, tuple(by))
    if spec.at is not None:
        scope = Scope(source.columns, variables=groups.parameters, columns_of=f"source `{source.name}`")
        return findings.typed(spec.at, place.child("at"), scope, expect="timestamp date")
    return plain(source.time, source.columns[source.time], place) if source.time is not None else None


def _label(spec: ExamplesSpec, groups: Groups, place: Place) -> Typed | Outcome | None:
    label, here = spec.label, place.child("label")
    if label is None or label.value is None:
        return None
    if label.from_ is None:
        return groups.findings.typed(label.value, here.child("value"), groups.scope(label.value, here))
    source = groups.sources.get(label.from_)
    if source is None:
        return None
    lookup = lookup_facts(groups, source, label, here)
    piece = Piece("label", label.value, ("value",))
    value = lookup_value(groups, source, piece, here, listed=False)
    if value is not None and not value.expression.aggregates:
        groups.findings.add(
            "MLC503",
            "a label over a window needs an aggregate",
            value.place,
            why="many rows may fall into the window",
            help="say which of them, such as `max(x)` or `count(*) > 0`",
        )
        return None
    return Outcome(lookup, value) if lookup is not None and value is not None else None


def _task(label: Typed | Outcome | None, place: Place, findings: Findings) -> Task | None:
    value = label.value if isinstance(label, Outcome) else label
    if value is None:
        return None
    task = _TASKS.get(value.type.kind)
    if task is None:
        findings.add(
            "MLC501",
            f"a label cannot be a `{value.type}`",
            place.child("label"),
            help="a `bool` asks for a probability, a `string` for a class, a number for a number",
        )
    return task
