"""Experiments that run, as the configuration that Statsig's SDKs evaluate: gates, experiments and layers.

Assignment is Statsig's own: it hashes `SALT.UNIT` as `assignment.position` does, and its bucket of a thousand is the
first three digits of our position. So a unit meets the same arm there and here, exactly, as long as every share is a
whole number of thousandths; finer ones are refused. The unit's value goes into the user's custom identifiers under the
name of its column. What `where` says cannot be translated: the caller says in the user's custom attribute
`EXPERIMENT.where` whether it holds.

    gate EXPERIMENT         whether a unit meets an arm
    experiment EXPERIMENT   {"arm", "model", "threshold"}; nothing for a unit that meets none
    layer LAYER             the same, of whichever experiment of the layer has the unit
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from mlc_runtime.errors import StepError
from mlc_runtime.experiment.assignment import POSITIONS, Segment
from mlc_runtime.experiment.control import State

_BUCKETS = 1_000
_BUCKET = POSITIONS // _BUCKETS


def config_specs(states: Iterable[State]) -> dict[str, Any]:
    """The configuration, which server SDKs take as bootstrap values.

    Args:
        states: experiments that run.

    Raises:
        StepError: `MLC998`, a share is finer than a thousandth.
    """
    running = list(states)
    layers: dict[str, list[State]] = {}
    for state in running:
        _check(state)
        if state.definition.layer is not None:
            layers.setdefault(state.definition.layer, []).append(state)
    return {
        "feature_gates": [_gate(state) for state in running],
        "dynamic_configs": [_experiment(state) for state in running],
        "layer_configs": [_layer(name, members) for name, members in layers.items()],
        "layers": {name: [state.name for state in members] for name, members in layers.items()},
        "has_updates": True,
        "time": max((_millis(state) for state in running), default=0),
    }


def _check(state: State) -> None:
    borders = [border for held in state.segments.values() for segment in held for border in segment]
    if any(border % _BUCKET for border in borders):
        raise StepError(
            "MLC998",
            f"Statsig divides units into thousandths, and `{state.name}` more finely",
            "Declare shares such as `12.5%`, or assign with the positions themselves: their hash is documented.",
        )


def _gate(state: State) -> dict[str, Any]:
    rules = [_rule(state, arm, segment, True) for arm, segment in _segments(state)]
    return _spec(state.name, "feature_gate", "feature_gate", state, False, rules)


def _experiment(state: State) -> dict[str, Any]:
    rules = [
        {**_rule(state, arm, segment, _value(state, arm)), "isExperimentGroup": True}
        for arm, segment in _segments(state)
    ]
    spec = _spec(state.name, "dynamic_config", "experiment", state, {}, rules)
    return {**spec, "isActive": True, "explicitParameters": ["arm", "model", "threshold"]}


def _layer(name: str, members: list[State]) -> dict[str, Any]:
    rules = [
        {**_rule(state, arm, segment, {}), "configDelegate": state.name}
        for state in members
        for arm, segment in _segments(state)
    ]
    return _spec(name, "dynamic_config", "layer", members[0], {}, rules)


def _value(state: State, arm: str) -> dict[str, Any]:
    treatment = state.definition.arms[arm]
    value: dict[str, Any] = {"arm": arm, "model": treatment.model}
    return value if treatment.threshold is None else {**value, "threshold": treatment.threshold}


def _segments(state: State) -> Iterator[tuple[str, Segment]]:
    for arm, held in state.segments.items():
        yield from ((arm, segment) for segment in held)


def _rule(state: State, arm: str, segment: Segment, value: object) -> dict[str, Any]:
    """Units of an arm's segment, those for whom `where` holds."""
    unit = state.definition.design.unit
    bucket = {"type": "user_bucket", "field": None, "additionalValues": {"salt": state.definition.salt}, "idType": unit}
    conditions: list[Mapping[str, Any]] = [
        {**bucket, "operator": "gte", "targetValue": segment.start // _BUCKET},
        {**bucket, "operator": "lt", "targetValue": segment.end // _BUCKET},
    ]
    if state.definition.where is not None:
        conditions.append(
            {
                "type": "user_field",
                "field": f"{state.name}.where",
                "operator": "any",
                "targetValue": ["true"],
                "additionalValues": {},
                "idType": unit,
            }
        )
    return {
        "name": arm,
        "groupName": arm,
        "id": arm,
        "salt": arm,
        "idType": unit,
        "passPercentage": 100,
        "conditions": conditions,
        "returnValue": value,
    }


def _spec(
    name: str, kind: str, entity: str, state: State, default: object, rules: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "name": name,
        "type": kind,
        "entity": entity,
        "salt": state.definition.salt,
        "idType": state.definition.design.unit,
        "enabled": True,
        "defaultValue": default,
        "rules": rules,
    }


def _millis(state: State) -> int:
    return round(datetime.fromisoformat(state.entries[-1].when).timestamp() * 1_000)
