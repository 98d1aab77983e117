"""Metrics: known ones, that fit the label, and chosen by the right way."""

from __future__ import annotations

from mlc_compiler.check.entries import Entries
from mlc_compiler.check.facts import Program, Task, Training
from mlc_compiler.check.findings import Findings
from mlc_compiler.diagnostics.diagnostic import Edit, Fix
from mlc_compiler.source.place import Place
from mlc_runtime.metrics_catalogue import COUNTED, METRICS

LABELS = {"binary": "a bool", "classes": "a string", "number": "a number"}
"""What a label of each task is."""


def check_metrics(program: Program, _: Entries, findings: Findings) -> None:
    """The metrics of every training, and those that it selects by and sets its threshold by."""
    for training in program.trainings.values():
        seen: set[str] = set()
        for position, metric in enumerate(training.spec.metrics):
            if metric.name in seen:
                findings.add(
                    "MLC514",
                    f"two metrics are called `{metric.name}`",
                    training.place.child("metrics", position),
                    why="`select`, conditions and reports tell metrics apart by their names",
                    help="keep one of them, or give one of the functions another name",
                )
            seen.add(metric.name)
            if not is_code(metric.use):
                check_metric(metric.use, training.task, training.place.child("metrics", position), findings)
        _select(training, findings)
        _threshold(training, findings)


def is_code(use: str) -> bool:
    """Whether a metric is a Python function: a known one's name has no module."""
    return "." in use or ":" in use


def check_metric(name: str, task: Task, place: Place, findings: Findings, own: tuple[str, ...] = ()) -> bool:
    """Whether a metric is known and fits a label; `own` are names of a training's functions."""
    if name in own:
        return True
    metric = METRICS.get(name)
    fitting = [each.name for each in METRICS.values() if task in each.tasks]
    if metric is None:
        findings.unknown("metric", name, [*fitting, *own], place, code="MLC506")
        return False
    if task in metric.tasks:
        return True
    findings.add(
        "MLC507",
        f"`{name}` does not fit the label, which is {LABELS[task]}",
        place,
        why=f"{name} is the {metric.summary}",
        help=f"choose one of {', '.join(f'`{each}`' for each in fitting)}",
    )
    return False


def _select(training: Training, findings: Findings) -> None:
    select = training.spec.select
    if select is None:
        return
    place = training.place.child("select", select.direction)
    own = tuple(metric.name for metric in training.spec.metrics if is_code(metric.use))
    if check_metric(select.target, training.task, place, findings, own) and select.target not in own:
        right = METRICS[select.target].direction
        if right != select.direction:
            findings.add(
                "MLC508",
                f"`{select.direction}: {select.target}` chooses the worst setting",
                place.key(),
                why=f"the {'greater' if right == 'maximize' else 'smaller'} {select.target} is, the better",
                help=f"write `{right}: {select.target}`",
                fix=Fix(f"write `{right}`", (Edit(place.key(), right),)),
            )


def _threshold(training: Training, findings: Findings) -> None:
    threshold = training.spec.threshold
    if threshold is None or threshold.target not in METRICS or threshold.target in COUNTED:
        return
    findings.add(
        "MLC509",
        f"`{threshold.target}` does not depend on a threshold",
        training.place.child("threshold", threshold.direction),
        why="a threshold turns probabilities into decisions, and this metric does not read decisions",
        help=f"choose one of {', '.join(f'`{name}`' for name in COUNTED)}, or write an expression over"
        " `tp`, `fp`, `tn` and `fn`",
    )
