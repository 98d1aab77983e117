"""Functions of moto's interpreter put right: others of its modules know them by name."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import moto.stepfunctions.parser.models  # noqa: F401  # loads all modules that take functions by name


def replace(module: ModuleType, name: str, by: Callable[..., Any]) -> None:
    """Put a function in the place of one of a module's, wherever it is known."""
    stand_in = getattr(module, name)
    for place, other in list(sys.modules.items()):
        if place.startswith("moto.stepfunctions") and getattr(other, name, None) is stand_in:
            setattr(other, name, by)
