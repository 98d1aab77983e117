"""Which entry of the spec a step belongs to, and where that stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlc_compiler.graph.graph import Graph
from mlc_compiler.graph.step import Step

SECTIONS = ("sources", "features", "examples", "training", "serving", "steps")
"""The sections that become steps, in the order in which data flows."""


@dataclass(frozen=True, order=True)
class Entry:
    """An entry of the spec, as a group of steps.

    Attributes:
        section: of the spec.
        name: what the spec calls it; of features, the examples or the serving that they are computed for.
    """

    section: str
    name: str

    def __str__(self) -> str:
        """As a heading."""
        return f"features for {self.name}" if self.section == "features" else f"{self.section} {self.name}"


def entries(graph: Graph) -> dict[str, Entry]:
    """The entry of each step, by the step's name."""
    sections = {name: section for step in graph.steps for section, name in _own(step)}
    return {step.name: _entry(step, sections) for step in graph.steps}


def short_name(step: Step, entry: Entry) -> str:
    """A step's name within its entry."""
    if entry.section == "features":
        return step.name.partition(".features.")[2] or step.name
    whole = f"{entry.section}.{entry.name}" if entry.section in ("sources", "examples") else entry.name
    if step.name == whole:
        return step.op if entry.section in ("sources", "examples") else step.name
    return step.name.removeprefix(f"{whole}.")


def _own(step: Step) -> Iterator[tuple[str, str]]:
    """Sections of the entries that share one namespace, by the name that steps begin with."""
    for path in step.origin:
        if len(path) > 1 and path[0] in ("training", "serving", "steps") and step.name.partition(".")[0] == path[1]:
            yield str(path[0]), str(path[1])


def _entry(step: Step, sections: dict[str, str]) -> Entry:
    first, *rest = step.name.split(".")
    if "features" in rest[:-1]:
        owner = rest[: rest.index("features")] if first == "examples" else [first, *rest[: rest.index("features")]]
        return Entry("features", ".".join(owner))
    if first == "sources":
        names = {str(path[1]) for path in step.origin if len(path) > 1 and path[0] == "sources"}
        last = next((i for i, part in enumerate(rest) if part in names), 0)
        return Entry("sources", ".".join(rest[: last + 1]) or first)
    if first == "examples":
        return Entry("examples", rest[0] if rest else first)
    origin = str(step.origin[0][0]) if step.origin and step.origin[0] else "steps"
    section = sections.get(first, origin)
    return Entry(section if section in SECTIONS else "steps", first)
