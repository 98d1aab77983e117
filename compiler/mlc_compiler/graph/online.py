"""What a server computes for a request: the very steps that made the training's table, over a request's rows.

    late_api.request = given                       what the caller sent, and what is looked up by its key
    late_api.rows = examples (late_api.request)    the moment of prediction
    late_api.features.carrier = features (late_api.rows, sources.flights)
    late_api.frame.late = rows (late_api.rows, late_api.features.carrier, ...)
    late_api.model.late = given                    the live version
    late_api.answers.late = predict (late_api.frame.late, late_api.model.late)
    late_api.part.x = filter (late_api.rows, ...)  who takes part in an experiment
    late_api.seen.x = rows (late_api.part.x, ...)  what is kept of them with the exposure

What does not hang on a request is the snapshot: the sources' tables, made as in every run. Where the examples are a
spine, a request is about now, and the server says when that is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from mlc_compiler.check.facts import Program, Serving, Typed
from mlc_compiler.check.features import with_read
from mlc_compiler.check.seen import columns_seen, experiments_of, groups_seen, texts_seen
from mlc_compiler.check.serving import columns_read, served
from mlc_compiler.graph.build import build
from mlc_compiler.graph.definition import definition
from mlc_compiler.graph.frame import frame_step, groups_read
from mlc_compiler.graph.graph import Graph, ending_in, order
from mlc_compiler.graph.seen import part_step, seen_step
from mlc_compiler.graph.step import Edge, Step
from mlc_compiler.graph.tables import columns, group_step, rows_step
from mlc_compiler.spec.serving import Online

AS_WRITTEN = ("hoist", "share", "fuse", "tile")
"""The passes that are left out: what a request takes is told from what it does not by the steps as they are written."""


class NotServedError(Exception):
    """No online serving; the message says which there are."""


def online_graph(program: Program, name: str) -> Graph:
    """The graph of a spec that ends in the answers of a serving to a request, and asks for nothing else.

    Raises:
        NotServedError: it is no online serving of the spec.
    """
    serving = program.servings.get(name)
    if serving is None or not isinstance(serving.spec, Online):
        known = [f"`{each.name}`" for each in program.servings.values() if isinstance(each.spec, Online)]
        raise NotServedError(f"there is no online serving `{name}`; the spec has {', '.join(known) or 'none'}")
    built = build(program)
    asked = [f"{name}.answers.{training}" for training in models(program, serving)]
    asked += [f"{name}.seen.{each.name}" for each in experiments_of(program, name)]
    return ending_in(order([*built.steps, *_online_steps(program, serving)], built.axes), asked)


def request_columns(program: Program, serving: Serving) -> tuple[str, ...]:
    """What a caller sends."""
    assert isinstance(serving.spec, Online)
    if serving.spec.request is not None:
        return tuple(serving.spec.request)
    return _columns(program, serving)


def _columns(program: Program, serving: Serving) -> tuple[str, ...]:
    """The example's own columns that answers and experiments are computed from."""
    seen = (column for each in experiments_of(program, serving.name) for column in columns_seen(program, each))
    return tuple(dict.fromkeys((*columns_read(program, served(program, serving)), *seen)))


def models(program: Program, serving: Serving) -> tuple[str, ...]:
    """The trainings whose live models answer: the serving's own, then those of the arms of its experiments."""
    arms = [
        arm.model
        for experiment in program.spec.experiments.values()
        if experiment.service == serving.name
        for arm in experiment.arms.values()
        if arm.model is not None
    ]
    return tuple(dict.fromkeys((serving.training, *arms)))


def described(program: Program, serving: Serving) -> dict[str, Any]:
    """What a server needs to know beside the plan, as plain data; see `mlc_runtime.serving.service`."""
    examples = program.examples[serving.examples]
    source = program.sources[examples.source]
    sent = request_columns(program, serving)
    return {
        "name": serving.name,
        "model": serving.training,
        "models": list(models(program, serving)),
        "task": examples.task,
        "request": columns({column: source.columns[column] for column in sent}),
        "key": list(source.key) if source.key and set(source.key) <= set(sent) and _looks_up(program, serving) else [],
        "source": f"sources.{source.name}",
        "moment": "now" if examples.at is not None and not isinstance(examples.at, Typed) else None,
        "pipeline": program.spec.name,
        # As text, which keeps the order of arms: the first is the control.
        "experiments": [json.dumps(definition(program, each)) for each in experiments_of(program, serving.name)],
    }


def _looks_up(program: Program, serving: Serving) -> bool:
    """Whether a request says less than the features read."""
    return not set(_columns(program, serving)) <= set(request_columns(program, serving))


def _online_steps(program: Program, serving: Serving) -> Iterator[Step]:
    name, examples = serving.name, program.examples[serving.examples]
    origin = (serving.place.path,)
    source = program.sources[examples.source]
    looked_up = _looks_up(program, serving)
    there = dict(source.columns) if looked_up else {c: source.columns[c] for c in request_columns(program, serving)}
    timed = isinstance(examples.at, Typed)
    request = f"{name}.request" if timed else f"{name}.rows"
    inputs = (Edge("source", f"sources.{source.name}", "table"),) if looked_up else ()
    yield Step(request, "given", {"columns": columns(there)}, inputs, {"table": "table"}, origin=origin)
    if timed:
        rows = rows_step(program, examples, f"{name}.rows")
        params = {**rows.params, "columns": columns(there)}
        yield replace(rows, params=params, inputs=(Edge("source", request, "table"),))
    chosen = [program.trainings[training] for training in models(program, serving)]
    read = (group for training in chosen for group in groups_read(program, training))
    groups = with_read(read, examples.groups)
    for group in groups:
        yield group_step(program, examples.groups[group], f"{name}.rows", name)
    yield from _seen_steps(program, serving, groups)
    for training in chosen:
        frame = frame_step(program, training, examples.name, f"{name}.frame.{training.name}", owner=name, serving=name)
        model = f"{name}.model.{training.name}"
        yield frame
        yield Step(model, "given", {"training": training.name}, (), {"model": "model"}, origin=origin)
        yield Step(
            f"{name}.answers.{training.name}",
            "predict",
            {"task": training.task},
            (Edge("model", model, "model"), Edge("rows", frame.name, "table")),
            {"predictions": "table"},
            origin=origin,
        )


def _seen_steps(program: Program, serving: Serving, there: Iterable[str]) -> Iterator[Step]:
    """What experiments read of a request; `there` are the feature groups that answers are made of."""
    name, known = serving.name, set(there)
    for experiment in experiments_of(program, name):
        for group in groups_seen(program, experiment):
            if group not in known:
                known.add(group)
                yield group_step(program, experiment.groups[group], f"{name}.rows", name)
        rows = f"{name}.rows"
        if experiment.where is not None:
            rows = f"{name}.part.{experiment.name}"
            yield part_step(program, experiment, rows, rows=f"{name}.rows", owner=name)
        texts = texts_seen(program, experiment)
        yield seen_step(experiment, f"{name}.seen.{experiment.name}", texts, rows=rows, owner=name)
