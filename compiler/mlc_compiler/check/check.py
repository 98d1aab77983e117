"""The whole check: from loaded documents to facts and findings."""

from __future__ import annotations

from collections.abc import Mapping

from mlc_compiler.check.conditions import readable
from mlc_compiler.check.delivery import check_serving, check_steps
from mlc_compiler.check.entries import Entries
from mlc_compiler.check.examples import check_examples
from mlc_compiler.check.facts import Program
from mlc_compiler.check.findings import Findings
from mlc_compiler.check.sources import check_sources
from mlc_compiler.check.time.check_time import check_time
from mlc_compiler.check.training import check_training, groups_named
from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.expression.types import Type, parse_type


def check(entries: Entries) -> tuple[Program, list[Diagnostic]]:
    """Everything that can be known of a spec without data and code.

    Returns:
        The facts of what is sound, and the findings about what is not. A graph can be built from the facts only
        where no finding is an error.
    """
    findings = Findings()
    spec = entries.spec
    parameters = _parameters(entries)
    scope = readable(spec)
    sources = check_sources(entries, parameters, findings)
    examples = check_examples(entries, sources, parameters, groups_named(entries), findings)
    trainings = check_training(entries, examples, scope, parameters, findings)
    servings = check_serving(entries, trainings, examples, scope, parameters, findings)
    steps = check_steps(entries, sources, scope, parameters, findings)
    program = Program(spec, sources, examples, trainings, servings, steps, parameters)
    check_time(program, findings)
    return program, list(findings.items.values())


def _parameters(entries: Entries) -> Mapping[str, Type]:
    """The types of the run's parameters."""
    found = {name: parse_type(parameter.type) for name, parameter in entries.spec.parameters.items()}
    return {name: kind for name, kind in found.items() if kind is not None}
