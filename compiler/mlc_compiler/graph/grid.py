"""A training's grid as a relation, and a call as parameters that the grid's fields fill."""

from __future__ import annotations

from typing import Any

from mlc_compiler.graph.call import call_params
from mlc_compiler.graph.step import field_of
from mlc_compiler.spec.call import Call
from mlc_compiler.spec.grid import GridParameter, ValueRange
from mlc_compiler.spec.training import Training
from mlc_runtime.relation import Relation, cross, listed, union
from mlc_runtime.sample import Range, Sample


def grid_field(parameter: GridParameter) -> str:
    """The field of a grid's parameter: `C`, `stage.strategy`, or for a whole call `model` and `stage`."""
    if parameter.argument is None:
        return parameter.target
    return parameter.argument if parameter.target == "model" else f"{parameter.target}.{parameter.argument}"


def grid_relation(training: Training, seed: int) -> Relation:
    """All settings in the order of the spec; a sample of them where `search` draws."""
    grids = training.grids()
    fields = tuple(dict.fromkeys(grid_field(parameter) for grid in grids for parameter in grid))
    whole = union(fields, [cross(_choices(parameter) for parameter in grid) for grid in grids])
    search = training.search
    drawn = None if search is None else search.random or (search.halving and search.halving.start)
    return Sample(whole, drawn, seed) if drawn else whole


def call_in_grid(training: Training, target: str, call: Call) -> dict[str, Any]:
    """The parameters `call` and `arguments` of a stage or the model, with the grid's fields as holes.

    A setting that swaps the whole call brings its own arguments: those under the `with` of the spec's call do
    not apply to it.
    """
    own = call_params(call)
    here = [parameter for grid in training.grids() for parameter in grid if parameter.target == target]
    swapped = any(parameter.argument is None for parameter in here)
    filled = {
        parameter.argument: field_of(grid_field(parameter)) for parameter in here if parameter.argument is not None
    }
    return {"call": {"$either": [target, own]} if swapped else own, "arguments": filled}


def calls_in_grid(training: Training, target: str, call: Call) -> tuple[str, ...]:
    """What a stage or the model calls, over all settings."""
    found = [call.use]
    for grid in training.grids():
        for parameter in grid:
            if parameter.target == target and parameter.argument is None:
                found += [_call(choice)["use"] for choice in values(parameter)]
    return tuple(dict.fromkeys(found))


def values(parameter: GridParameter) -> list[Any]:
    """The values of a parameter that can be listed."""
    choices = parameter.choices
    if isinstance(choices, ValueRange):
        return spaced(choices)
    return [_call(choice) for choice in choices] if parameter.argument is None else list(choices)


def spaced(choices: ValueRange) -> list[int | float]:
    """The values of a range with a count or a step; integers where both ends are.

    Floats are rounded to twelve significant digits, so that a range names the values that one would write down, and
    the same on every machine.
    """
    start, stop = choices.from_, choices.to
    if choices.step is not None:
        count = int((stop - start) / choices.step + 1e-9) + 1
        found: list[int | float] = [start + i * choices.step for i in range(count)]
    else:
        count = choices.count or 1
        parts = [i / (count - 1) if count > 1 else 0.0 for i in range(count)]
        if choices.scale == "log":
            found = [start * (stop / start) ** part for part in parts]
        else:
            found = [start + (stop - start) * part for part in parts]
    whole = all(isinstance(end, int) for end in (start, stop, choices.step or 0))
    return list(dict.fromkeys(round(value) if whole else float(f"{value:.12g}") for value in found))


def _choices(parameter: GridParameter) -> Relation:
    name, choices = grid_field(parameter), parameter.choices
    if isinstance(choices, ValueRange) and choices.count is None and choices.step is None:
        whole = isinstance(choices.from_, int) and isinstance(choices.to, int)
        return Range(name, choices.from_, choices.to, choices.scale, whole)
    return listed((name,), ((value,) for value in values(parameter)))


def _call(choice: Any) -> dict[str, Any]:
    return (
        {"use": choice, "with": {}}
        if isinstance(choice, str)
        else {"use": choice["use"], "with": choice.get("with", {})}
    )
