"""Why a step runs: the edits and the code that it or what it reads was changed by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mlc_compiler.diff.classify import is_policy
from mlc_compiler.diff.edits import Edit
from mlc_compiler.diff.tasks import Fresh
from mlc_compiler.graph.graph import Graph, finders
from mlc_compiler.graph.step import Step
from mlc_compiler.source.place import Path
from mlc_runtime.params import holes

_ENVIRONMENT = "environment"

_BEARS: dict[str, tuple[str, ...]] = {
    "metrics": ("evaluate", "report", "live"),
    "select": ("select",),
    "threshold": ("threshold", "assemble"),
    "calibrate": ("calibrate", "assemble"),
}
"""Keys of a training that only some operations read; what the others run for is something else."""

_EVERYWHERE = frozenset({"timezone", "seed"})
"""Keys of the header that any step may read."""


@dataclass(frozen=True)
class Cause:
    """Why a step runs.

    Attributes:
        edits: the places among the edits of those that it comes down to, in order.
        code: the user's files that do.
        through: the step by which the change came here; empty where the step has changed itself.
        finds: whether that step finds what this one runs over, rather than being read.
    """

    edits: tuple[int, ...] = ()
    code: tuple[str, ...] = ()
    through: str = ""
    finds: bool = False


def causes(
    graph: Graph, fresh: Mapping[str, Fresh], edits: Sequence[Edit], code: Mapping[str, tuple[str, ...]]
) -> dict[str, Cause]:
    """The cause of each step that runs, by its name.

    Args:
        graph: the one that runs.
        fresh: the steps that do.
        edits: what was edited.
        code: by step, the files of its code that changed.
    """
    found: dict[str, Cause] = {}
    for step in graph.steps:
        if step.name not in fresh:
            continue
        by = [name for name in finders(graph, step) if name in found]
        read = [edge.step for edge in step.inputs if edge.step in found]
        # Where nothing is certain, it is for the run to find out what this step is done for.
        before = [*by, *read] if not fresh[step.name].new else [*read, *by]
        own = fresh[step.name].own
        numbers = _of_entries(step, edits) if own else []
        inherited = [number for name in before for number in found[name].edits]
        files = code.get(step.name, ())
        if not numbers and not inherited and not files:
            # It reads another step than it did, which need not run itself.
            numbers = _of_entries(step, edits) or (_unexplained(edits) if own else [])
        through = before[0] if before and not (numbers or files) else ""
        found[step.name] = Cause(
            edits=tuple(sorted({*numbers, *inherited})),
            code=tuple(sorted({*files, *(file for name in before for file in found[name].code)})),
            through=through,
            finds=through in by and through not in read,
        )
    return found


def _of_entries(step: Step, edits: Sequence[Edit]) -> list[int]:
    """The edits of what a step comes from: those nearest to it where there are such, else those of its entries."""
    able = [(number, edit) for number, edit in enumerate(edits) if _bears(edit, step)]
    parameters = {("parameters", name) for name in holes(step.params, "$param")}
    wide = [
        number
        for number, edit in able
        if (edit.path and edit.path[0] in _EVERYWHERE) or edit.path[:2] in parameters or _located(step, edit)
    ]
    near = [number for number, edit in able if any(_meet(edit.path, origin) for origin in step.origin)]
    if near or wide:
        return [*near, *wide]
    return [number for number, edit in able if any(_meet(edit.path, origin[:2]) for origin in step.origin)]


def _bears(edit: Edit, step: Step) -> bool:
    """Whether a step can read what was edited, going by the file, the section and the key."""
    if is_policy(edit):
        return False
    if edit.file == _ENVIRONMENT:
        return _located(step, edit)
    if edit.file and f".{edit.file}." not in step.name:
        return False
    key = str(edit.path[2]) if len(edit.path) > 2 and edit.path[0] == "training" else ""
    return step.op in _BEARS.get(key, (step.op,))


def _located(step: Step, edit: Edit) -> bool:
    """Whether an edit of the environment moves what a step reads."""
    locate = step.params.get("locate") or {}
    return edit.file == _ENVIRONMENT and edit.path[:2] == ("connections", locate.get("connection"))


def _meet(one: Path, other: Path) -> bool:
    """Whether one of two routes leads on from the other."""
    shared = min(len(one), len(other))
    return one[:shared] == other[:shared]


def _unexplained(edits: Iterable[Edit]) -> list[int]:
    """The edits that can have changed a step that none of them names: those of what it is computed from."""
    upstream = ("sources", "features", "examples", "include", "timezone", "seed")
    return [number for number, edit in enumerate(edits) if edit.path[:1] and edit.path[0] in upstream]
