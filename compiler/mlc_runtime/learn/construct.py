"""Make an object of the class that a call names."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from mlc_runtime.errors import StepError


def construct(cls: type, use: str, arguments: Mapping[str, Any], seed: int) -> Any:
    """An instance of the class, with `random_state` set from the seed where it takes one and none is given.

    Raises:
        StepError: `MLC936` where the class does not take the arguments.
    """
    signature = _signature(cls)
    given = dict(arguments)
    if "random_state" in signature.parameters:
        given.setdefault("random_state", seed)
    try:
        signature.bind(**given)
    except TypeError as error:
        raise StepError(
            "MLC936", f"`{use}` cannot be made with these arguments: {error}", _arguments_help(signature)
        ) from error
    made = cls(**given)
    if "random_state" not in given and hasattr(made, "get_params") and "random_state" in made.get_params(deep=False):
        made.set_params(random_state=seed)
    return made


_signature = lru_cache(maxsize=64)(inspect.signature)
"""Looked at once for the thousands of fits of a class."""


def _arguments_help(signature: inspect.Signature) -> str:
    names = ", ".join(f"`{name}`" for name in signature.parameters) or "no arguments"
    return f"It takes {names}."


def takes(function: Callable[..., Any], argument: str) -> bool:
    """Whether a function takes the argument by name."""
    parameters = inspect.signature(function).parameters.values()
    return any(p.name == argument or p.kind is p.VAR_KEYWORD for p in parameters)
