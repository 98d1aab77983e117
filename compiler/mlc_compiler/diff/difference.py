"""All that a change of one spec means, as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mlc_compiler.check.facts import Program
from mlc_compiler.diff.breaking import Break, breaks
from mlc_compiler.diff.causes import Cause, causes
from mlc_compiler.diff.classify import KINDS, Kind, classify
from mlc_compiler.diff.edits import Edit, Written, edits
from mlc_compiler.diff.symbol import Symbols, steps_of
from mlc_compiler.diff.tasks import Fresh, Side, fresh
from mlc_compiler.explain.entry import entries
from mlc_compiler.graph.graph import Graph
from mlc_compiler.graph.size import Size, tasks, total
from mlc_compiler.plan.code import Closures
from mlc_compiler.spec.environment import Environment
from mlc_runtime.plan import Plan


@dataclass(frozen=True)
class Version:
    """A spec on one side of a comparison.

    Attributes:
        program: its facts.
        graph, plan: what it compiles to.
        code: what the user's code that its steps name reaches.
        files: the documents by alias, the spec itself under "".
        environment: that it is meant for, and the data that it was read from.
        text: the texts of all documents, to tell whether anything at all is written otherwise.
    """

    program: Program
    graph: Graph
    plan: Plan
    code: Closures
    files: Mapping[str, Written]
    environment: Written
    text: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """One edit, or one file of code, and what it comes to.

    Attributes:
        kind: of change.
        edit: of the spec or the environment; None where code changed, or only comments and layout.
        code: the file of code.
        steps: the steps that run for it, alone or among others.
        tasks: how many tasks those have to run at the most.
    """

    kind: Kind
    edit: Edit | None
    code: str
    steps: tuple[str, ...]
    tasks: Size


@dataclass(frozen=True)
class Run:
    """A step that runs, why, and the entry of the spec that it belongs to."""

    fresh: Fresh
    cause: Cause
    entry: str


@dataclass(frozen=True)
class Difference:
    """What a change means.

    Attributes:
        name: the pipeline's.
        changes: edits and files of code, in the order of the documents.
        runs: the steps that run, in the order in which they do.
        new, maybe: tasks that run; tasks that perhaps do.
        of: how many tasks there are.
        breaking: what others will notice.
    """

    name: str
    changes: tuple[Change, ...]
    runs: tuple[Run, ...]
    new: Size
    maybe: Size
    of: Size
    breaking: tuple[Break, ...]

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of its changes, the gravest first."""
        found = {change.kind for change in self.changes}
        return tuple(kind for kind in KINDS if kind in found)

    @property
    def effective(self) -> bool:
        """Whether anything but the looks of the files changes."""
        return bool(self.runs or self.breaking) or any(kind != "cosmetic" for kind in self.kinds)


def difference(base: Version, head: Version) -> Difference:
    """Compare two versions of a spec, as if data, libraries and mlc were the same."""
    found = fresh(_side(base), _side(head))
    edited = _edits(base, head)
    code = {step.name: files for step in head.graph.steps if (files := _code(base, head, step.code))}
    why = causes(head.graph, found, edited, code)
    groups = entries(head.graph)
    changes = [_edit_change(found, why, number, edit) for number, edit in enumerate(edited)]
    changes += [_code_change(found, why, file) for file in sorted({file for files in code.values() for file in files})]
    if not changes and base.text != head.text:
        changes.append(Change("cosmetic", None, "", (), Size()))
    return Difference(
        name=head.program.spec.name,
        changes=tuple(changes),
        runs=tuple(Run(one, why[name], str(groups[name])) for name, one in found.items()),
        new=total(one.new for one in found.values()),
        maybe=total(one.maybe for one in found.values()),
        of=total(tasks(head.graph, head.graph.step[step.name]) for step in steps_of(head.plan)),
        breaking=tuple(breaks(base.program, head.program)),
    )


def _side(version: Version) -> Side:
    assert isinstance(version.environment.model, Environment)
    connections = {
        name: connection.model_dump(mode="json") for name, connection in version.environment.model.connections.items()
    }
    return Side(version.graph, Symbols(version.plan, connections))


def _edits(base: Version, head: Version) -> list[Edit]:
    found: list[Edit] = []
    for alias, after in head.files.items():
        if alias in base.files:
            found += edits(alias, base.files[alias], after)
    return found + edits("environment", base.environment, head.environment)


def _code(base: Version, head: Version, modules: tuple[str, ...]) -> tuple[str, ...]:
    """The files that the code of a step reaches, and that are not the same on both sides."""
    before, after = base.code.get(modules), head.code.get(modules)
    if before is None or after is None:
        return ()
    return tuple(sorted({name for name, _ in {*before.files} ^ {*after.files}}))


def _edit_change(found: Mapping[str, Fresh], why: Mapping[str, Cause], number: int, edit: Edit) -> Change:
    steps = tuple(name for name, cause in why.items() if number in cause.edits)
    return Change(classify(edit, runs=bool(steps)), edit, "", steps, _most(found, steps))


def _code_change(found: Mapping[str, Fresh], why: Mapping[str, Cause], file: str) -> Change:
    steps = tuple(name for name, cause in why.items() if file in cause.code)
    return Change("recompute" if steps else "cosmetic", None, file, steps, _most(found, steps))


def _most(found: Mapping[str, Fresh], steps: Iterable[str]) -> Size:
    return total(found[name].all for name in steps)
