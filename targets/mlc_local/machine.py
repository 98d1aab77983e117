"""What this machine has, and which steps ask for more than that."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from mlc_runtime.plan import PlanStep

_GIB = 1 << 30
_CODE = "MLC980"


@dataclass(frozen=True)
class Machine:
    """What a machine has.

    Attributes:
        cpus: those that this process may use.
        memory: bytes of main memory.
        gpus: how many GPUs; None where that cannot be told.
    """

    cpus: int
    memory: int
    gpus: int | None


def this_machine() -> Machine:
    """The machine that this process runs on."""
    return Machine(available_cpus(), os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"), _gpus())


def available_cpus() -> int:
    """The CPUs that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def shortfall(steps: Iterable[PlanStep], machine: Machine) -> str | None:
    """A warning of the steps that ask for more than a machine has; None where none does.

    They run all the same, one task at a time with nothing beside it: what a step asks for says how fast it is and
    where it fits, never what comes out, and a spec that asks for a large machine should still run on a small one.
    """
    asked = [f"`{step.name}` for {', '.join(found)}" for step in steps if (found := _beyond(step, machine))]
    if not asked:
        return None
    gpus = "" if machine.gpus is None else f", {_counted(machine.gpus, 'GPU') if machine.gpus else 'no GPU'}"
    return (
        f"warning[{_CODE}]: {'; '.join(asked)}: more than this machine has"
        f" ({_counted(machine.cpus, 'CPU')}, {machine.memory / _GIB:.1f} GiB{gpus});"
        " such tasks run alone, with what there is"
    )


def _beyond(step: PlanStep, machine: Machine) -> list[str]:
    wanted = step.policy.resources
    cpus, memory, gpus = ceil(wanted.get("cpu", 0)), wanted.get("memory", 0), int(wanted.get("gpu", 0))
    found = [_counted(cpus, "CPU")] if cpus > machine.cpus else []
    found += [f"{memory / _GIB:.1f} GiB"] if memory > machine.memory else []
    return found + ([_counted(gpus, "GPU")] if machine.gpus is not None and gpus > machine.gpus else [])


def _gpus() -> int | None:
    """The GPUs whose driver shows them as devices; other makes and systems cannot be told this way."""
    if sys.platform != "linux" or Path("/dev/kfd").exists() or Path("/dev/dxg").exists():
        return None
    return len(list(Path("/dev").glob("nvidia[0-9]*")))


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
