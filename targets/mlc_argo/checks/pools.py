"""Pools: a priority is a class of the cluster's."""

from __future__ import annotations

from collections.abc import Iterator

from mlc_argo.checks.ask import Ask
from mlc_compiler.diagnostics.diagnostic import Diagnostic


def check_pools(ask: Ask) -> Iterator[Diagnostic]:
    """The priorities of the pools that steps ask for."""
    for name in dict.fromkeys(step.policy.pool for step in ask.plan.steps if step.policy.pool):
        priority = ask.site.pool(name).get("priority")
        if priority is not None and str(priority) not in ask.site.settings.priority_classes:
            yield Diagnostic(
                "MLC716",
                f"priority {priority} of pool `{name}` has no class",
                ask.environment("pools", name, "priority"),
                "to Kubernetes a priority is a PriorityClass, which the cluster's administrator makes",
                f'add `priority_classes: {{"{priority}": NAME}}` to `targets.argo`',
            )
