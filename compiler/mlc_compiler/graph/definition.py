"""What an experiment is, as plain data that outlives the spec."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlc_compiler.check.facts import Experiment, Program
from mlc_compiler.spec.experiments import Outcome


def definition(program: Program, experiment: Experiment) -> dict[str, Any]:
    """What runs once it is started, as `mlc_runtime.experiment.definition.load_definition` reads it."""
    spec = experiment.spec
    own = program.servings[experiment.serving].training
    written = (spec.outcome, *spec.guardrails)
    return {
        "design": design(experiment),
        "service": experiment.serving,
        "model": own,
        "salt": salt(program, experiment),
        "arms": {
            arm: {"model": spec.arms[arm].model or own, "threshold": spec.arms[arm].threshold} for arm in spec.ordered
        },
        "layer": spec.layer,
        "holdout": spec.holdout,
        "where": spec.where,
        "sources": {
            measure["name"]: {
                "from": item.from_,
                "join": dict(sorted(item.join.items())) if isinstance(item.join, dict) else list(item.join),
                "window": str(item.window),
                "value": item.value,
            }
            for measure, item in zip(measures(experiment), written, strict=True)
            if item.metric is None
        },
    }


def salt(program: Program, experiment: Experiment) -> str:
    """What the units of an experiment are hashed with; that of its layer, where it has one."""
    spec = experiment.spec
    return f"{program.spec.name}/{f'layer/{spec.layer}' if spec.layer else f'experiment/{experiment.name}'}"


def design(experiment: Experiment) -> dict[str, Any]:
    """What was declared, as `mlc_runtime.experiment.design.load_design` reads it."""
    spec = experiment.spec
    outcome, *guardrails = measures(experiment)
    baseline = spec.baseline
    mean = std = None
    if baseline is not None:
        rate = baseline.rate
        mean, std = (baseline.mean, baseline.std) if rate is None else (rate, (rate * (1 - rate)) ** 0.5)
    return {
        "name": experiment.name,
        "unit": spec.unit,
        "control": spec.control,
        "shares": {arm: spec.arms[arm].share for arm in spec.ordered},
        "outcome": outcome,
        "guardrails": guardrails,
        "detect": spec.detect,
        "power": spec.power,
        "alpha": spec.alpha,
        "mean": mean,
        "std": std,
        "covariate": spec.covariate,
        "segments": list(spec.segments or ()),
    }


def measures(experiment: Experiment) -> Iterator[dict[str, Any]]:
    """The outcome and the guardrails, under names of their own."""
    taken: set[str] = set()
    for position, item in enumerate((experiment.spec.outcome, *experiment.spec.guardrails)):
        name = _said(item)
        while name in taken:
            name = f"{name} ({position})"
        taken.add(name)
        at_most = None if position == 0 else experiment.spec.guardrails[position - 1].at_most
        yield {"name": name, "better": item.better, "metric": item.metric, "at_most": at_most}


def _said(item: Outcome) -> str:
    return item.metric or " ".join((item.value or "").split())
