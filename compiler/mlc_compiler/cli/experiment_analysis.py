"""`mlc experiment replay | plan | analyse`: what an experiment shows."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlc_compiler.cli import exit as exits
from mlc_compiler.cli.experiment_open import Opened, open_experiment, plain
from mlc_compiler.cli.write import write_files

if TYPE_CHECKING:
    from mlc_compiler.check.facts import Program
    from mlc_compiler.graph.graph import Graph


def replay_(options: Namespace) -> int:
    """Tell what the held-out past says."""
    from mlc_compiler.graph.experiment import replay_graph

    opened, analysis = _analysed(options, replay_graph)
    return opened if isinstance(opened, int) else _report(options, analysis)


def plan_(options: Namespace) -> int:
    """Tell what an experiment takes: by what is declared, else by what the past says."""
    from mlc_compiler.cli.experiment_control import expected, waiting_days
    from mlc_compiler.experiment.words import takes
    from mlc_compiler.graph.experiment import replay_graph
    from mlc_runtime.experiment.forecast import forecast

    opened = open_experiment(options)
    if isinstance(opened, int):
        return opened
    found = expected(opened)
    if found is None or found.days is None:
        again, analysis = _analysed(options, replay_graph)
        if isinstance(again, int):
            return again
        daily = opened.experiment.spec.daily_units
        found = forecast(opened.definition.design, daily, waiting_days(opened), analysis)
    if options.format == "json":
        print(json.dumps(None if found is None else asdict(found), indent=2))
    else:
        print(takes(opened.definition.design, found) or "The past has no outcome to plan with: declare `baseline`.")
    return exits.DONE


def analyse_(options: Namespace) -> int:
    """Tell what follows by now from what was shown; stop it, where that is asked and a guardrail is broken."""
    from mlc_compiler.experiment.words import harm
    from mlc_compiler.graph.exposed import exposed_graph
    from mlc_runtime.act import act_now
    from mlc_runtime.experiment import control, exposure
    from mlc_runtime.experiment.design import dump_design
    from mlc_runtime.revision import revision

    opened = open_experiment(options)
    if isinstance(opened, int):
        return opened
    state = control.find(opened.store, opened.pipeline, opened.experiment.name)
    control.check_unchanged(state, opened.definition)
    if not exposure.parts(opened.store, opened.pipeline, state.name):
        raise exposure.nothing_shown(state.name)
    design = dump_design(state.definition.design)
    again, analysis = _analysed(options, lambda program, name: exposed_graph(program, name, design))
    if isinstance(again, int):
        return again
    code = _report(options, analysis)
    reason = harm(analysis)
    if options.stop and reason and state.running:
        made = revision(opened.project.root)
        control.stop(opened.store, opened.pipeline, state.name, reason, **act_now(), revision=plain(made))
        print(f"{state.name} is stopped: {reason}", file=sys.stderr)
    return code


def _analysed(options: Namespace, build: Callable[[Program, str], Graph]) -> tuple[Opened | int, Mapping[str, Any]]:
    """An experiment and the analysis that a graph of it ends in; the exit code, with a report, where there is none."""
    from mlc_compiler.cli.here import run_here
    from mlc_compiler.graph.experiment import analysis_name
    from mlc_runtime.results import values

    opened = open_experiment(options, build)
    if isinstance(opened, int):
        return opened, {}
    again = f"mlc experiment {options.action} {options.spec} {opened.experiment.name}"
    run = run_here(opened.project, opened.project.plan, options, again)
    if isinstance(run, int):
        return run, {}
    return opened, dict(values(run, analysis_name(opened.experiment.name), "analysis")[0][1])


def _report(options: Namespace, analysis: Mapping[str, Any]) -> int:
    """Print an analysis, and write its page where one is asked for."""
    if options.html:
        from mlc_compiler.experiment.page import page

        if not write_files({Path(options.html): page(analysis).encode()}):
            return exits.WRONG_USAGE
    if options.format == "json":
        print(json.dumps(analysis, indent=2))
    else:
        from mlc_compiler.experiment.words import lines

        print("\n".join(lines(analysis)))
    return exits.DONE
