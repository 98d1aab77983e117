"""Seed the generators that code may use without being given one."""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

_NUMPY = "numpy.random"


def seed(value: int) -> None:
    """Seed `random` and `numpy.random`; the latter, where it is not imported, as soon as it is."""
    random.seed(value)
    numpy = sys.modules.get(_NUMPY)
    if numpy is not None:
        _seed(numpy, value)
        return
    _WAITING.value = value
    if _WAITING not in sys.meta_path:
        sys.meta_path.insert(0, _WAITING)


class _SeededImport(MetaPathFinder):
    """Importing NumPy takes long, and not all tasks use it; code that does may import it in the middle of a task."""

    value = 0

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != _NUMPY:
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            loader: Any = spec.loader
            load = loader.exec_module

            def load_and_seed(module: ModuleType) -> None:
                load(module)
                _seed(module, self.value)

            loader.exec_module = load_and_seed
        return spec


_WAITING = _SeededImport()


def _seed(numpy: Any, value: int) -> None:
    numpy.seed(value % (1 << 32))
