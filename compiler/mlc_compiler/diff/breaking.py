"""What a change breaks for others: readers of predictions, callers of a service, an experiment that is running."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mlc_compiler.check.facts import Program, Serving
from mlc_compiler.check.serving import columns_read, served
from mlc_compiler.source.place import Path
from mlc_compiler.spec.serving import Batch, Online

_ANSWERS: dict[str, dict[str, str]] = {
    "binary": {"prediction": "float", "decision": "bool"},
    "classes": {"prediction": "string", "probability.*": "float"},
    "number": {"prediction": "float"},
}
"""The columns of a model's answer and their types, by its task."""

_FIXED = ("arms", "unit", "service", "outcome", "layer", "holdout", "where")
"""Keys of an experiment that its result hangs on from its first unit on."""


@dataclass(frozen=True)
class Break:
    """One thing that others will notice.

    Attributes:
        path: the route in the spec that it is about.
        message: what it is, names in backticks.
    """

    path: Path
    message: str


def breaks(before: Program, after: Program) -> list[Break]:
    """What a change from one spec to another breaks."""
    return [*_servings(before, after), *_experiments(before, after)]


def _servings(before: Program, after: Program) -> Iterator[Break]:
    for name, was in before.servings.items():
        path = ("serving", name)
        now = after.servings.get(name)
        if now is None:
            yield Break(path, f"`{name}` is gone")
        elif was.spec.mode != now.spec.mode:
            yield Break((*path, "mode"), f"`{name}` was {was.spec.mode} and is {now.spec.mode}")
        else:
            yield from _destination(path, was, now)
            yield from _request(path, before, after, was, now)
            yield from _columns(path, _answer(before, was), _answer(after, now))


def _destination(path: Path, was: Serving, now: Serving) -> Iterator[Break]:
    if isinstance(was.spec, Batch) and isinstance(now.spec, Batch) and was.spec.write != now.spec.write:
        old = was.spec.write
        place = old.path if old.path is not None else f"{old.connection}.{old.table}"
        yield Break((*path, "write"), f"predictions are no more written to `{place}`")


def _request(path: Path, before: Program, after: Program, was: Serving, now: Serving) -> Iterator[Break]:
    if not isinstance(was.spec, Online):
        return
    old, new = _asked(before, was), _asked(after, now)
    for column, kind in new.items():
        if column not in old:
            yield Break((*path, "request"), f"requests must bring `{column}`")
        elif old[column] != kind:
            yield Break((*path, "request"), f"`{column}` of a request was {old[column]} and is {kind}")


def _columns(path: Path, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Break]:
    for column, kind in old.items():
        if column not in new:
            yield Break(path, f"column `{column}` of the predictions is gone")
        elif new[column] != kind:
            yield Break(path, f"column `{column}` of the predictions was {kind} and is {new[column]}")


def _asked(program: Program, serving: Serving) -> dict[str, str]:
    """What a request has to bring, with types."""
    columns = program.sources[program.examples[serving.examples].source].columns
    assert isinstance(serving.spec, Online)
    names = serving.spec.request
    if names is None:
        names = tuple(columns_read(program, served(program, serving)))
    return {name: str(columns[name]) for name in names}


def _answer(program: Program, serving: Serving) -> dict[str, str]:
    """What predictions consist of, with types: in bulk, a row's key comes first."""
    source = program.sources[program.examples[serving.examples].source]
    key = source.key if isinstance(serving.spec, Batch) else ()
    task = program.trainings[serving.training].task
    return {**{name: str(source.columns[name]) for name in key}, **_ANSWERS[task]}


def _experiments(before: Program, after: Program) -> Iterator[Break]:
    for name, was in before.spec.experiments.items():
        now = after.spec.experiments.get(name)
        if now is None:
            yield Break(("experiments", name), f"`{name}` ends without a result, if it is running")
            continue
        for key in _FIXED:
            if getattr(was, key) != getattr(now, key):
                message = f"`{key}` of `{name}` changes: if it is running, what it has counted is void"
                yield Break(("experiments", name, key), message)
