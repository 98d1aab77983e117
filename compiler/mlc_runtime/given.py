"""What an engine was told when it began a run, for engines that pass no text of a user's to processes unchanged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from mlc_runtime import layout
from mlc_runtime.errors import InvalidInputError
from mlc_runtime.store.store import Store

_FORM = 'Write `{"as_of": TIME, "parameters": {NAME: VALUE}}`, both as they are needed.'
_KNOWN = {"as_of", "parameters", "Comment"}
"""The last one is what the console of Step Functions puts there of itself."""


@dataclass(frozen=True)
class Given:
    """What a run was told.

    Attributes:
        as_of: its logical time as text, empty where nothing was said.
        parameters: texts by name, as from a command line.
    """

    as_of: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


def read_given(store: Store, run: str) -> Given:
    """What a run was told; nothing where the engine left nothing.

    Raises:
        InvalidInputError: `MLC965`, it says something else.
    """
    data = store.get(layout.given(run))
    if data is None:
        return Given()
    try:
        said = json.loads(data)
        parameters = {name: _text(value) for name, value in said.get("parameters", {}).items()}
        as_of = said.get("as_of") or ""
    except (ValueError, AttributeError, TypeError) as error:
        raise InvalidInputError("MLC965", "what the run was started with is no object of parameters", _FORM) from error
    unknown = sorted(set(said) - _KNOWN)
    if unknown or not isinstance(as_of, str):
        raise InvalidInputError("MLC965", f"the run was started with `{unknown[0] if unknown else as_of}`", _FORM)
    return Given(as_of, parameters)


def _text(value: object) -> str:
    """A value as a command line gives it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    raise TypeError(value)
