"""Experiments: arms that can be compared, outcomes that can be measured, and traffic that is enough."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import ceil, sqrt

from mlc_compiler.check.entries import Entries
from mlc_compiler.check.facts import Examples, Program, Serving, Training, Typed
from mlc_compiler.check.facts import Experiment as Facts
from mlc_compiler.check.facts import Outcome as Measured
from mlc_compiler.check.features import Groups, lookup_facts, lookup_value
from mlc_compiler.check.findings import Findings
from mlc_compiler.check.metrics import check_metric, is_code
from mlc_compiler.check.seen import columns_seen
from mlc_compiler.check.time.exposure import check_exposure, check_waiting, waiting
from mlc_compiler.check.time.known import say_length
from mlc_compiler.diagnostics.diagnostic import Edit, Fix, Related
from mlc_compiler.expression.duration import MICROS
from mlc_compiler.source.place import Place
from mlc_compiler.spec.examples import Label
from mlc_compiler.spec.experiments import Experiment, Outcome
from mlc_compiler.spec.serving import Online
from mlc_compiler.spec.values import Piece
from mlc_runtime.metrics_catalogue import METRICS, RATIOS

_DIRECTIONS = {"maximize": "higher", "minimize": "lower"}


def check_experiments(program: Program, entries: Entries, findings: Findings) -> Mapping[str, Facts]:
    """The facts of experiments whose service is sound; findings about all but the names of service and models."""
    found: dict[str, Facts] = {}
    for name, experiment in program.spec.experiments.items():
        place = entries.main.place("experiments", name)
        serving, wait = program.servings.get(experiment.service), 0
        if serving is not None:
            _arms(program, experiment, serving, place, findings)
            examples = program.examples[serving.examples]
            groups = _groups(program, entries, examples, findings)
            _unit(experiment, serving, groups, place, findings)
            outcomes = tuple(_outcomes(program, experiment, serving, groups, place, findings))
            where = _refinements(experiment, groups, place, findings)
            check_exposure(program, examples, groups, experiment, where, place, findings)
            wait = waiting(program, examples, outcomes[0])
            check_waiting(experiment, wait, place, findings)
            known = {**examples.groups, **{group: each for group, each in groups.found.items() if each is not None}}
            found[name] = Facts(name, place, experiment, serving.name, examples.name, where, outcomes, known)
            _kept(program, found[name], serving, findings)
        _power(experiment, wait, place, findings)
    _layers(program, entries, findings)
    return found


def _arms(program: Program, experiment: Experiment, serving: Serving, place: Place, findings: Findings) -> None:
    own = program.trainings[serving.training]
    seen: dict[tuple[str, float | None], str] = {}
    for name, arm in experiment.arms.items():
        here = place.child("arms", name)
        model = program.trainings.get(arm.model or serving.training)
        if arm.share == 0:
            findings.add("MLC610", f"arm `{name}` gets no units", here.child("share"), help="give it a share above 0")
        if model is not None and (model.examples, model.task) != (own.examples, own.task):
            findings.add(
                "MLC611",
                f"`{model.name}` predicts other examples than `{serving.name}`",
                here.child("model"),
                why="all arms answer the same requests and are judged by the same labels",
                help=f"choose a training on `{own.examples}`",
                related=[Related(model.place.child("examples"), f"`{model.name}` is trained on `{model.examples}`")],
            )
        if arm.threshold is not None and own.task != "binary":
            findings.add(
                "MLC612",
                f"a threshold, and `{serving.training}` does not decide between yes and no",
                here.child("threshold"),
                help="leave it out, or make the label a comparison",
            )
        other = seen.setdefault((arm.model or serving.training, arm.threshold), name)
        if other != name:
            findings.add(
                "MLC613",
                f"arms `{other}` and `{name}` are the same",
                here.key(),
                why="an experiment between equals finds nothing, or what is not there",
                help="give one of them another `model` or `threshold`",
                warning=True,
            )


def _groups(program: Program, entries: Entries, examples: Examples, findings: Findings) -> Groups:
    """Feature groups for the examples that are served."""
    known = {name: (spec, file) for name, spec, file in entries.features()}
    columns = program.sources[examples.source].columns
    timed = examples.at is not None
    return Groups(known, entries.broken("features"), program.sources, columns, timed, program.parameters, findings)


def _unit(experiment: Experiment, serving: Serving, groups: Groups, place: Place, findings: Findings) -> None:
    known = list(groups.columns)
    request = serving.spec.request if isinstance(serving.spec, Online) else None
    if experiment.unit in known and request is not None and experiment.unit not in request:
        findings.add(
            "MLC614",
            f"requests do not say `{experiment.unit}`",
            place.child("unit"),
            why="a request is assigned to an arm by its unit, before anything is looked up",
            help=f"add `{experiment.unit}` to the `request` of `{serving.name}`, or choose a column that is in it",
            related=[Related(serving.place.child("request"), "the request")],
        )
    elif experiment.unit not in known:
        findings.unknown("column", experiment.unit, known, place.child("unit"), code="MLC204")


def _kept(program: Program, experiment: Facts, serving: Serving, findings: Findings) -> None:
    """A finding where requests say less than is read and kept of a row that meets an arm."""
    request = serving.spec.request if isinstance(serving.spec, Online) else None
    key = program.sources[program.examples[serving.examples].source].key
    if request is None or (key and set(key) <= set(request)):
        return
    read = [column for column in columns_seen(program, experiment) if column != experiment.spec.unit]
    missing = ", ".join(f"`{column}`" for column in read if column not in request)
    if missing:
        findings.add(
            "MLC621",
            f"requests do not say {missing}, which `{experiment.name}` reads",
            experiment.place.child("service"),
            why="who takes part, and by what outcomes and labels are found later, is kept when a unit meets its arm",
            help=f"add it to the `request` of `{serving.name}`"
            + (f", or add {', '.join(f'`{column}`' for column in key)}, by which the rest is looked up" if key else ""),
            related=[Related(serving.place.child("request"), "the request")],
        )


def _outcomes(
    program: Program, experiment: Experiment, serving: Serving, groups: Groups, place: Place, findings: Findings
) -> Iterator[Measured | None]:
    """Check the outcome and the guardrails; give those that are aggregates over a window, None for the others."""
    training = program.trainings[serving.training]
    own = tuple(metric.name for metric in training.spec.metrics if is_code(metric.use))
    outcomes: list[tuple[Outcome, Place]] = [(experiment.outcome, place.child("outcome"))]
    outcomes += [(each, place.child("guardrails", i)) for i, each in enumerate(experiment.guardrails)]
    for outcome, here in outcomes:
        yield None if outcome.metric is not None else _measured(outcome, groups, here, findings)
        if outcome.metric is not None and check_metric(
            outcome.metric, training.task, here.child("metric"), findings, own
        ):
            _comparable(outcome.metric, training, here.child("metric"), findings)
            known = METRICS.get(outcome.metric)
            right = _DIRECTIONS[known.direction] if known is not None and outcome.metric not in own else outcome.better
            if right is not None and outcome.better is not None and right != outcome.better:
                findings.add(
                    "MLC508",
                    f"a {outcome.better} `{outcome.metric}` is worse",
                    here.child("better"),
                    help=f"write `better: {right}`",
                    fix=Fix(f"write `{right}`", (Edit(here.child("better").within(0, len(outcome.better)), right),)),
                )


def _comparable(metric: str, training: Training, place: Place, findings: Findings) -> None:
    """A finding where a metric is no ratio of sums over rows."""
    several = training.task == "classes" and metric in ("precision", "recall", "f1")
    if metric in RATIOS and not several:
        return
    fitting = [name for name in RATIOS if training.task in METRICS[name].tasks]
    findings.add(
        "MLC620",
        f"arms cannot be compared by `{metric}`",
        place,
        why="an experiment adds up what each unit contributes, and from how units differ it tells an effect from"
        " chance: that takes a mean or a ratio over rows",
        help=f"choose one of {', '.join(f'`{name}`' for name in fitting)}",
    )


def _measured(outcome: Outcome, groups: Groups, place: Place, findings: Findings) -> Measured | None:
    """An outcome that is an aggregate over what happens after exposure."""
    source = groups.sources.get(outcome.from_ or "")
    if source is None or outcome.value is None or outcome.window is None:
        return None
    label = Label.model_construct(value=outcome.value, from_=outcome.from_, join=outcome.join, window=outcome.window)
    lookup = lookup_facts(groups, source, label, place)
    value = lookup_value(groups, source, Piece("value", outcome.value, ("value",)), place, listed=False)
    if value is not None and not value.expression.aggregates:
        findings.add(
            "MLC503",
            "an outcome over a window needs an aggregate",
            value.place,
            why="many rows may fall into the window",
            help="say which of them, such as `max(x)` or `count(*) > 0`",
        )
    elif value is not None and value.type.kind not in ("int", "float", "decimal", "bool"):
        findings.add(
            "MLC303",
            f"a number or a bool is expected here, and this is `{value.type}`",
            value.place,
            help="write an aggregate with a mean, such as `sum(amount)` or `count(*) > 0`",
        )
    if outcome.window.start is None or outcome.window.start.micros < 0:
        findings.add(
            "MLC615",
            f"the outcome's window `{outcome.window}` begins before the exposure",
            place.child("window"),
            why="what happened before a unit met its arm cannot come from it",
            help="begin at 0, as in `0d..14d`",
        )
    return Measured(lookup, value) if lookup is not None and value is not None else None


def _refinements(experiment: Experiment, groups: Groups, place: Place, findings: Findings) -> Typed | None:
    """Check who takes part and what the outcome is adjusted and reported by; give who takes part."""
    where = None
    if experiment.where is not None:
        here = place.child("where")
        where = findings.typed(experiment.where, here, groups.scope(experiment.where, here), expect="bool")
    for position, column in enumerate(experiment.segments or ()):
        groups.input_type(column, place.child("segments", position))
    if experiment.covariate is not None:
        here = place.child("covariate")
        kind = groups.input_type(experiment.covariate, here)
        if kind is not None and kind.kind not in ("int", "float", "decimal", "bool", "unknown"):
            findings.add(
                "MLC303",
                f"a number is expected here, and `{experiment.covariate}` is a `{kind}`",
                here,
                why="the covariate's part of the variance is taken out of the outcome's",
                help="choose a numeric feature",
            )
    return where


def _power(experiment: Experiment, wait: int, place: Place, findings: Findings) -> None:
    """Whether the declared traffic suffices, where everything that this depends on is declared."""
    from mlc_runtime.experiment.power import Plan  # few specs have experiments, and `statistics` takes time

    for key in ("power", "alpha"):
        if not 0 < getattr(experiment, key) < 1:
            findings.add(
                "MLC616", f"`{key}` has to lie between 0 and 1", place.child(key), help="0.8 and 0.05 are usual"
            )
            return
    if experiment.detect == 0:
        findings.add("MLC616", "a change of nothing cannot be found", place.child("detect"), help="write such as `3%`")
        return
    baseline, limit, daily = experiment.baseline, experiment.max_duration, experiment.daily_units
    if baseline is None or limit is None or daily is None or any(arm.share == 0 for arm in experiment.arms.values()):
        return
    mean, std = baseline.mean, baseline.std
    if baseline.rate is not None:
        mean, std = baseline.rate, sqrt(baseline.rate * (1 - baseline.rate))
    if not mean or std is None:
        findings.add(
            "MLC616",
            "a relative change of a baseline of 0 is nothing",
            place.child("baseline"),
            help="state what the outcome is today",
        )
        return
    plan = Plan(mean, std, [arm.share for arm in experiment.arms.values()], experiment.power, experiment.alpha)
    needed = plan.units(experiment.detect) / daily + wait / MICROS["d"]
    days = limit.micros / MICROS["d"]
    if needed <= days or wait >= limit.micros:
        return
    detectable = plan.detectable((days - wait / MICROS["d"]) * daily)
    findings.add(
        "MLC617",
        f"the experiment needs {ceil(needed)} days, and may take {days:g}",
        place.child("max_duration"),
        why=f"to find a change of {100 * experiment.detect:.3g}% of the baseline with a power of {experiment.power:g}"
        f" takes {ceil(plan.units(experiment.detect)):,} units at {daily:,} a day"
        + (f", and the last of them have their outcome {say_length(wait)} later" if wait else "")
        + (". What `covariate` saves is not known before" if experiment.covariate else ""),
        help="allow more time, detect a greater change, or divide the units more evenly; "
        f"in {limit} a change of {detectable:.1%} can be found",
        warning=experiment.covariate is not None,
    )


def _layers(program: Program, entries: Entries, findings: Findings) -> None:
    taken: dict[str, float] = {}
    kept: dict[str, float] = {}
    for name, experiment in program.spec.experiments.items():
        if experiment.layer is None:
            continue
        layer = experiment.layer
        taken[layer] = taken.get(layer, 0.0) + sum(arm.share for arm in experiment.arms.values())
        kept[layer] = max(kept.get(layer, 0.0), experiment.holdout)
        if taken[layer] + kept[layer] > 1 + 1e-9:
            findings.add(
                "MLC618",
                f"the experiments of layer `{layer}` take {taken[layer] + kept[layer]:.4g} times the units",
                entries.main.place("experiments", name, "layer"),
                why="in a layer, each unit is in one experiment at most",
                help="take some shares down, or put this experiment into another layer",
            )
