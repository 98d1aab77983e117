"""Call a function of the user's with declared inputs and outputs."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from mlc_runtime.call import load
from mlc_runtime.context import Context
from mlc_runtime.data.frames import to_frame
from mlc_runtime.step.inputs import arguments, secrets
from mlc_runtime.step.outputs import outputs


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Call a function and check what it returns.

    Args:
        inputs: by argument: tables, handed over as data frames; anything else as it is. Ports `after.*` only wait.
        params: `use`, `with`, `outputs` {name: type}; `each`; `locate` {`secrets`: {argument: name}}.
        context: the task's surroundings, handed over where the function has an argument `context`. Files that it
            returns may be named relative to `context.workdir`.

    Returns:
        The declared outputs.

    Raises:
        StepError: `MLC901` where there is no such function, `MLC972` for an output of another type, `MLC973` for a
            secret that is not there.
    """
    function = load(params["use"], context.root)
    given = {name: _shown(value) for name, value in arguments(inputs, params).items()}
    own = {"context": context} if _takes_context(function) else {}
    returned = function(**given, **(params.get("with") or {}), **secrets(params, context), **own)
    return outputs(params["outputs"], returned, params["use"], context.workdir)


def _shown(value: Any) -> Any:
    if isinstance(value, pa.Table):
        return to_frame(value)
    if isinstance(value, dict):
        return {key: _shown(item) for key, item in value.items()}
    return value


def _takes_context(function: Any) -> bool:
    try:
        return "context" in inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False
