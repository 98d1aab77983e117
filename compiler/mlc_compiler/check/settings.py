"""The calls that a training can make over its grid: its model and its stages, as each sub-grid sets them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pydantic import JsonValue, ValidationError

from mlc_compiler.check.facts import Training
from mlc_compiler.source.place import Place
from mlc_compiler.spec.call import Call
from mlc_compiler.spec.grid import GridParameter, ValueRange

MODEL = "model"


class Candidate(NamedTuple):
    """A call that some settings make.

    Attributes:
        target: `model`, or the stage.
        place: where the call stands: in the training, or in the grid that swaps it in.
        arguments: the parameters of the grid that set its arguments.
    """

    target: str
    call: Call
    place: Place
    arguments: tuple[GridParameter, ...]

    def values(self, argument: str) -> tuple[JsonValue, ...] | None:
        """The values that an argument can have; none where it is left out, None where it has a range."""
        for parameter in self.arguments:
            if parameter.argument == argument:
                return None if isinstance(parameter.choices, ValueRange) else parameter.choices
        return (self.call.with_[argument],) if argument in self.call.with_ else ()


class Setting(NamedTuple):
    """One sub-grid: the calls that it leaves or swaps in, by target."""

    calls: dict[str, tuple[Candidate, ...]]


def settings(training: Training) -> Iterator[Setting]:
    """A setting for each sub-grid; one for a training without a grid."""
    spec, place = training.spec, training.place
    own = {**{name: (stage, place.child("prepare", name)) for name, stage in spec.prepare.items()}}
    written: dict[str, tuple[Call, Place]] = {**own, MODEL: (spec.model, place.child("model"))}
    for grid in spec.grids() or [()]:
        calls: dict[str, tuple[Candidate, ...]] = {}
        for target, (call, where) in written.items():
            arguments = tuple(each for each in grid if each.target == target and each.argument is not None)
            swaps = [each for each in grid if each.target == target and each.argument is None]
            options = [option for swap in swaps for option in swapped(swap, place)] if swaps else [(call, where)]
            calls[target] = tuple(Candidate(target, option, here, arguments) for option, here in options)
        yield Setting(calls)


def swapped(parameter: GridParameter, place: Place) -> Iterator[tuple[Call, Place]]:
    """The calls that a parameter of the grid swaps in, without those that are none."""
    if isinstance(parameter.choices, ValueRange):
        return
    for position, choice in enumerate(parameter.choices):
        call = as_call(choice)
        if call is not None:
            yield call, place.child(*parameter.path, position)


def as_call(choice: JsonValue) -> Call | None:
    """A value of the grid as a call; None where it is none."""
    try:
        return Call.model_validate(choice)
    except ValidationError:
        return None
