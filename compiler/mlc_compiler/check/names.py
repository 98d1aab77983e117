"""Names: each means one thing, and none is a word of the language's own."""

from __future__ import annotations

from collections.abc import Iterator

from mlc_compiler.check.entries import Entries
from mlc_compiler.check.facts import Program
from mlc_compiler.check.findings import Findings
from mlc_compiler.diagnostics.diagnostic import Related
from mlc_compiler.source.place import Place

SECTIONS = ("sources", "features", "examples", "training", "serving", "experiments", "steps")
RESERVED = frozenset((*SECTIONS, "live"))
"""What begins or divides a dotted name, and so can be none."""
GROUPS = frozenset((*RESERVED, "rows", "outcome", "parts", "source", "labels"))
"""What a feature group cannot be called: beside the words of all, the tables that stand beside features."""
OUTPUTS = frozenset(("done",))
"""What a step's output cannot be called: that it has ended, which others wait for."""

PARAMETERS = frozenset(("as_of", "at"))
"""What a parameter cannot be called: a run's logical time is given beside them, `$at` is a row's."""


def check_names(_: Program, entries: Entries, findings: Findings) -> None:
    """Names that are used twice where they share a namespace, and reserved ones."""
    _twice(entries, ("training", "serving", "steps"), findings)
    _twice(entries, ("include", "sources"), findings)
    _twice(entries, ("include", "features"), findings)
    for name, place in _reserved(entries):
        findings.add(
            "MLC207",
            f"`{name}` is a word of the language",
            place.key(),
            why="expressions and plans could not tell the two apart",
            help="choose another name",
        )


def _twice(entries: Entries, sections: tuple[str, ...], findings: Findings) -> None:
    first: dict[str, Place] = {}
    for section in sections:
        for name in getattr(entries.spec, section):
            place = entries.main.place(section, name).key()
            other = first.setdefault(name, place)
            if other is not place:
                findings.add(
                    "MLC202",
                    f"`{name}` is the name of two things",
                    place,
                    why=f"names of {', '.join(sections[:-1])} and {sections[-1]} stand side by side in references",
                    help="rename one of them",
                    related=[Related(other, f"the other `{name}`")],
                )


def _reserved(entries: Entries) -> Iterator[tuple[str, Place]]:
    for file in entries.files:
        for name in file.spec.features:
            if name in GROUPS:
                yield name, file.place("features", name)
    spec, main = entries.spec, entries.main
    for name in sorted(PARAMETERS.intersection(spec.parameters)):
        yield name, main.place("parameters", name)
    for section in ("include", "training", "serving", "steps"):
        for name in getattr(spec, section):
            if name in RESERVED:
                yield name, main.place(section, name)
    for name, step in spec.steps.items():
        for output in step.outputs:
            if output in OUTPUTS:
                yield output, main.place("steps", name, "outputs", output)
