"""Resources and patience of the spec as a step's policy."""

from __future__ import annotations

from mlc_compiler.spec.call import Resources, Retry
from mlc_compiler.spec.steps import Step as StepSpec
from mlc_compiler.spec.training import Training
from mlc_runtime.plan import Policy
from mlc_runtime.plan import Retry as PlanRetry

_SECOND = 1_000_000


def policy_of(entry: Training | StepSpec, *, checkpoint: bool = False, always: bool = False) -> Policy:
    """The policy that a training or a step of the spec asks for."""
    return Policy(
        resources=_amounts(entry.resources),
        pool=entry.resources.pool if entry.resources else None,
        retry=_retry(entry.retry),
        timeout=entry.timeout.micros / _SECOND if entry.timeout else None,
        tolerate=entry.tolerate,
        checkpoint=checkpoint,
        always=always,
    )


def _amounts(resources: Resources | None) -> dict[str, float]:
    if resources is None:
        return {}
    asked = {"cpu": resources.cpu, "memory": resources.memory, "gpu": resources.gpu}
    return {name: amount for name, amount in asked.items() if amount is not None}


def _retry(retry: Retry) -> PlanRetry:
    default = PlanRetry()
    return PlanRetry(
        retry.limit,
        retry.backoff.micros / _SECOND if retry.backoff else default.backoff,
        retry.max.micros / _SECOND if retry.max else default.max,
    )
