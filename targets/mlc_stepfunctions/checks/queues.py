"""Pools: to AWS Batch, a kind of machine is a job queue."""

from __future__ import annotations

from collections.abc import Iterator

from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_stepfunctions.checks.ask import Ask


def check_queues(ask: Ask) -> Iterator[Diagnostic]:
    """The queue of what names no pool, and those of the pools that steps ask for."""
    settings = ask.site.settings
    help_ = "add `queue: ARN` to `targets.stepfunctions`, or `network: {subnets: [...], security_groups: [...]}`"
    if settings.queue is None and settings.network is None:
        why = "jobs wait in a queue for a machine"
        yield Diagnostic("MLC732", "the environment has no job queue", ask.environment(), why, help_)
    for path, queue in [
        (("queue",), settings.queue),
        *((("queues", name), one) for name, one in settings.queues.items()),
    ]:
        if queue is not None and settings.region not in (None, queue.region):
            why = "a state machine submits jobs in its own region only"
            help_ = f"name a queue of `{settings.region}`"
            yield Diagnostic("MLC732", f"this queue is in `{queue.region}`", ask.setting(*path), why, help_)
    for name in dict.fromkeys(step.policy.pool for step in ask.plan.steps if step.policy.pool):
        pool = ask.site.pool(name)
        if name in settings.queues:
            continue
        asked = next((key for key in ("labels", "tolerations") if pool.get(key)), None)
        if settings.network is None:
            why = "to AWS Batch, a kind of machine is a job queue"
            help_ = f"add `queues: {{{name}: ARN}}` to `targets.stepfunctions`"
            yield Diagnostic("MLC732", f"pool `{name}` has no job queue", ask.environment("pools", name), why, help_)
        elif asked:
            yield Diagnostic(
                "MLC733",
                f"`{asked}` of pool `{name}` mean nothing to AWS Batch",
                ask.environment("pools", name, asked),
                "a queue that is made for the pool would have machines without them",
                f"name a queue with such machines: `queues: {{{name}: ARN}}` of `targets.stepfunctions`",
            )
