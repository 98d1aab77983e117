"""Resources and patience of the spec as a step's policy."""

from __future__ import annotations

from mlc_compiler.spec.call import Resources, Retry
from mlc_compiler.spec.steps import Step as StepSpec
from mlc_compiler.spec.training import Training
from mlc_runtime.plan import Policy


def policy_of(entry: Training | StepSpec, *, checkpoint: bool = False, always: bool = False) -> Policy:
    """The policy that a training or a step of the spec asks for."""
    return Policy(
        resources=amounts(entry.resources) if entry.resources else {},
        pool=entry.resources.pool if entry.resources else None,
        timeout=entry.timeout.micros if entry.timeout else None,
        tolerate=entry.tolerate,
        checkpoint=checkpoint,
        always=always,
        **patience(entry.retry),
    )


def amounts(resources: Resources) -> dict[str, float]:
    """What is asked for, by resource."""
    asked = {"cpu": resources.cpu, "memory": resources.memory, "gpu": resources.gpu}
    return {name: amount for name, amount in asked.items() if amount is not None}


def patience(retry: Retry) -> dict[str, int]:
    """The fields of a policy that a retry sets; pauses in microseconds."""
    default = Policy()
    return {
        "retry": retry.limit,
        "backoff": retry.backoff.micros if retry.backoff else default.backoff,
        "backoff_max": retry.max.micros if retry.max else default.backoff_max,
    }
