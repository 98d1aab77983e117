"""Amounts as AWS Batch takes them: whole CPUs of EC2, and on Fargate what there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any

from mlc_runtime.plan import Policy
from mlc_stepfunctions.environment import Site

_FARGATE: Mapping[float, range] = {
    0.25: range(512, 2048 + 1, 512),
    0.5: range(1024, 4096 + 1, 1024),
    1: range(2048, 8192 + 1, 1024),
    2: range(4096, 16_384 + 1, 1024),
    4: range(8192, 30_720 + 1, 1024),
    8: range(16_384, 61_440 + 1, 4096),
    16: range(32_768, 122_880 + 1, 8192),
}
"""Mebibytes by CPUs: AWS Batch API Reference, ResourceRequirement."""


class NoMachineError(ValueError):
    """No machine has what is asked for."""


def amounts(site: Site, policy: Policy) -> tuple[str, int, int]:
    """The CPUs, the mebibytes and the GPUs of a step's job: what is asked for, or the least that there is above it.

    Raises:
        NoMachineError: there is none.
    """
    default = site.settings.resources
    cpus, memory = policy.resources.get("cpu", default.cpu), policy.resources.get("memory", default.memory)
    mebibytes, gpus = max(4, ceil(memory / (1 << 20))), int(policy.resources.get("gpu", 0))
    if site.platform(policy.pool) == "ec2":
        return str(max(1, ceil(cpus))), mebibytes, gpus
    if gpus:
        raise NoMachineError("Fargate has no GPUs")
    for cpu, sizes in _FARGATE.items():
        fitting = [size for size in sizes if size >= mebibytes]
        if cpu >= cpus and fitting:
            return f"{cpu:g}", fitting[0], 0
    raise NoMachineError("Fargate has up to 16 CPUs and 120 GiB")


def requirements(site: Site, policy: Policy) -> list[dict[str, Any]]:
    """The same as a job definition has it."""
    return list(_requirements(*amounts(site, policy)))


def _requirements(cpus: str, mebibytes: int, gpus: int) -> Iterator[dict[str, Any]]:
    yield {"Type": "VCPU", "Value": cpus}
    yield {"Type": "MEMORY", "Value": str(mebibytes)}
    if gpus:
        yield {"Type": "GPU", "Value": str(gpus)}
