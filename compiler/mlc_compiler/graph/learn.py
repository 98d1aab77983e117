"""The part of the graph that learns: from rows to a bundle of fitted models and what they are worth.

    rows -> values -> split -> stages -> fit -> score -> best -> [refit] -> [calibration] -> [threshold]
         -> model -> bundle -> test -> report -> register

The axes: `go` (the condition), `each`, `fold`, `grid` (and the rungs of a halving within it), and `won`, the settings
that `best` chose within them. There is no copy of the best model: `won` looks it up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlc_compiler.check.facts import Program, Training
from mlc_compiler.graph.axis import Axis
from mlc_compiler.graph.call import metric_params, module_of
from mlc_compiler.graph.condition import gate
from mlc_compiler.graph.frame import frame_step
from mlc_compiler.graph.grid import call_in_grid, calls_in_grid
from mlc_compiler.graph.judge import assemble, judge, out_of_fold_step
from mlc_compiler.graph.resume import resumes
from mlc_compiler.graph.rounds import FOLD, SCIKIT, Learn, Rung, learning
from mlc_compiler.graph.step import Edge, Step, field_of


def training_steps(program: Program, training: Training, *, out_of_fold: bool) -> tuple[tuple[Axis, ...], list[Step]]:
    """The axes and steps of a training; `out_of_fold` where another training reads its predictions."""
    steps: list[Step] = []
    condition: Axis | None = None
    if training.when is not None:
        condition, decide = gate(program, training.name, training.when, (*training.place.path, "when"))
        steps += decide
    learn = learning(program, training, condition)
    steps += _rows(learn)
    for position in range(len(learn.rungs)):
        steps += _fit(learn, position)
    steps += _choose(learn)
    fitted, finishing = _refit(learn)
    steps += finishing
    steps += assemble(learn, fitted)
    steps += judge(learn)
    if out_of_fold:
        steps.append(out_of_fold_step(learn))
    return learn.axes, steps


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
    start: tuple[Edge, ...] = ()
    if position and resumes(_models(learn), rung.resource[0] if rung.resource else ""):
        start = (Edge("start", learn.name(f"fit{learn.rungs[position - 1].suffix}"), "model"),)
    yield _train(learn, fit, (*tables.values(), *start), axes, rung)
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
    steps.append(_train(learn, "refit", tables.values(), axes, learn.last))
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


def _train(learn: Learn, name: str, inputs: Iterable[Edge], axes: tuple[str, ...], rung: Rung) -> Step:
    spec = learn.training.spec
    params = call_in_grid(spec, "model", spec.model)
    if rung.resource is not None:
        params["arguments"][rung.resource[0]] = rung.resource[1]
    return learn.step(
        name,
        "train",
        params | {"task": learn.training.task, "seed": learn.program.spec.seed},
        inputs,
        {"model": "model"},
        axes=axes,
        code=tuple(dict.fromkeys(map(module_of, _models(learn)))),
        policy=learn.policy,
        origin=(*learn.training.place.path, "model"),
    )


def _models(learn: Learn) -> tuple[str, ...]:
    """What the model's call names, over all settings."""
    return calls_in_grid(learn.training.spec, "model", learn.training.spec.model)
