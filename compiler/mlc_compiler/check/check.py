"""The whole check: from loaded documents to facts and findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mlc_compiler.check.arguments import check_arguments
from mlc_compiler.check.axes import check_axes
from mlc_compiler.check.conditions import readable
from mlc_compiler.check.cycles import check_cycles
from mlc_compiler.check.decisions import check_decisions
from mlc_compiler.check.delivery import check_serving, check_steps
from mlc_compiler.check.entries import Entries
from mlc_compiler.check.estimators import check_estimators
from mlc_compiler.check.examples import check_examples
from mlc_compiler.check.experiments import check_experiments
from mlc_compiler.check.facts import Program
from mlc_compiler.check.findings import Findings
from mlc_compiler.check.grid import check_grid
from mlc_compiler.check.inputs import check_inputs
from mlc_compiler.check.metrics import check_metrics
from mlc_compiler.check.names import check_names
from mlc_compiler.check.parts import check_parts
from mlc_compiler.check.reads import check_reads
from mlc_compiler.check.references import check_references
from mlc_compiler.check.search import check_search
from mlc_compiler.check.serving import check_servings
from mlc_compiler.check.sources import check_sources
from mlc_compiler.check.stacking import check_stacking
from mlc_compiler.check.steps import check_steps_run
from mlc_compiler.check.time.check_time import check_time
from mlc_compiler.check.training import check_training, groups_named, groups_served
from mlc_compiler.check.unused import check_unused
from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.expression.types import UNKNOWN, Type, parse_type

RULES: tuple[Callable[[Program, Entries, Findings], None], ...] = (
    check_names,
    check_references,
    check_cycles,
    check_reads,
    check_parts,
    check_metrics,
    check_decisions,
    check_grid,
    check_search,
    check_axes,
    check_estimators,
    check_inputs,
    check_stacking,
    check_servings,
    check_steps_run,
    check_arguments,
)
"""What is checked of the facts, in this order; each file has one, and says what it finds."""


def check(entries: Entries) -> tuple[Program, list[Diagnostic]]:
    """Everything that can be known of a spec without data and code.

    Returns:
        The facts of what is sound, and the findings about what is not. A graph can be built from the facts only
        where no finding is an error.
    """
    findings = Findings()
    spec = entries.spec
    parameters = _parameters(entries)
    sources = check_sources(entries, parameters, findings)
    examples = check_examples(entries, sources, parameters, groups_named(entries), groups_served(entries), findings)
    scope = readable(entries, examples)
    trainings = check_training(entries, examples, scope, parameters, findings)
    servings = check_serving(entries, trainings, examples, scope, parameters, findings)
    steps = check_steps(entries, sources, scope, parameters, findings)
    program = Program(spec, sources, examples, trainings, servings, steps, parameters)
    for rule in RULES:
        rule(program, entries, findings)
    program = program._replace(experiments=check_experiments(program, entries, findings))
    check_time(program, findings)
    if all(found.severity == "warning" for found in findings.items.values()):
        check_unused(program, entries, findings)
    return program, list(findings.items.values())


def _parameters(entries: Entries) -> Mapping[str, Type]:
    """The types of the run's parameters; unknown where one was cut out."""
    found = {name: parse_type(parameter.type) for name, parameter in entries.spec.parameters.items()}
    broken = dict.fromkeys(entries.main.cut("parameters"), UNKNOWN)
    return {name: kind for name, kind in found.items() if kind is not None} | broken
