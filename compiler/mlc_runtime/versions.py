"""Versions of what steps reach: facts of the machine that results depend on."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib import metadata

from mlc_runtime.errors import InvalidInputError

_RUNNING = frozenset(("duckdb", "numpy", "pandas", "pyarrow", "sklearn"))
"""What the extra `run` brings."""


def versions(names: Iterable[str]) -> dict[str, str]:
    """The versions of distributions, and Python's as major.minor.

    Args:
        names: distributions, or the packages that they are imported as.

    Raises:
        InvalidInputError: `MLC964`, one of them is not installed.
    """
    found = {"python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    for name in sorted(set(names)):
        found[name] = _version(name)
    return found


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        owners = metadata.packages_distributions().get(name)
        if not owners and name in _RUNNING:
            message = f"`{name}` is not installed, which running needs beside compiling"
            raise InvalidInputError("MLC964", message, "Install the extra: pip install 'mlc-compiler[run]'") from None
        if not owners and name == "statsmodels":
            message, extra = f"`{name}` is not installed, which experiments need", "mlc-compiler[experiments]"
            raise InvalidInputError("MLC964", message, f"Install the extra: pip install '{extra}'") from None
        if not owners:
            raise InvalidInputError(
                "MLC964",
                f"`{name}` is neither a module of the project nor installed here",
                "Check the spelling of `use`: it is looked up in the project first, then among what is installed.",
            ) from None
        return metadata.version(owners[0])
