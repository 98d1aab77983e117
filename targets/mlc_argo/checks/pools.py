"""Pools: a priority is a class of the cluster's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlc_argo.checks.ask import Ask
from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.source.place import Place


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
        for position, toleration in enumerate(ask.site.pool(name).get("tolerations", ())):
            yield from _contradiction(toleration, ask.environment("pools", name, "tolerations", position))


def _contradiction(toleration: Mapping[str, str], place: Place) -> Iterator[Diagnostic]:
    exists = toleration.get("operator") == "Exists"
    if exists and "value" in toleration:
        help_ = "leave `value` out, or write `operator: Equal`"
        yield Diagnostic("MLC715", "what is to exist has no value to be compared with", place, help=help_)
    if not exists and "key" not in toleration:
        help_ = "name the taint's `key`, or write `operator: Exists` to tolerate all of them"
        yield Diagnostic("MLC715", "a toleration names no taint", place, help=help_)
