"""`mlc experiment start | status | stop | list | export`: what runs, as the log in the store has it."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mlc_compiler.cli import exit as exits
from mlc_compiler.cli.experiment_open import Opened, open_experiment, plain
from mlc_compiler.cli.project import open_project
from mlc_compiler.cli.table import table
from mlc_runtime.errors import StepError

if TYPE_CHECKING:
    from mlc_runtime.experiment.control import State


def start_(options: Namespace) -> int:
    """Start an experiment, or let it grow."""
    from mlc_compiler.experiment.words import takes
    from mlc_runtime.act import act_now
    from mlc_runtime.experiment import control
    from mlc_runtime.revision import revision

    opened = open_experiment(options)
    if isinstance(opened, int):
        return opened
    _check_labels(opened)
    versions = _live(opened)
    made = plain(revision(opened.project.root))
    state = control.start(opened.store, opened.pipeline, opened.definition, **act_now(), revision=made)
    found = expected(opened)
    if options.format == "json":
        print(json.dumps({**_told(state), "forecast": None if found is None else asdict(found)}, indent=2))
        return exits.DONE
    design = state.definition.design
    arms = ", ".join(f"{arm} {share:.4g} ({versions[arm]})" for arm, share in design.shares.items())
    print(f"{state.name} runs on {state.definition.service}: {arms}")
    print(takes(design, found) or f"How long it takes: mlc experiment plan {options.spec} {state.name}")
    return exits.DONE


def stop_(options: Namespace) -> int:
    """Stop an experiment."""
    from mlc_runtime.act import act_now
    from mlc_runtime.experiment import control
    from mlc_runtime.revision import revision

    opened = open_experiment(options)
    if isinstance(opened, int):
        return opened
    name, made = opened.experiment.name, plain(revision(opened.project.root))
    state = control.stop(opened.store, opened.pipeline, name, options.reason, **act_now(), revision=made)
    print(json.dumps(_told(state), indent=2) if options.format == "json" else f"{name} is stopped: {options.reason}")
    return exits.DONE


def status_(options: Namespace) -> int:
    """Tell how far an experiment is, and whether units come as declared."""
    from mlc_runtime.experiment import control, exposure
    from mlc_runtime.experiment.mismatch import ALPHA, mismatch

    opened = open_experiment(options)
    if isinstance(opened, int):
        return opened
    state = control.find(opened.store, opened.pipeline, opened.experiment.name)
    shares = state.definition.design.shares
    names = exposure.parts(opened.store, opened.pipeline, state.name)
    counted = exposure.tally(exposure.read_parts(opened.store, names, ["unit", "arm"]), shares)
    p = mismatch(list(counted.units.values()), list(shares.values()))
    found = expected(opened)
    units = sum(counted.units.values())
    data = {
        **_told(state),
        "day": _day(state),
        "arms": [
            {"name": arm, "share": share, "units": counted.units[arm], "rows": counted.rows[arm]}
            for arm, share in shares.items()
        ],
        "mixed": counted.mixed,
        "mismatch": p,
        "needed": None if found is None else found.units,
    }
    if options.format == "json":
        print(json.dumps(data, indent=2))
        return exits.DONE
    print("\n".join(_history(state)))
    print()
    rows = [["arm", "share", "units", "rows"]]
    rows += [[arm["name"], f"{arm['share']:.4g}", f"{arm['units']:,}", f"{arm['rows']:,}"] for arm in data["arms"]]
    print("\n".join(table(rows)))
    print()
    if state.running:
        print(f"Day {data['day']}." + ("" if found is None else f" {units:,} of {found.units:,} units are there."))
    if counted.mixed:
        print(f"{counted.mixed:,} units met two arms and are left out.")
    broken = ": the assignment or the log is broken" if p < ALPHA else ""
    print(f"Shares: p {p:.3g} that units arrive as declared{broken}.")
    return exits.DONE


def list_(options: Namespace) -> int:
    """List the experiments of the spec and those that were ever started."""
    from mlc_runtime.experiment import control
    from mlc_runtime.store import open_store

    project = open_project(options)
    if isinstance(project, int):
        return project
    spec = project.compiled.program.spec
    known = control.states(open_store(project.store()), spec.name)
    names = dict.fromkeys((*spec.experiments, *known))
    found = [_told(known[name]) if name in known else {"name": name, "state": "not started"} for name in names]
    if options.format == "json":
        print(json.dumps(found, indent=2))
    elif not found:
        print("no experiments")
    else:
        rows = [["experiment", "state", "serving", "arms", "since", "who"]]
        rows += [
            [each["name"], each["state"], *(each.get(key, "-") for key in ("service", "shown", "since", "who"))]
            for each in found
        ]
        print("\n".join(table(rows)))
    return exits.DONE


def export_(options: Namespace) -> int:
    """Print the experiments that run as Statsig's configuration."""
    from mlc_runtime.experiment import control
    from mlc_runtime.experiment.statsig import config_specs
    from mlc_runtime.store import open_store

    project = open_project(options)
    if isinstance(project, int):
        return project
    store, pipeline = open_store(project.store()), project.compiled.program.spec.name
    known = control.states(store, pipeline)
    chosen = known.values() if options.name is None else [control.find(store, pipeline, options.name)]
    print(json.dumps(config_specs(state for state in chosen if state.running), indent=2))
    return exits.DONE


def expected(opened: Opened) -> Any:
    """What the experiment takes by what is declared; None where that is not enough to tell."""
    from mlc_runtime.experiment.forecast import forecast

    return forecast(opened.definition.design, opened.experiment.spec.daily_units, waiting_days(opened))


def waiting_days(opened: Opened) -> float:
    """Days from an exposure to its outcome."""
    from mlc_compiler.check.time.exposure import waiting
    from mlc_compiler.expression.duration import MICROS

    examples = opened.program.examples[opened.experiment.examples]
    return waiting(opened.program, examples, opened.experiment.outcomes[0]) / MICROS["d"]


def _check_labels(opened: Opened) -> None:
    """See that the labels of what is answered can be found, where a metric asks for them."""
    from mlc_compiler.check.seen import label_texts

    experiment, examples = opened.experiment, opened.program.examples[opened.experiment.examples]
    if None in experiment.outcomes and not label_texts(opened.program, examples):
        raise StepError(
            "MLC997",
            f"no label of `{examples.name}` can be found for what `{experiment.name}` answers",
            f"Give `{examples.source}` a `key`, or choose an outcome over a window.",
        )


def _live(opened: Opened) -> dict[str, str]:
    """What answers in each arm, as MODEL@VERSION; an arm without a live model is refused."""
    from mlc_runtime import registry

    found: dict[str, str] = {}
    for arm, treatment in opened.definition.arms.items():
        version = registry.live(opened.store, treatment.model)
        if version is None:
            raise StepError(
                "MLC949",
                f"arm `{arm}` has no model: no version of `{treatment.model}` is live",
                f"Run the pipeline, then `mlc models promote {treatment.model}`.",
            )
        found[arm] = f"{treatment.model}@{version.version}"
    return found


def _told(state: State) -> dict[str, Any]:
    """An experiment's state as data."""
    definition, first = state.definition, state.entries[0]
    return {
        "name": state.name,
        "state": "running" if state.running else "stopped",
        "service": definition.service,
        "layer": definition.layer,
        "shares": dict(definition.design.shares),
        "shown": ", ".join(f"{arm} {share:.4g}" for arm, share in definition.design.shares.items()),
        "since": first.when,
        "who": first.who,
        "entries": [
            {key: value for key, value in asdict(entry).items() if key not in ("definition", "segments", "experiment")}
            for entry in state.entries
        ],
    }


def _history(state: State) -> Iterator[str]:
    """What was decided, a line each."""
    for entry in state.entries:
        made = f" on {_commit(entry.revision)}" if entry.revision else ""
        what = entry.reason and f": {entry.reason}"
        if entry.definition is not None:
            shares = entry.definition.design.shares
            what = ": " + ", ".join(f"{arm} {share:.4g}" for arm, share in shares.items())
        yield f"{entry.action:<6}{entry.when}  {state.name} by {entry.who}{made}{what}"


def _commit(revision: Any) -> str:
    return f"{revision['commit'][:10]}{'+' if revision['dirty'] else ''}"


def _day(state: State) -> int:
    """The day on which the experiment is, from 1; the last one where it was stopped."""
    ended = datetime.now(UTC) if state.running else datetime.fromisoformat(state.entries[-1].when)
    return (ended - datetime.fromisoformat(state.entries[0].when)).days + 1
