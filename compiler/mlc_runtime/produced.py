"""What an operation gave, held to what its step declares, and encoded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlc_runtime.errors import StepError
from mlc_runtime.plan import PlanAxis, PlanStep
from mlc_runtime.relation import as_object, from_index
from mlc_runtime.run import Run
from mlc_runtime.space import Coordinates, Space
from mlc_runtime.values import Output, encode, kind_of


def encode_outputs(run: Run, step: PlanStep, coordinates: Coordinates, values: Mapping[str, Any]) -> dict[str, Output]:
    """Write the values of a task's declared outputs to the store, as far as the step's policy keeps them.

    Raises:
        StepError: `MLC956`, `MLC957`, `MLC962`, `MLC963`: an output that is missing, of another kind, or no axis.
        InfrastructureError: the store cannot be written.
    """
    for port, type_ in step.outputs.items():
        if port not in values and type_ != "effect":
            raise StepError("MLC956", f"`{step.op}` gave no `{port}`")
        for axis in run.plan.axes.values():
            if axis.found == (step.name, port):
                _check_axis(run, step, coordinates, axis, values[port])
    # A file lives in the scratch folder of its attempt, so it is kept whatever the policy.
    return {
        port: encode(
            type_,
            values.get(port),
            None if step.policy.store == "skip" and kind_of(type_) != "file" else run.store,
            port,
        )
        for port, type_ in step.outputs.items()
    }


def _check_axis(run: Run, step: PlanStep, coordinates: Coordinates, axis: PlanAxis, index: Any) -> None:
    """Found records must be few enough, distinct, and among those of the axis that they are a part of."""
    try:
        records = from_index(axis.fields, index)
    except (ValueError, TypeError, KeyError) as error:
        raise StepError("MLC962", f"`{step.name}` gave no index for axis `{axis.name}`: {error}") from error
    if records.size != len(index["records"]):
        raise StepError("MLC962", f"`{step.name}` gave a record of axis `{axis.name}` twice")
    if axis.at_most is not None and records.size > axis.at_most:
        raise StepError(
            "MLC963",
            f"`{step.name}` found {records.size} values for `{axis.name}`, more than `at_most` {axis.at_most}",
            "Raise the bound, or narrow what is searched.",
        )
    if axis.within is not None:
        whole = Space([run.axis(axis.within)], coordinates)
        for record in records:
            if whole.find(as_object(axis.fields, record)) is None:
                raise StepError("MLC962", f"`{step.name}` gave {record}, which axis `{axis.within}` does not have")
