"""The environment variables of a worker: results should not depend on the machine more than they must.

They have to be set before the first import of a numerical library, so by whoever starts the process.
"""

from __future__ import annotations

import os
import platform
import sys
from math import ceil
from pathlib import Path

from mlc_runtime.plan import Policy

_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


def worker_environment(policy: Policy | None = None) -> dict[str, str]:
    """Variables that fix the hash seed, threads, locale, zone and, where the CPU has AVX2, the kernels of OpenBLAS.

    Linear algebra differs in its last bits between numbers of threads and between kernels. A kernel that the CPU lacks
    would end the process, so it is only named where it is there.

    Args:
        policy: of the step; its declared CPUs are the threads, one where it declares none.
    """
    cpus = 1 if policy is None else policy.resources.get("cpu", 1)
    return {
        "PYTHONHASHSEED": "0",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        **dict.fromkeys(_THREADS, str(max(1, ceil(cpus)))),
        **({"OPENBLAS_CORETYPE": "Haswell"} if has_avx2() else {}),
    }


def adopt_environment(policy: Policy) -> None:
    """Begin this process again with a worker's variables, unless it has them: an engine cannot know the CPU."""
    wanted = worker_environment(policy)
    if any(os.environ.get(name) != value for name, value in wanted.items()):
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, **wanted})


def has_avx2(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether this machine is an x86 with AVX2, as far as Linux tells."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return False
    try:
        return any("avx2" in line.split() for line in cpuinfo.read_text().splitlines() if line.startswith("flags"))
    except OSError:
        return False
