"""What an experiment is, as it was started: its question, its arms, who takes part, and how outcomes are found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from mlc_runtime.experiment.design import Design, load_design


@dataclass(frozen=True)
class Treatment:
    """What an arm does.

    Attributes:
        model: the training whose live model answers.
        threshold: from which probability on the answer is yes; None for the model's own.
    """

    model: str
    threshold: float | None = None


@dataclass(frozen=True)
class Definition:
    """An experiment as it was started.

    Attributes:
        design: its question.
        service: the serving whose answers differ between arms.
        model: the training that answers there of itself.
        salt: what units are hashed with; see `mlc_runtime.experiment.assignment`.
        arms: what each does.
        layer: experiments of one layer share no unit; None for a layer of its own.
        holdout: the share of units that the layer keeps out, in [0, 1].
        where: who takes part, as the spec writes it; None for all.
        sources: by measure, how it is looked up after the exposure, as the spec writes it.
    """

    design: Design
    service: str
    model: str
    salt: str
    arms: Mapping[str, Treatment]
    layer: str | None = None
    holdout: float = 0.0
    where: str | None = None
    sources: Mapping[str, Mapping[str, Any]] | None = None

    @property
    def changes(self) -> frozenset[str]:
        """What its arms change of the service: its `model`, its `threshold`, or both."""
        models = any(arm.model != self.model for arm in self.arms.values())
        thresholds = any(arm.threshold is not None for arm in self.arms.values())
        return frozenset(name for name, does in (("model", models), ("threshold", thresholds)) if does)


def dump_definition(definition: Definition) -> dict[str, Any]:
    """As JSON data."""
    return asdict(definition)


def load_definition(data: Mapping[str, Any]) -> Definition:
    """From JSON data."""
    arms = {name: Treatment(**arm) for name, arm in data["arms"].items()}
    return Definition(**{**data, "design": load_design(data["design"]), "arms": arms})


def differences(one: Definition, other: Definition) -> Iterator[str]:
    """The keys in which two definitions differ, shares left out: they may grow."""
    before, after = _flat(one), _flat(other)
    yield from (key for key in dict.fromkeys((*before, *after)) if before.get(key) != after.get(key))


def _flat(definition: Definition) -> dict[str, Any]:
    data = dump_definition(definition)
    design = {key: value for key, value in data.pop("design").items() if key not in ("name", "shares")}
    baseline = {"baseline": (design.pop("mean"), design.pop("std"))}
    return {**design, **baseline, **data}
