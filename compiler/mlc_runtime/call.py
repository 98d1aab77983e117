"""Find the Python object that a call's `use` names."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from mlc_runtime.errors import StepError


def load(use: str, root: Path) -> Any:
    """Import what `use` names, with the project's folder first on the path.

    Args:
        use: `package.module:name`, or a dotted path whose last part is the name.
        root: the project's folder.

    Raises:
        StepError: `MLC901` where the module or the name is not there; errors inside the module propagate.
    """
    module_name, _, name = use.partition(":") if ":" in use else use.rpartition(".")
    place = str(root)
    if place not in sys.path:
        sys.path.insert(0, place)
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not (module_name == error.name or module_name.startswith(error.name + ".")):
            raise
        raise StepError(
            "MLC901", f"there is no module `{error.name}`", f"`{use}` is looked up in the project's folder first."
        ) from error
    target: Any = module
    for part in name.split("."):
        try:
            target = getattr(target, part)
        except AttributeError as error:
            raise StepError("MLC901", f"`{module_name}` has no `{part}`", "Check the spelling of `use`.") from error
    return target
