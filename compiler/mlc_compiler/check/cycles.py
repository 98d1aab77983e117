"""Circles: what waits for itself can never run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from mlc_compiler.check.conditions import WORSE
from mlc_compiler.check.entries import Entries, reachable
from mlc_compiler.check.facts import Program
from mlc_compiler.check.findings import Findings
from mlc_compiler.expression.parse import parse
from mlc_compiler.source.place import Place
from mlc_compiler.spec.sources import Source

_Name = tuple[str, str]
"""A section and a name in it."""


def check_cycles(program: Program, entries: Entries, findings: Findings) -> None:
    """Each circle of sources, examples, trainings, servings and steps that need each other, once.

    Circles of sources alone, and of feature groups, are found where these are checked.
    """
    graph = {node: set(needs) for node, needs in _needs(program, entries).items()}
    graph = {node: {other for other in needs if other in graph} for node, needs in graph.items()}
    while circle := _circle(graph):
        if any(section != "sources" for section, _ in circle):
            names = [*circle, circle[0]]
            findings.add(
                "MLC203",
                "these need each other: " + " -> ".join(f"`{name}`" for _, name in names),
                _place(entries, circle[0]).key(),
                why="each would wait for the next, and none could start",
                help="take one of these references out",
            )
        graph = {node: needs - set(circle) for node, needs in graph.items() if node not in circle}


def _circle(graph: Mapping[_Name, set[_Name]]) -> list[_Name]:
    """A circle, from its smallest name on, each name before what it needs; empty where there is none."""
    try:
        TopologicalSorter({node: sorted(needs) for node, needs in graph.items()}).prepare()
    except CycleError as error:
        circle: list[_Name] = error.args[1][:0:-1]
        first = min(range(len(circle)), key=lambda position: circle[position][::-1])
        return [*circle[first:], *circle[:first]]
    return []


def _place(entries: Entries, node: _Name) -> Place:
    section, name = node
    for file in entries.files:
        own = name.removeprefix(f"{file.alias}.") if file.alias else name
        if own in getattr(file.spec, section) and file.qualify(own) == name:
            return file.place(section, own)
    raise KeyError(node)


def _needs(program: Program, entries: Entries) -> dict[_Name, list[_Name]]:
    """What each entry needs before it can be made."""
    spec = entries.spec
    sources = {name: None for name, _, _ in entries.sources()}
    found: dict[_Name, list[_Name]] = {}
    for name, source, file in entries.sources():
        tables = [("sources", reachable(text, file, sources)) for text in _tables(source)]
        path = source.read.path if source.read is not None else None
        found["sources", name] = [*tables, *([("steps", path.partition(".")[0])] if path else [])]
    for name, examples in spec.examples.items():
        tables = [("sources", examples.from_)]
        if examples.label is not None and examples.label.from_ is not None:
            tables.append(("sources", examples.label.from_))
        facts = program.examples.get(name)
        groups = (*facts.early, *facts.late) if facts is not None else ()
        found["examples", name] = [*tables, *_sources_of(entries, groups)]
    for name, training in spec.training.items():
        others = [text.removesuffix(".prediction") for text in training.features if text.endswith(".prediction")]
        found["training", name] = [
            ("examples", training.examples),
            *_sources_of(entries, training.features),
            *(("training", other) for other in (*others, training.fallback) if other is not None),
            *_read_by(entries, training.when),
        ]
    for name, serving in spec.serving.items():
        rows = [("examples", serving.examples)] if serving.mode == "batch" and serving.examples is not None else []
        found["serving", name] = [("training", serving.model), *rows, *_read_by(entries, serving.when)]
    for name, step in spec.steps.items():
        inputs = [_input(entries, text) for text in step.inputs.values()]
        after = [(section, other) for other in step.after for section in ("training", "serving", "steps")]
        found["steps", name] = [*inputs, *after, *_read_by(entries, step.when)]
    return found


def _tables(source: Source) -> Iterable[str]:
    """The sources that a source is derived from, as it names them."""
    if source.sql is None:
        return source.inputs.values()
    from mlc_compiler.expression.query import tables_of  # only a spec with SQL pays for it

    return [table for table, _, _ in tables_of(source.sql)]


def _sources_of(entries: Entries, features: tuple[str, ...]) -> Iterator[_Name]:
    """The sources that feature groups look up, given by name or by `group.column`."""
    sources = {name: None for name, _, _ in entries.sources()}
    for name, group, file in entries.features():
        if group.from_ is not None and any(text == name or text.startswith(f"{name}.") for text in features):
            yield "sources", reachable(group.from_, file, sources)


def _input(entries: Entries, text: str) -> _Name:
    """What a step's input names: with its section, or bare."""
    head, _, rest = text.partition(".")
    if head in ("sources", "examples", "training") and rest:
        return head, rest
    if head in entries.spec.steps:
        return "steps", head
    section = next((s for s in ("examples", "training") if text in getattr(entries.spec, s)), "sources")
    return section, text


def _read_by(entries: Entries, condition: str | None) -> list[_Name]:
    """The trainings and steps whose results a condition reads; of a live model only the rows."""
    expression, _ = parse(condition or "true")
    found: list[_Name] = []
    for head, *rest in expression.dotted if expression is not None else ():
        if head in entries.spec.steps:
            found.append(("steps", head))
        elif head in entries.spec.training and rest[0] == "live" and rest[-1] != WORSE:
            found.append(("examples", entries.spec.training[head].examples))
        else:
            found.append(("training", head))
    return found
