"""What an experiment was declared to be, as plain data: fixed when it starts, so that no look at the data moves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Better = Literal["higher", "lower"]


@dataclass(frozen=True)
class Measure:
    """An outcome or a guardrail.

    Attributes:
        name: as it is reported; one a measure.
        better: which way is better.
        metric: a metric of predictions against labels; None for an aggregate over what happened after exposure.
        at_most: a guardrail's tolerated harm, as a share of the control's value; None for the outcome.
    """

    name: str
    better: Better
    metric: str | None = None
    at_most: float | None = None


@dataclass(frozen=True)
class Design:
    """An experiment's question.

    Attributes:
        name: of the experiment.
        unit: the column whose values are assigned.
        shares: of each arm, in [0, 1].
        outcome: what decides.
        guardrails: what must not get worse.
        detect: the smallest relative change worth finding.
        power: the chance to find it.
        alpha: the chance to find what is not there.
        mean: of the outcome today, None where that is not declared.
        std: its standard deviation from unit to unit.
        covariate: a number known before, which takes variance away.
        segments: columns by whose values the outcome is reported, too.
        control: the arm that the others are compared with; the first, unless it is said.
    """

    name: str
    unit: str
    shares: Mapping[str, float]
    outcome: Measure
    guardrails: tuple[Measure, ...] = ()
    detect: float = 0.05
    power: float = 0.8
    alpha: float = 0.05
    mean: float | None = None
    std: float | None = None
    covariate: str | None = None
    segments: tuple[str, ...] = ()
    control: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "control", self.control or next(iter(self.shares)))

    @property
    def treatments(self) -> tuple[str, ...]:
        """The other arms."""
        return tuple(arm for arm in self.shares if arm != self.control)

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The outcome, then the guardrails."""
        return (self.outcome, *self.guardrails)


def dump_design(design: Design) -> dict[str, Any]:
    """As JSON data."""
    return asdict(design)


def load_design(data: Mapping[str, Any]) -> Design:
    """From JSON data, whose objects are in no order."""
    return Design(
        **{
            **data,
            "shares": {data["control"]: data["shares"][data["control"]]} | dict(sorted(data["shares"].items())),
            "outcome": Measure(**data["outcome"]),
            "guardrails": tuple(Measure(**item) for item in data["guardrails"]),
            "segments": tuple(data["segments"]),
        }
    )
