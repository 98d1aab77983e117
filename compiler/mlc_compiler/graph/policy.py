"""Resources and patience of the spec as a step's policy."""

from __future__ import annotations

from mlc_compiler.spec.call import Resources
from mlc_compiler.spec.steps import Step as StepSpec
from mlc_compiler.spec.training import Training
from mlc_runtime.plan import Policy


def policy_of(entry: Training | StepSpec, *, checkpoint: bool = False, always: bool = False) -> Policy:
    """The policy that a training or a step of the spec asks for."""
    retry, default = entry.retry, Policy()
    return Policy(
        resources=_amounts(entry.resources),
        pool=entry.resources.pool if entry.resources else None,
        retry=retry.limit,
        backoff=retry.backoff.micros if retry.backoff else default.backoff,
        backoff_max=retry.max.micros if retry.max else default.backoff_max,
        timeout=entry.timeout.micros if entry.timeout else None,
        tolerate=entry.tolerate,
        checkpoint=checkpoint,
        always=always,
    )


def _amounts(resources: Resources | None) -> dict[str, float]:
    if resources is None:
        return {}
    asked = {"cpu": resources.cpu, "memory": resources.memory, "gpu": resources.gpu}
    return {name: amount for name, amount in asked.items() if amount is not None}
