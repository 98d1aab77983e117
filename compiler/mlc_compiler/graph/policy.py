"""Resources and patience of the spec as a step's policy."""

from __future__ import annotations

from dataclasses import replace

from mlc_compiler.spec.call import Resources, Retry
from mlc_compiler.spec.steps import Step as StepSpec
from mlc_compiler.spec.training import Training
from mlc_runtime.plan import Policy


def policy_of(entry: Training | StepSpec, *, checkpoint: bool = False, always: bool = False) -> Policy:
    """The policy that a training or a step of the spec asks for."""
    policy = Policy(
        resources=amounts(entry.resources) if entry.resources else {},
        pool=entry.resources.pool if entry.resources else None,
        timeout=entry.timeout.micros if entry.timeout else None,
        tolerate=entry.tolerate,
        checkpoint=checkpoint,
        always=always,
    )
    return with_retry(policy, entry.retry)


def with_retry(policy: Policy, retry: Retry) -> Policy:
    """A policy with other patience; pauses that are not said stay as they are."""
    return replace(
        policy,
        retry=retry.limit,
        backoff=retry.backoff.micros if retry.backoff else policy.backoff,
        backoff_max=retry.max.micros if retry.max else policy.backoff_max,
    )


def amounts(resources: Resources) -> dict[str, float]:
    """What is asked for, by resource."""
    asked = {"cpu": resources.cpu, "memory": resources.memory, "gpu": resources.gpu}
    return {name: amount for name, amount in asked.items() if amount is not None}
