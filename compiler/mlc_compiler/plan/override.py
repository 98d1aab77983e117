"""What an environment changes of a plan: resources and patience of steps, never a result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mlc_compiler.graph.policy import amounts, with_retry
from mlc_compiler.spec.environment import Override
from mlc_runtime.plan import Plan, Policy


def override(plan: Plan, overrides: Mapping[str, Override]) -> Plan:
    """A plan with the policies that an environment asks for.

    An entry is for the training, serving or step of its name: for all the steps that come from it.
    """
    if not overrides:
        return plan
    return replace(
        plan,
        steps=tuple(
            replace(step, policy=_overridden(step.policy, overrides[name])) if name in overrides else step
            for step, name in ((step, step.name.partition(".")[0]) for step in plan.steps)
        ),
    )


def _overridden(policy: Policy, entry: Override) -> Policy:
    changed = policy
    if entry.resources is not None:
        asked = {**policy.resources, **amounts(entry.resources)}
        changed = replace(changed, resources=asked, pool=entry.resources.pool or policy.pool)
    if entry.retry is not None:
        changed = with_retry(changed, entry.retry)
    if entry.timeout is not None:
        changed = replace(changed, timeout=entry.timeout.micros)
    return changed
