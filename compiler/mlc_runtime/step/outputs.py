"""The outputs of a free step, held to the types that the spec declares."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlc_runtime.errors import StepError

_WORDS = {"int": "an integer", "float": "a number", "string": "text", "bool": "true or false", "file": "a file's path"}


def outputs(declared: Mapping[str, str], returned: Any, use: str, folder: Path) -> dict[str, Any]:
    """What a step returned, by output.

    Args:
        declared: types by output.
        returned: a mapping by output; the value itself will do for a single output, and None for none.
        use: what returned it, for messages.
        folder: where relative paths of files start.

    Raises:
        StepError: `MLC972` for an output that is missing, is not declared or is of another type.
    """
    named = isinstance(returned, Mapping) and (len(declared) != 1 or set(returned) == set(declared))
    given: Mapping[str, Any] = returned if named else dict.fromkeys(declared, returned) if len(declared) == 1 else {}
    if not named and len(declared) > 1:
        raise StepError(
            "MLC972",
            f"`{use}` returned {type(returned).__name__}, not its outputs",
            f"Return a dict of {_list(declared)}.",
        )
    for name in (*declared, *given):
        if name not in given:
            raise StepError("MLC972", f"`{use}` returned no `{name}`", f"Return a dict of {_list(declared)}.")
        if name not in declared:
            raise StepError("MLC972", f"`{use}` returned `{name}`, which is not declared", "Add it to `outputs`.")
    return {name: _typed(type_, given[name], name, use, folder) for name, type_ in declared.items()}


def _typed(type_: str, value: Any, name: str, use: str, folder: Path) -> Any:
    item = value.item() if hasattr(value, "item") and not isinstance(value, str) and _is_single(value) else value
    match type_:
        case "bool" if isinstance(item, bool):
            return item
        case "int" if isinstance(item, int) and not isinstance(item, bool):
            return item
        case "float" if isinstance(item, int | float) and not isinstance(item, bool) and not math.isnan(item):
            return float(item)
        case "string" if isinstance(item, str):
            return item
        case "file" if isinstance(item, str | Path):
            path = folder / item
            if path.is_file():
                return path
            raise StepError("MLC972", f"there is no file `{item}`, which `{use}` returned as `{name}`")
    raise StepError("MLC972", f"`{name}` of `{use}` is {item!r:.60}, not {_WORDS[type_]}")


def _is_single(value: Any) -> bool:
    """Whether an array's element can be taken out as a plain value."""
    return getattr(value, "size", 1) == 1


def _list(names: Mapping[str, str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
