"""Which lines of the workflow come from which entry of the spec."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import yaml

from mlc_argo.layout import arrange
from mlc_compiler.target import Lines
from mlc_containers.manifest import LOADER
from mlc_runtime.plan import Plan


def trace(plan: Plan, manifest: bytes) -> list[Lines]:
    """The lines of each task and each template that a step became, in order.

    Args:
        plan: the plan.
        manifest: the workflow templates that it was compiled to.
    """
    origins: dict[str, tuple[str | int, ...]] = {}
    for node in arrange(plan):
        origins |= dict.fromkeys((node.name, *node.parts.values()), node.origin)
    roots = yaml.compose_all(manifest, LOADER)
    workflows = [_value(_value(root, "spec"), "templates") for root in roots]
    dags = [dag for templates in workflows for each in templates.value if (dag := _value(each, "dag")) is not None]
    groups = [group for templates in workflows for each in templates.value for group in _groups(each)]
    lists = [*workflows, *(_value(dag, "tasks") for dag in dags), *groups]
    found = [
        Lines(first, last, origins[name]) for items in lists for name, first, last in _items(items) if name in origins
    ]
    return sorted(found, key=lambda lines: lines.first)


def _groups(template: yaml.MappingNode) -> list[yaml.SequenceNode]:
    """The groups of steps of a template."""
    steps = _value(template, "steps")
    return [] if steps is None else list(steps.value)


def _items(items: yaml.SequenceNode) -> list[tuple[str, int, int]]:
    """The name of each item of a list, its first and its last line, which count from 1."""
    starts = [item.start_mark.line + 1 for item in items.value]
    ends = [after - 1 for _, after in pairwise(starts)] + [items.end_mark.line]
    return [
        (_value(item, "name").value, first, max(first, last))
        for item, first, last in zip(items.value, starts, ends, strict=True)
    ]


def _value(mapping: Any, key: str) -> Any:
    return next((value for name, value in mapping.value if name.value == key), None)
