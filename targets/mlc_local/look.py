"""What tasks of a run gave, for people to look at and to take along: reads the store, and runs nobody's code.

A model is code when it is loaded, so it is never loaded here, but copied as it is.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from mlc_local import history
from mlc_runtime import layout
from mlc_runtime.data.plain import plain
from mlc_runtime.errors import IncompleteError, InvalidInputError
from mlc_runtime.keys import canonical, digest_bytes
from mlc_runtime.ledger import StoreLedger, find_journal
from mlc_runtime.plan import PlanStep, load
from mlc_runtime.prepare import read_bind
from mlc_runtime.record import Record
from mlc_runtime.run import Run
from mlc_runtime.space import Coordinates
from mlc_runtime.store import Store
from mlc_runtime.values import LostError, Output, decode, kind_of

ENDINGS: Mapping[str, tuple[str, ...]] = {
    "table": (".parquet", ".csv", ".arrow", ".feather"),
    "model": (".pkl", ".pickle", ".joblib"),
    "json": (".json",),
}
"""The endings of files that a value of a kind can be written to; a file is copied whatever its name."""
_ORDER = {"table": 0, "model": 1, "report": 3, "effect": 4}
"""What people mean first by what a step gave, by the type of an output; others stand between."""


@dataclass(frozen=True)
class Asked:
    """What somebody wants to see.

    Attributes:
        pipeline: its name.
        run: the identifier of a run, or the beginning of one; None for the latest that has its facts.
        step: the step's name; of the step that gives a source or examples, theirs will do.
        port: which of its outputs; None for a table where it has one, else a model, else another.
        at: text of coordinates by field; the first task that has them, and a result, is taken.
        rows: how many rows of a table.
    """

    pipeline: str
    step: str
    run: str | None = None
    port: str | None = None
    at: Mapping[str, str] = field(default_factory=dict)
    rows: int = 10


def steps(store: Store, pipeline: str, run: str | None = None) -> list[dict[str, Any]]:
    """The steps of a run with their outputs, in order.

    Raises:
        InvalidInputError: `MLC966`, there is no such run.
    """
    found = _open(store, pipeline, run)
    return [
        {"step": step.name, "op": step.op, "tasks": _tasks(found, step), "outputs": dict(step.outputs)}
        for step in found.plan.steps
    ]


def look(store: Store, asked: Asked, out: Path | None = None) -> dict[str, Any]:
    """One output of one task.

    Args:
        store: the store.
        asked: which.
        out: a file to write it to.

    Returns:
        `{"run", "step", "port", "kind", "at", "tasks": how many have those coordinates, "outputs", "size": bytes}` and
        of a table `columns` (types by name), `count` and `rows`, of JSON `value`.

    Raises:
        InvalidInputError: `MLC966`, there is no such run; `MLC965`, no such step, output or task, or a file's name that
            does not fit; `MLC955`, the result is not stored.
    """
    run = _open(store, asked.pipeline, asked.run)
    step = _step(run, asked.step)
    port = asked.port or min(step.outputs, key=lambda name: _ORDER.get(step.outputs[name].rstrip("?"), 2))
    if port not in step.outputs:
        raise _wrong(f"`{step.name}` has no output `{port}`", f"It has: {', '.join(step.outputs)}.")
    kind = kind_of(step.outputs[port])
    if out is not None and kind in ENDINGS and out.suffix not in ENDINGS[kind]:
        raise _wrong(f"`{out.name}` is no name for a {kind}", f"It may end in {', '.join(ENDINGS[kind])}.")
    tasks = list(_matching(run, step, asked.at))
    at, record = _first(run, step, tasks)
    output = record.outputs[port]
    told = {"run": run.name, "step": step.name, "port": port, "kind": kind, "at": dict(at), "tasks": len(tasks)}
    told |= {"outputs": dict(step.outputs), "size": output.size}
    try:
        return told | _value(run, output, asked.rows, out)
    except LostError as error:
        raise InvalidInputError(
            "MLC955",
            f"the result of `{step.name}` is not stored",
            f"What is quick to make is not kept: look at {_beside(run, step)}.",
        ) from error


def _beside(run: Run, step: PlanStep) -> str:
    """What a step reads, and what reads it, by name."""
    steps = run.plan.by_name
    reads = dict.fromkeys(steps[edge.step].name for edge in step.inputs)
    read_by = [other.name for other in run.plan.steps if any(steps[edge.step] is step for edge in other.inputs)]
    sides = (("what it reads", reads), ("what reads it", read_by))
    named = [f"{side}, {', '.join(f'`{name}`' for name in names)}" for side, names in sides if names]
    return ", or at ".join(named) or "another step"


def _open(store: Store, pipeline: str, name: str | None) -> Run:
    """A run as it stands in the store, read only."""
    listed = [run["run"] for run in history.list_runs(store) if run["pipeline"] == pipeline]
    chosen = [run for run in listed if run.startswith(name or "") and read_bind(store, run) is not None]
    if not chosen or (name is not None and len(chosen) > 1):
        what = f"run `{name}`" if name else "run"
        message = f"{len(chosen)} runs begin with `{name}`" if chosen else f"there is no {what} of `{pipeline}`"
        raise InvalidInputError(
            "MLC966", message, "`mlc runs list` shows them all." if listed else "`mlc run` makes one."
        )
    bind, data = read_bind(store, chosen[0]), store.get(layout.plan(chosen[0]))
    assert bind is not None
    ledger = StoreLedger(store, chosen[0], find_journal(store))
    return Run(load(data or b""), bind, store, ledger, chosen[0], Path())


def _step(run: Run, name: str) -> PlanStep:
    by_name = run.plan.by_name
    for whole in (name, f"sources.{name}", f"examples.{name}"):
        if whole in by_name:
            return by_name[whole]
    inside = [step for step in by_name if step.startswith(f"{name}.") or step.endswith(f".{name}")]
    near = inside or get_close_matches(name, by_name, 3)
    told = f"It has: {', '.join(near or by_name)}."
    raise _wrong(f"the run has no step `{name}`", told)


def _tasks(run: Run, step: PlanStep) -> int | None:
    """How many tasks a step has; None where what finds them has no result."""
    try:
        return run.space(step.name).size
    except IncompleteError:
        return None


def _matching(run: Run, step: PlanStep, wanted: Mapping[str, str]) -> Iterator[Coordinates]:
    """The tasks with such coordinates."""
    fields = run.plan.fields(step.axes)
    for name in wanted:
        if name not in fields:
            has = f"It has: {', '.join(fields)}." if fields else "It is one task."
            raise _wrong(f"`{step.name}` has no coordinate `{name}`", has)
    try:
        for at in run.space(step.name):
            if all(name in at and _text(at[name]) == text for name, text in wanted.items()):
                yield at
    except IncompleteError:
        return


def _text(value: object) -> str:
    """A coordinate as one writes it: text without quotes."""
    return value if isinstance(value, str) else canonical(value).decode()


def _first(run: Run, step: PlanStep, tasks: Sequence[Coordinates]) -> tuple[Coordinates, Record]:
    """The first of some tasks that has a result."""
    for at in tasks:
        try:
            record = run.ledger.record(run.object(step, at))
        except IncompleteError:
            continue
        if record is not None:
            return at, record
    if not tasks:
        raise _wrong(f"`{step.name}` has no such task", "Coordinates are compared as they are written in the spec.")
    raise _wrong(f"`{step.name}` has no result in run `{run.name}`", f"`mlc runs show {run.name}` tells how it ended.")


def _value(run: Run, output: Output, rows: int, out: Path | None) -> dict[str, Any]:
    """What is told of a value, which is written to a file if there is one to write."""
    match output.kind:
        case "table":
            table = decode(output, run.store)
            if out is not None:
                _write(table, out)
            head = table.slice(0, rows).to_pylist()
            return {
                "columns": {column.name: str(column.type) for column in table.schema},
                "count": table.num_rows,
                "rows": [{name: plain(value) for name, value in row.items()} for row in head],
            }
        case "json":
            value = decode(output, run.store)
            if out is not None:
                out.write_bytes(canonical(value) + b"\n")
            return {"value": value}
    path = _file(run.store, output)
    if out is not None:
        shutil.copyfile(path, out)
    return {}


def _file(store: Store, output: Output) -> Path:
    """Where the bytes of a file or a model are, which is not unpickled; they are checked."""
    if output.kind == "file":
        found: Path = decode(output, store)
        return found
    path = store.path(layout.blob(output.sum or "", output.suffix))
    if path is None or digest_bytes(path.read_bytes()) != output.sum:
        raise LostError(output.sum)
    return path


def _write(table: Any, out: Path) -> None:
    """Write a table in the format that the file's name says."""
    import pyarrow as pa
    from pyarrow import csv, feather, parquet

    write = {".parquet": parquet.write_table, ".csv": csv.write_csv}.get(out.suffix, feather.write_feather)
    try:
        write(table, out)
    except pa.ArrowException as error:
        raise _wrong(
            f"the table cannot be written as {out.suffix[1:]}: {error}", "Parquet holds every table."
        ) from error


def _wrong(message: str, help_: str) -> InvalidInputError:
    return InvalidInputError("MLC965", message, help_)
