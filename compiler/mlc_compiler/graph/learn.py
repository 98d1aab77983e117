"""The part of the graph that learns: from rows to a bundle of fitted models and what they are worth.

    rows -> values -> split -> stages -> fit -> score -> best -> [refit] -> [calibration] -> [threshold]
         -> model -> bundle -> test -> report -> register

The axes: `go` (the condition), `each`, `fold`, `grid` (and the rungs of a halving within it), and `won`, the settings
that `best` chose within them. There is no copy of the best model: `won` looks it up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from mlc_compiler.check.facts import Outcome, Program, Training
from mlc_compiler.graph.axis import Axis, Found, Project
from mlc_compiler.graph.call import metric_params, module_of
from mlc_compiler.graph.condition import gate
from mlc_compiler.graph.frame import frame_step, groups_read, with_read
from mlc_compiler.graph.grid import call_in_grid, calls_in_grid, grid_relation
from mlc_compiler.graph.policy import policy_of
from mlc_compiler.graph.render import parameters, sql
from mlc_compiler.graph.step import Edge, Policy, Step, field_of
from mlc_runtime.relation import listed

FOLD = "$fold"
"""The field of the axis of validation parts; no column has this name."""

SCIKIT = ("sklearn",)


@dataclass(frozen=True)
class Rung:
    """One round of fitting: every setting once; all but the last round of a halving keep some of them.

    Attributes:
        axis: the settings, as the axes of a step: none without a grid.
        suffix: what tells its steps' names apart.
        resource: the argument that a halving sets, and its value in this round.
        keep: how many settings go on to the next round; None in the last.
    """

    axis: tuple[str, ...]
    suffix: str = ""
    resource: tuple[str, int] | None = None
    keep: int | None = None


@dataclass(frozen=True)
class Learn:
    """What the steps of one training share: their axes and how they run."""

    program: Program
    training: Training
    axes: tuple[Axis, ...]
    go: tuple[str, ...]
    each: tuple[str, ...]
    per: tuple[str, ...]
    fold: tuple[str, ...]
    rungs: tuple[Rung, ...]
    won: tuple[str, ...]
    policy: Policy

    def name(self, step: str) -> str:
        """A step's full name."""
        return f"{self.training.name}.{step}"

    def step(
        self, name: str, op: str, params: dict[str, Any], inputs: Any, outputs: dict[str, str], **rest: Any
    ) -> Step:
        """A step of the training."""
        origin = rest.pop("origin", self.training.place.path)
        return Step(self.name(name), op, params, tuple(inputs), outputs, origin=(origin,), **rest)

    @property
    def last(self) -> Rung:
        """The round whose models can win."""
        return self.rungs[-1]


def training_steps(program: Program, training: Training, *, out_of_fold: bool) -> tuple[tuple[Axis, ...], list[Step]]:
    """The axes and steps of a training; `out_of_fold` where another training reads its predictions."""
    steps: list[Step] = []
    condition: Axis | None = None
    if training.when is not None:
        condition, decide = gate(program, training.name, training.when, (*training.place.path, "when"))
        steps += decide
    learn = _learn(program, training, condition)
    steps += _rows(learn)
    for position in range(len(learn.rungs)):
        steps += _fit(learn, position)
    steps += _choose(learn)
    fitted, finishing = _refit(learn)
    steps += finishing
    steps += _assemble(learn, fitted)
    steps += _judge(learn)
    if out_of_fold:
        steps.append(_out_of_fold(learn))
    return learn.axes, steps


def _learn(program: Program, training: Training, condition: Axis | None) -> Learn:
    name, spec = training.name, training.spec
    axes: list[Axis] = [condition] if condition else []

    def axis(short: str, values: Any, given: tuple[str, ...] = ()) -> tuple[str, ...]:
        axes.append(Axis(f"{name}.{short}", values, given))
        return (f"{name}.{short}",)

    go = (condition.name,) if condition else ()
    each = axis("each", Found(f"{name}.values", "values", training.each)) if training.each else ()
    per = each if training.per == training.each else axis("per", Project(each[0], training.per)) if training.per else ()
    fold = axis("fold", listed((FOLD,), ((number,) for number in range(training.folds)))) if training.folds else ()
    rungs: tuple[Rung, ...] = (Rung(()),)
    won: tuple[str, ...] = ()
    if spec.grid is not None:
        relation = grid_relation(spec, program.spec.seed)
        grid = axis("grid", relation)
        rungs = (Rung(grid),)
        halving = spec.search.halving if spec.search else None
        if halving is not None:
            rungs = tuple(_rungs(name, grid, relation.size, halving.factor, halving.resource, halving.min))
            for before, rung in pairwise(rungs):
                kept = Found(f"{name}.keep{before.suffix}", "chosen", relation.fields, before.axis[0], before.keep)
                axis(rung.axis[0].removeprefix(f"{name}."), kept, (*go, *per))
        top = spec.select.top if spec.select else 1
        won = axis("won", Found(f"{name}.best", "chosen", relation.fields, rungs[-1].axis[0], top), (*go, *per))
    policy = policy_of(spec, checkpoint=spec.checkpoint)
    return Learn(program, training, tuple(axes), go, each, per, fold, rungs, won, policy)


def _rungs(name: str, grid: tuple[str, ...], size: int, factor: int, resource: str, amount: int) -> Iterator[Rung]:
    """The rounds of a halving: a `factor`th of the settings each time, with `factor` times the resource."""
    axis = grid
    for number in range(size):
        keep = size // factor
        yield Rung(axis, f"_{number}" if keep else "", (resource, amount), keep or None)
        if not keep:
            return
        size, amount, axis = keep, amount * factor, (f"{name}.rung_{number + 1}",)


def _rows(learn: Learn) -> Iterator[Step]:
    """One table of all that the training reads, the values that each get a model, and the parts of each fit."""
    training, program = learn.training, learn.program
    yield frame_step(program, training, training.examples, learn.name("rows"))
    rows = Edge("rows", learn.name("rows"), "table")
    if training.each:
        listed_values = None if training.listed is None else [dict(record) for record in training.listed]
        values = {"fields": list(training.each), "listed": listed_values, "min_rows": training.spec.min_rows}
        yield learn.step("values", "distinct", values, [rows], {"values": "index", "report": "report"})
    where = {column: field_of(column) for column in training.each}
    columns = [item.name for item in training.inputs]
    axes = (*learn.go, *learn.each)
    if training.folds:
        params = {"where": where, "fold": field_of(FOLD), "parts": ["train", "validation"], "columns": columns}
        outputs = {"train": "table", "validation": "table"}
        yield learn.step("split", "slice", params, [rows], outputs, axes=(*axes, *learn.fold))
    if training.refit or not training.folds:
        params = {"where": where, "parts": ["refit"], "columns": columns}
        yield learn.step("all", "slice", params, [rows], {"refit": "table"}, axes=axes)
    params = {"where": {}, "parts": ["test"], "columns": None}
    yield learn.step("unseen", "slice", params, [rows], {"test": "table"})


def _fit(learn: Learn, position: int) -> Iterator[Step]:
    """A round: stages (in the first), the model and its score, for each fold and setting."""
    training, rung = learn.training, learn.rungs[position]
    if not training.folds:
        return
    axes = (*learn.go, *learn.each, *learn.fold, *rung.axis)
    tables = {"train": Edge("train", learn.name("split"), "train")}
    tables["validation"] = Edge("validation", learn.name("split"), "validation")
    for stage in training.spec.prepare:
        if position == 0:
            yield _stage(learn, stage, f"prepare.{stage}", tables, axes)
        tables = {port: Edge(port, learn.name(f"prepare.{stage}"), port) for port in tables}
    fit = f"fit{rung.suffix}"
    yield _train(learn, fit, tables, axes, rung)
    yield learn.step(
        f"score{rung.suffix}",
        "evaluate",
        {"task": training.task, "metrics": metric_params(training.metrics)},
        [
            Edge("model", learn.name(fit), "model"),
            Edge("rows", tables["validation"].step, "validation"),
            Edge("original", learn.name("split"), "validation"),
        ],
        {"scores": "scores"},
        axes=axes,
        code=training.metric_code,
        distributions=SCIKIT,
    )
    if rung.keep is not None:
        yield _selection(learn, f"keep{rung.suffix}", rung, rung.keep)


def _choose(learn: Learn) -> Iterator[Step]:
    """The best settings, and the validation predictions of the models that have them."""
    training = learn.training
    if not training.folds:
        return
    if learn.won:
        select = training.spec.select
        yield _selection(learn, "best", learn.last, select.top if select else 1)
    source = [f"prepare.{stage}" for stage in training.spec.prepare][-1:] or ["split"]
    yield learn.step(
        "validation",
        "predict",
        {"task": training.task},
        [
            Edge("model", learn.name(f"fit{learn.last.suffix}"), "model"),
            Edge("rows", learn.name(source[0]), "validation"),
            Edge("original", learn.name("split"), "validation"),
        ],
        {"predictions": "table"},
        axes=(*learn.go, *learn.each, *learn.fold, *learn.won),
    )


def _selection(learn: Learn, name: str, rung: Rung, keep: int) -> Step:
    select = learn.training.spec.select
    assert select is not None
    axes = {axis.name: axis for axis in learn.axes}
    beyond = () if learn.per == learn.each else learn.each
    over = (*beyond, *rung.axis, *learn.fold)
    return learn.step(
        name,
        "select",
        {select.direction: select.target, "keep": keep, "fields": list(axes[rung.axis[0]].fields)},
        [Edge("scores", learn.name(f"score{rung.suffix}"), "scores", over, tolerate=learn.policy.tolerate)],
        {"chosen": "index", "ranking": "report"},
        axes=(*learn.go, *learn.per),
        origin=(*learn.training.place.path, "select"),
    )


def _refit(learn: Learn) -> tuple[tuple[str, list[str], tuple[str, ...]], list[Step]]:
    """The steps of the models that are kept, the steps of their stages, and the axes to collect them over."""
    training = learn.training
    stages = list(training.spec.prepare)
    if training.folds and not training.refit:
        return (f"fit{learn.last.suffix}", [f"prepare.{stage}" for stage in stages], (*learn.fold, *learn.won)), []
    axes = (*learn.go, *learn.each, *learn.won)
    tables = {"train": Edge("train", learn.name("all"), "refit")}
    steps: list[Step] = []
    for stage in stages:
        steps.append(_stage(learn, stage, f"refit.{stage}", tables, axes))
        tables = {"train": Edge("train", learn.name(f"refit.{stage}"), "train")}
    steps.append(_train(learn, "refit", tables, axes, learn.last))
    return ("refit", [f"refit.{stage}" for stage in stages], learn.won), steps


def _stage(learn: Learn, stage: str, name: str, tables: dict[str, Edge], axes: tuple[str, ...]) -> Step:
    spec = learn.training.spec
    call = spec.prepare[stage]
    params = call_in_grid(spec, stage, call) | {
        "columns": None if call.columns is None else list(call.columns),
        "seed": learn.program.spec.seed,
    }
    return learn.step(
        name,
        "prepare",
        params,
        tables.values(),
        {"stage": "model", **dict.fromkeys(tables, "table")},
        axes=axes,
        code=tuple(dict.fromkeys(module_of(use) for use in calls_in_grid(spec, stage, call))),
        policy=learn.policy,
        origin=(*learn.training.place.path, "prepare", stage),
    )


def _train(learn: Learn, name: str, tables: dict[str, Edge], axes: tuple[str, ...], rung: Rung) -> Step:
    spec = learn.training.spec
    params = call_in_grid(spec, "model", spec.model)
    if rung.resource is not None:
        params["arguments"][rung.resource[0]] = rung.resource[1]
    return learn.step(
        name,
        "train",
        params | {"task": learn.training.task, "seed": learn.program.spec.seed},
        tables.values(),
        {"model": "model"},
        axes=axes,
        code=tuple(dict.fromkeys(module_of(use) for use in calls_in_grid(spec, "model", spec.model))),
        policy=learn.policy,
        origin=(*learn.training.place.path, "model"),
    )


def _assemble(learn: Learn, fitted: tuple[str, list[str], tuple[str, ...]]) -> Iterator[Step]:
    """Calibrate, set the threshold, and put the model of each value together."""
    training, spec = learn.training, learn.training.spec
    model, stages, over = fitted
    axes = (*learn.go, *learn.each)
    tolerate = learn.policy.tolerate
    predictions = Edge("predictions", learn.name("validation"), "predictions", (*learn.won, *learn.fold))
    inputs = [
        Edge(f"stage.{name}", learn.name(step), "stage", over, tolerate=tolerate)
        for name, step in zip(spec.prepare, stages, strict=True)
    ]
    inputs.append(Edge("models", learn.name(model), "model", over, tolerate=tolerate))
    calibrators: list[Edge] = []
    if spec.calibrate:
        yield learn.step(
            "calibration",
            "calibrate",
            {"method": spec.calibrate, "task": training.task},
            [replace(predictions, over=learn.fold)],
            {"calibrator": "model"},
            axes=(*axes, *learn.won),
            distributions=SCIKIT,
            origin=(*training.place.path, "calibrate"),
        )
        calibrators = [Edge("calibrators", learn.name("calibration"), "calibrator", learn.won)]
    inputs += calibrators
    if spec.threshold is not None:
        objective: Any = spec.threshold.target
        if training.threshold is not None:
            objective = {"sql": sql(training.threshold)}
        yield learn.step(
            "threshold",
            "threshold",
            {spec.threshold.direction: objective, "parameters": parameters([training.threshold])},
            [predictions, *calibrators],
            {"threshold": "value"},
            axes=axes,
            distributions=SCIKIT,
            origin=(*training.place.path, "threshold"),
        )
        inputs.append(Edge("threshold", learn.name("threshold"), "threshold"))
    features = [[item.name, str(item.type)] for item in training.inputs]
    params = {"task": training.task, "features": features, "stages": list(spec.prepare)}
    yield learn.step("model", "assemble", params, inputs, {"model": "model"}, axes=axes)


def _judge(learn: Learn) -> Iterator[Step]:
    """One bundle of all models, judged on rows on which nothing was fitted or chosen, and registered."""
    training = learn.training
    inputs = [Edge("models", learn.name("model"), "model", learn.each, tolerate=learn.policy.tolerate)]
    if training.spec.fallback:
        other = learn.program.trainings[training.spec.fallback]
        over = (f"{other.name}.go",) if other.when else ()
        inputs.append(Edge("fallback", f"{other.name}.bundle", "model", over))
    yield learn.step(
        "bundle",
        "bundle",
        {"fields": list(training.each), "task": training.task},
        inputs,
        {"model": "model"},
        axes=learn.go,
        policy=Policy(store="must"),
    )
    bundle = Edge("model", learn.name("bundle"), "model")
    rows = Edge("rows", learn.name("unseen"), "test")
    yield learn.step(
        "test", "predict", {"task": training.task}, [bundle, rows], {"predictions": "table"}, axes=learn.go
    )
    yield learn.step(
        "report",
        "report",
        {
            "task": training.task,
            "metrics": metric_params(training.metrics),
            "fields": list(training.each),
        },
        [*_predictions(learn), Edge("original", learn.name("rows"), "table")],
        {"report": "report"},
        axes=learn.go,
        code=training.metric_code,
        distributions=SCIKIT,
        root=True,
    )
    report = Edge("report", learn.name("report"), "report")
    yield learn.step(
        "register",
        "register",
        {"name": training.name},
        [bundle, report, *check_edges(learn.program, training.examples, training)],
        {"entry": "effect"},
        axes=learn.go,
        effect=True,
        root=True,
    )


def _predictions(learn: Learn) -> list[Edge]:
    """Edges to the predictions on test rows, and on validation rows by models that did not see them."""
    test = [Edge("test", learn.name("test"), "predictions")]
    if not learn.training.folds:
        return test
    over = (*learn.each, *learn.fold, *learn.won)
    return [*test, Edge("validation", learn.name("validation"), "predictions", over, tolerate=learn.policy.tolerate)]


def _out_of_fold(learn: Learn) -> Step:
    test, validation = _predictions(learn)
    inputs = [replace(validation, port="predictions"), test]
    return learn.step("prediction", "oof", {"task": learn.training.task}, inputs, {"table": "table"}, axes=learn.go)


def check_edges(program: Program, examples: str, training: Training) -> list[Edge]:
    """Edges to the reports of the checks of every source that a training reads on some examples, or derives from."""
    facts = program.examples[examples]
    read = with_read(facts, (*facts.early, *facts.late, *groups_read(program, training)))
    lookups = [facts.groups[group].lookup for group in read]
    label = facts.label.lookup if isinstance(facts.label, Outcome) else None
    todo = [facts.source, *(lookup.source for lookup in (*lookups, label) if lookup is not None)]
    found: set[str] = set()
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += program.sources[name].inputs.values()
    return [Edge(f"checks.{name}", f"sources.{name}.checks", "report") for name in sorted(found)]
