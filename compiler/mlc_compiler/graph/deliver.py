"""The part of the graph that reaches others: servings, and the steps that are anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from mlc_compiler.check.facts import Examples, Program, Serving, Spine, StepFacts, StepInput, Training
from mlc_compiler.check.features import with_read
from mlc_compiler.check.seen import experiments_of
from mlc_compiler.graph.axis import Axis, Found
from mlc_compiler.graph.call import arguments, module_of
from mlc_compiler.graph.condition import gate
from mlc_compiler.graph.divided import arm_models, divided_steps, groups_answered, with_divided
from mlc_compiler.graph.frame import frame_step, prediction_name, stacked_on
from mlc_compiler.graph.judge import check_edges, moment
from mlc_compiler.graph.policy import policy_of
from mlc_compiler.graph.step import Edge, Policy, Step, bound, field_of, parameter
from mlc_compiler.graph.tables import filter_step, group_step, rows_step
from mlc_compiler.spec.serving import Batch


def serving_steps(program: Program, serving: Serving) -> tuple[tuple[Axis, ...], list[Step]]:
    """Promotion of the candidate, and, for a batch, the predictions and where they go."""
    name, training = serving.name, program.trainings[serving.training]
    origin = (serving.place.path,)
    steps: list[Step] = []
    inputs: list[Edge] = []
    if serving.gate is not None:
        _, decide = gate(program, name, serving.gate, (*serving.place.path, "when"))
        steps += decide
        inputs.append(Edge("gate", f"{name}.gate", "reason"))
    over = (f"{training.name}.go",) if training.when else ()
    inputs.append(Edge("entry", f"{training.name}.register", "entry", over))
    steps.append(
        Step(
            f"{name}.live",
            "promote",
            {"name": training.name, "as_of": moment(program, training.examples)},
            tuple(inputs),
            {"model": "model", "entry": "effect"},
            policy=Policy(store="must"),
            effect=True,
            root=True,
            origin=origin,
        )
    )
    if isinstance(serving.spec, Batch):
        steps += _batch(program, serving, serving.spec)
    return (), steps


def _batch(program: Program, serving: Serving, spec: Batch) -> Iterator[Step]:
    name, training = serving.name, program.trainings[serving.training]
    examples = with_divided(program, program.examples[serving.examples])
    key = program.sources[examples.source].key
    owner: str | None = None
    window: tuple[int, int] | None = None
    if isinstance(examples.at, Spine):
        owner = name
        yield from _current_rows(program, examples, name, groups_answered(program, serving))
    elif examples.at is not None:
        window = (spec.window.start.micros if spec.window.start else 0, spec.window.end.micros)

    def frame(member: Training, step: str, extra: tuple[str, ...] = ()) -> Step:
        return frame_step(
            program, member, serving.examples, step, owner=owner, window=window, serving=name, extra=extra
        )

    answering = (training, *(program.trainings[model] for model in arm_models(program, serving)))
    for other in dict.fromkeys(other for member in answering for other in _below(program, member)):
        yield frame(program.trainings[other], f"{name}.frame.{other}")
        yield from _predicted(program, name, other)
    yield frame(training, f"{name}.frame", key)
    yield Step(
        f"{name}.predictions",
        "predict",
        {"task": training.task, "keep": list(key)},
        (Edge("model", f"{name}.live", "model"), Edge("rows", f"{name}.frame", "table")),
        {"predictions": "table"},
        origin=(serving.place.path,),
    )
    answered = f"{name}.predictions"
    if experiments_of(program, name):
        answered = f"{name}.divided"
        rows, groups = (f"{name}.rows", name) if owner else (f"examples.{examples.name}",) * 2
        yield from divided_steps(
            program, serving, lambda member, step: frame(member, step, key), rows=rows, owner=groups, window=window
        )
    target = spec.write
    yield Step(
        f"{name}.write",
        "write",
        {"locate": target.model_dump(exclude_none=True), "as_of": parameter("as_of")},
        (Edge("predictions", answered, "predictions"), *check_edges(program, serving.examples, training)),
        {"written": "effect"},
        effect=True,
        root=True,
        origin=((*serving.place.path, "write"),),
    )


def _below(program: Program, training: Training) -> tuple[str, ...]:
    """The trainings whose predictions a training reads, each after those that it reads itself."""
    found: dict[str, None] = {}
    for other in stacked_on(program, training):
        found |= dict.fromkeys((*_below(program, program.trainings[other]), other))
    return tuple(found)


def _predicted(program: Program, serving: str, name: str) -> Iterator[Step]:
    """The predictions of another training for a serving's rows, by the models that scored its test rows."""
    training = program.trainings[name]
    origin = (training.place.path,)
    over = (f"{name}.go",) if training.when else ()
    scores = f"{serving}.scores.{name}"
    yield Step(
        scores,
        "predict",
        {"task": training.task},
        (Edge("model", f"{name}.bundle", "model", over), Edge("rows", f"{serving}.frame.{name}", "table")),
        {"predictions": "table"},
        origin=origin,
    )
    yield Step(
        prediction_name(serving, name),
        "oof",
        {"task": training.task},
        (Edge("test", scores, "predictions"),),
        {"table": "table"},
        origin=origin,
    )


def _current_rows(program: Program, examples: Examples, name: str, used: Iterable[str]) -> Iterator[Step]:
    """A spine's rows at `$as_of` alone, filtered as the examples are, with the groups that are read."""
    rows = f"{name}.rows"
    every = rows if examples.where is None else f"{name}.all"
    yield rows_step(program, examples, every, now=True)
    groups = with_read(used, examples.groups)
    early = examples.early if examples.where is not None else ()
    for group in early:
        yield group_step(program, examples.groups[group], every, name)
    if examples.where is not None:
        yield filter_step(program, examples, rows, every, name)
    for group in groups:
        if group not in early:
            yield group_step(program, examples.groups[group], rows, name)


def free_steps(program: Program, facts: StepFacts) -> tuple[tuple[Axis, ...], list[Step]]:
    """The steps of a function, a container or an approval."""
    spec, name, place = facts.spec, facts.name, facts.place
    axes: list[Axis] = []
    steps: list[Step] = []
    if facts.when is not None:
        condition, decide = gate(program, name, facts.when, (*place.path, "when"))
        axes.append(condition)
        steps += decide
    inputs = [_edge(program, item, spec.tolerate) for item in facts.inputs if item.kind != "status"]
    params: dict[str, Any] = {"outputs": dict(spec.outputs), "with": arguments(spec.with_)}
    if facts.each is not None:
        argument, column = facts.each
        table = next(edge for edge in inputs if edge.port == argument)
        found = {"fields": [column], "listed": None, "min_rows": 1}
        values = Step(
            f"{name}.values",
            "distinct",
            found,
            (Edge("rows", table.step, table.out),),
            {"values": "index", "report": "report"},
            origin=((*place.path, "each"),),
        )
        steps.append(values)
        axes.append(Axis(f"{name}.each", Found(values.name, "values", (column,))))
        params["each"] = {"input": argument, "column": column, "value": field_of(column)}
    inputs += [_after(program, other, f"after.{position}") for position, other in enumerate(spec.after)]
    code: tuple[str, ...] = ()
    if spec.use is not None:
        op, code = "python", (module_of(spec.use),)
        params["use"] = spec.use
    elif spec.container is not None:
        op = "container"
        params |= {"image": spec.container.image, "command": list(spec.container.command)}
    else:
        assert spec.approve is not None
        op = "approve"
        timeout = spec.approve.timeout
        params = {"message": spec.approve.message, "timeout": timeout.micros if timeout else None}
    status = [item.argument for item in facts.inputs if item.kind == "status"]
    if status:
        params["status"] = dict.fromkeys(status, bound("status"))
    if spec.always or spec.approve is not None:
        # Asked again in every run, whatever was answered before.
        params["run"] = bound("run")
    if spec.secrets:
        params["locate"] = {"secrets": dict(spec.secrets)}
    steps.append(
        Step(
            name,
            op,
            params,
            tuple(inputs),
            {output: "file" if kind == "file" else "value" for output, kind in spec.outputs.items()}
            | {"done": "effect"},
            tuple(axis.name for axis in axes),
            code=code,
            policy=policy_of(spec, always=spec.always),
            effect=spec.approve is not None or spec.always,
            root=True,
            origin=(place.path,),
        )
    )
    return tuple(axes), steps


def _edge(program: Program, item: StepInput, tolerate: float) -> Edge:
    match item.kind:
        case "source":
            return Edge(item.argument, f"sources.{item.name}", "table")
        case "examples":
            return Edge(item.argument, f"examples.{item.name}", "table")
        case "training":
            over = (f"{item.name}.go",) if program.trainings[item.name].when else ()
            return Edge(item.argument, f"{item.name}.bundle", "model", over)
        case _:
            axes = step_axes(program, item.name)
            return Edge(item.argument, item.name, item.output, axes, tolerate=tolerate if axes else 0.0)


def _after(program: Program, name: str, port: str) -> Edge:
    """An edge that only waits: what it reads is not the function's to see."""
    if name in program.trainings:
        over = (f"{name}.go",) if program.trainings[name].when else ()
        return Edge(port, f"{name}.report", "report", over, tolerate=1.0, missing=True)
    if name in program.servings:
        batch = isinstance(program.servings[name].spec, Batch)
        step, out = (f"{name}.write", "written") if batch else (f"{name}.live", "entry")
        return Edge(port, step, out, missing=True)
    axes = step_axes(program, name)
    if program.steps[name].spec.approve is not None:
        # Where the question was not put, its own condition being false, nothing has to be waited for; a no is a no.
        return Edge(port, name, "done", axes)
    return Edge(port, name, "done", axes, tolerate=1.0, missing=True)


def step_axes(program: Program, name: str) -> tuple[str, ...]:
    """The axes over which a reader collects a step's outputs."""
    facts = program.steps[name]
    return (*((f"{name}.go",) if facts.when else ()), *((f"{name}.each",) if facts.each else ()))
